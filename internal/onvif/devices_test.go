package onvif

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

var update = flag.Bool("update", false, "rewrite golden files")

// recorded is device.json: how to reach a device of testdata, and how it wants
// to be signed in to.
type recorded struct {
	Address    string   `json:"address"`
	Auth       string   `json:"auth"`
	Algorithm  string   `json:"algorithm"`
	Refusal    int      `json:"refusal"`
	Everything bool     `json:"everything"`
	Date       string   `json:"date"`
	Ports      []string `json:"ports"`
}

// golden is what is kept of a description.
type golden struct {
	Device *Device `json:"device"`
	Error  string  `json:"error,omitempty"`
}

// TestDevices describes devices that answer in the manner of real ones, quirks
// included. The time there is that of synctest: it begins at 2000-01-01 UTC.
func TestDevices(t *testing.T) {
	dirs, err := filepath.Glob("testdata/devices/*")
	if err != nil || len(dirs) < 20 {
		t.Fatalf("only %d devices: %v", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testDevice(t, dir) })
		})
	}
}

func testDevice(t *testing.T, dir string) {
	var how recorded
	text, err := os.ReadFile(filepath.Join(dir, "device.json"))
	if err != nil || json.Unmarshal(text, &how) != nil {
		t.Fatal(err)
	}
	s := replay(t, dir, how)
	n := newNetwork(t)
	place, _ := parsePlace(schemeAdded(how.Address))
	certificate := selfSigned(t)
	for _, address := range append(how.Ports, addrOf(place)) {
		if place.scheme == "https" {
			n.secureWeb(address, certificate, s)
		} else {
			n.web(address, s)
		}
	}
	c := n.client(how.Address, withSignIn(s.user, s.password))
	d, err := c.Describe(t.Context())
	got := golden{Device: d}
	if d != nil {
		d.ClockOffset = d.ClockOffset.Round(time.Second)
	}
	if err != nil {
		got.Error = string(fault.CodeOf(err)) + ": " + err.Error()
	}
	if _, refused := s.counts(); refused > 0 {
		t.Errorf("%d sign-ins were refused", refused)
	}
	compare(t, filepath.Join(dir, "golden.json"), got)
	if d != nil {
		for _, p := range d.Profiles {
			if text := p.String(); strings.Contains(text, "tlJwpbo6") {
				t.Errorf("%s shows a password", text)
			}
		}
	}
	c.Close()
	n.close()
}

func schemeAdded(address string) string {
	if strings.Contains(address, "://") {
		return address
	}
	return "http://" + address
}

func addrOf(p place) string { return strings.SplitN(originOf(p.String()), "://", 2)[1] }

func compare(t *testing.T, file string, got golden) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(text) {
		t.Errorf("%s differs, got\n%s", file, text)
	}
}

// replay answers from the files of dir: OPERATION[.STATUS].KIND, where
// operations of Media2 begin with tr2. What has no file is not supported.
func replay(t *testing.T, dir string, how recorded) *simulated {
	type file struct {
		status int
		kind   string
		body   string
	}
	files := map[string]file{}
	names, err := filepath.Glob(filepath.Join(dir, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{
		"xml": "application/soap+xml; charset=utf-8", "html": "text/html",
		"mtom": `multipart/related; boundary="MIME_boundary"; type="application/xop+xml"`,
	}
	for _, name := range names {
		parts := strings.Split(filepath.Base(name), ".")
		kind, known := kinds[parts[len(parts)-1]]
		if !known {
			continue
		}
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := file{http.StatusOK, kind, string(body)}
		parts = parts[:len(parts)-1]
		if status, err := strconv.Atoi(parts[len(parts)-1]); err == nil {
			f.status, parts = status, parts[:len(parts)-1]
		} else if strings.Contains(f.body, ":Fault>") {
			f.status = http.StatusInternalServerError
		}
		files[strings.Join(parts, ".")] = f
	}
	s := &simulated{
		t: t, user: "admin", password: "right", auth: how.Auth, algorithm: how.Algorithm, refusal: how.Refusal, everything: how.Everything,
	}
	if how.Date != "" {
		s.header = http.Header{"Date": {how.Date}}
	}
	if clock, ok := files["GetSystemDateAndTime"]; ok {
		if at, ok := parseClock(parseXML([]byte(clock.body))); ok {
			s.wrongClock = time.Until(at).Round(time.Second)
		}
	}
	s.answer = func(op, token string, r *http.Request) (int, string, []byte) {
		prefix, name, _ := strings.Cut(op, ".")
		if prefix == "tr2" {
			name = op
		}
		f, ok := files[name]
		if !ok {
			return http.StatusInternalServerError, kinds["xml"], soapFaultOf("ActionNotSupported", "not here")
		}
		scheme, port, n := "rtsp", "554", "1"
		if body := s.bodyOf(op); strings.Contains(body, "RtspsUnicast") {
			scheme, port = "rtsps", "322"
		}
		if strings.ContainsAny(token[max(0, len(token)-1):], "24") || strings.HasPrefix(token, "min") {
			n = "2"
		}
		return f.status, f.kind, []byte(strings.NewReplacer("{token}", token, "{n}", n, "{scheme}", scheme, "{port}", port).Replace(f.body))
	}
	return s
}

// TestRedactedProfile: what an address holds is not shown.
func TestRedactedProfile(t *testing.T) {
	t.Parallel()
	p := Profile{Token: "t", StreamURI: "rtsp://192.0.2.1/user=admin_password=tlJwpbo6_channel=1"}
	for _, text := range []string{p.String(), p.LogValue().String()} {
		if strings.Contains(text, "tlJ") || !strings.Contains(text, secret.Mask) {
			t.Errorf("%s", text)
		}
	}
}
