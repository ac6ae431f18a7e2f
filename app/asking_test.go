package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWithoutServer(t *testing.T) {
	s := alone(t)
	s.wants(0, "cameras list", "No camera.", "no server at http://127.0.0.1:", "reading configuration and store", "!in use")
	s.wants(0, "devices list", "No device.")
	s.wants(0, "cameras add rtsp://192.0.2.10/main --id gate --name Gate", "Added camera gate: Gate")
	got := s.wants(0, "cameras list", "gate", "not running", "192.0.2.10", "main")
	if strings.Contains(got.out, "no server") {
		t.Errorf("the notice is among the answer: %s", got.out)
	}
	s.wants(0, "cameras info GATE", "Gate", "rtsp://192.0.2.10/main", "192-0-2-10")
	s.wants(0, "cameras streams gate", "main", "not running")
	s.wants(0, "cameras list nothing-like-it", "No camera.")
	s.wants(1, "cameras info other", "other")
	s.wants(1, "restart-streams", "no server runs", "camwall serve")
	s.wants(0, "devices info 192-0-2-10", "192.0.2.10:554", "gate")
	s.wants(0, "cameras remove Gate", "Removed camera gate.")
	s.wants(1, "cameras remove gate", "gate")
	s.wants(0, "cameras list", "No camera.")
}

func TestWithoutServerTheFileIsRead(t *testing.T) {
	s := alone(t)
	file := filepath.Join(t.TempDir(), "camwall.yaml")
	const text = "listen: 0.0.0.0:8000\nopen: true\ncameras:\n  - {id: yard, url: 'rtsp://u:hidden@192.0.2.20/x', disabled: true}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.wants(0, "cameras list --config "+file, "yard", "disabled", "!hidden")
	s.wants(1, "cameras remove yard --config "+file, "camwall.yaml")
	t.Setenv("CAMWALL_CAMERA", "door=rtsp://192.0.2.21/x")
	s.wants(0, "cameras list", "door")
	if err := os.WriteFile(file, []byte("cameras: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.wants(2, "cameras list --config "+file, "camwall.yaml")
}

func TestJSONOfWhatIsConfigured(t *testing.T) {
	s := alone(t)
	got := s.wants(0, "cameras list --json")
	if strings.Join(strings.Fields(got.out), "") != `{"cameras":[]}` {
		t.Errorf("no camera is %s", got.out)
	}
	s.wants(0, "cameras add rtsp://u@192.0.2.10/main --id gate --password-file "+secretFile(t, "hidden\n"), "!hidden")
	var list struct {
		Cameras []struct {
			ID, State, User string
			HasPassword     bool
			Streams         []struct{ URL string }
		}
	}
	got = s.wants(0, "cameras list --json", "!hidden")
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || len(list.Cameras) != 1 {
		t.Fatalf("%v: %s", err, got.out)
	}
	if c := list.Cameras[0]; c.ID != "gate" || c.State != notRunning || c.User != "u" || !c.HasPassword || c.Streams[0].URL != "rtsp://192.0.2.10/main" {
		t.Errorf("%+v", c)
	}
	for _, command := range []string{"cameras info gate --json", "cameras streams gate --json", "devices list --json", "devices info 192-0-2-10 --json", "host --json"} {
		if got := s.wants(0, command, "!hidden"); !json.Valid([]byte(got.out)) {
			t.Errorf("%s: %s", command, got.out)
		}
	}
}

func TestDataThatAServerHas(t *testing.T) {
	s := served(t, serverFlags{Camera: []string{"gate=rtsp://192.0.2.10/main"}})
	s.wants(0, "cameras list", "gate", "idle", "!no server")
	s.wants(0, "cameras list --server "+s.server, "gate")
	s.wants(0, "cameras info gate", "idle", "command line")
	s.server = ""
	s.wants(0, "cameras list", "has the data in use", "--server", "No camera.")
	s.wants(1, "cameras add rtsp://192.0.2.11/main", "in use", "Let that one do it: name it with --server.")
	s.wants(1, "cameras list --server "+nobody(t), "no server at", "camwall serve", "!reading configuration")
	s.wants(2, "cameras list --server nowhere", "http://127.0.0.1:8000")
}

func TestAnotherProgramAtTheDefaultAddress(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	s := alone(t)
	s.server = other.URL
	s.wants(0, "cameras list", "is no Camwall server: reading configuration and store", "No camera.")
	s.wants(1, "cameras list --server "+other.URL, "is no Camwall server", "!reading")
}

func TestRestartAndRefresh(t *testing.T) {
	s := served(t, serverFlags{Camera: []string{"gate=rtsp://192.0.2.10/main"}})
	s.wants(0, "restart-streams", "all cameras")
	s.wants(0, "restart-streams GATE", "camera gate")
	s.wants(1, "restart-streams other", "other")
	s.wants(1, "devices refresh other", "other")
	s.wants(1, "devices remove other", "other")
}
