package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"camwall/internal/lab"
)

// network is a bridge in a namespace of its own, to which hosts are joined.
type network struct {
	*lab.Network

	t *testing.T
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	return &network{lab.NewNetwork(t), t}
}

// camwall is this program as a command in a namespace.
func (n *network) camwall(namespace string, args ...string) *exec.Cmd {
	n.t.Helper()
	self, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	cmd := n.Command(n.t.Context(), namespace, append([]string{self}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), commandVariable+"=1")
	return cmd
}

// demo runs simulated cameras on a host and returns when they are there.
func (n *network) demo(namespace string, args ...string) {
	n.t.Helper()
	cmd := n.camwall(namespace, append([]string{"demo"}, args...)...)
	said, err := cmd.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it was told to end
	})
	lines := bufio.NewScanner(said)
	if !lines.Scan() {
		n.t.Fatalf("no cameras: %v", lines.Err())
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // ends with the command
}

// What is on a network is found from another host, each device once and with all
// the ways by which it was found, and a stream of it is at the address it tells.
func TestDiscoverOnANetwork(t *testing.T) {
	n := newNetwork(t)
	seeker := n.Join("a", "198.51.100.1/24")
	n.demo(n.Join("b", "198.51.100.2/24"), "--listen", "198.51.100.2", "--recorder")
	out, err := n.camwall(seeker, "discover", "--json").Output()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	type row struct {
		ID, Kind, Name    string
		Addresses, XAddrs []string
		FoundBy           []string
		Problem           any
	}
	var found struct {
		Devices  []row
		Problems []any
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	seen := map[string]string{}
	for _, d := range found.Devices {
		if seen[d.Name] != "" || !slices.Equal(d.FoundBy, []string{"ws-discovery", "ssdp"}) || d.Addresses[0] != "198.51.100.2" || len(d.XAddrs) != 1 || d.Problem != nil {
			t.Errorf("row: %+v", d)
		}
		seen[d.Name] = d.Kind
	}
	if len(seen) != 7 || seen["Market Street"] != "camera" || seen["Recorder"] != "recorder" || len(found.Problems) != 0 {
		t.Errorf("found %v, problems %v", seen, found.Problems)
	}
	recorder := found.Devices[slices.IndexFunc(found.Devices, func(d row) bool { return d.Kind == "recorder" })]
	ask := n.camwall(seeker, "onvif", recorder.XAddrs[0], "--user", demoRecorderUser, "--json")
	ask.Env = append(ask.Env, "CAMWALL_PASSWORD="+demoRecorderPassword)
	out, err = ask.Output()
	if err != nil || strings.Count(string(out), `"url": "rtsp://198.51.100.2:`) != 32 {
		t.Errorf("%v, the recorder tells %.2000s", err, out)
	}
}
