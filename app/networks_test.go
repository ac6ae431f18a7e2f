package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// network is a bridge in a namespace of its own, to which hosts are joined.
type network struct {
	t    *testing.T
	name string
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{t, fmt.Sprintf("cwa%d", os.Getpid())}
	n.add(n.name)
	n.in(n.name, "ip", "link", "add", "bridge0", "type", "bridge", "mcast_snooping", "0")
	n.in(n.name, "ip", "link", "set", "bridge0", "up")
	return n
}

// add makes a namespace. Where that is not allowed the test says that it was
// skipped.
func (n *network) add(name string) {
	n.t.Helper()
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		n.t.Skipf("network namespaces are not allowed here: %v %s", err, out)
	}
	n.t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", name).CombinedOutput(); err != nil {
			n.t.Errorf("remove namespace: %v %s", err, out)
		}
	})
}

func (n *network) in(namespace string, command ...string) {
	n.t.Helper()
	out, err := exec.Command("ip", append([]string{"netns", "exec", namespace}, command...)...).CombinedOutput()
	if err != nil {
		n.t.Fatalf("%s: %v %s", strings.Join(command, " "), err, out)
	}
}

// join makes a host at the bridge and returns its namespace.
func (n *network) join(host, address string) string {
	n.t.Helper()
	name := n.name + host
	n.add(name)
	n.in(n.name, "ip", "link", "add", "to-"+host, "type", "veth", "peer", "name", "eth0", "netns", name)
	n.in(n.name, "ip", "link", "set", "to-"+host, "master", "bridge0", "up")
	n.in(name, "ip", "link", "set", "lo", "up")
	n.in(name, "ip", "link", "set", "eth0", "up")
	n.in(name, "ip", "address", "add", address, "dev", "eth0")
	return name
}

// camwall is this program as a command in a namespace.
func (n *network) camwall(namespace string, args ...string) *exec.Cmd {
	n.t.Helper()
	self, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.CommandContext(n.t.Context(), "ip", append([]string{"netns", "exec", namespace, self}, args...)...)
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
	seeker := n.join("a", "198.51.100.1/24")
	n.demo(n.join("b", "198.51.100.2/24"), "--listen", "198.51.100.2", "--recorder")
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
