package discovery

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// roleVariable names the part that a process plays; see play.
const roleVariable = "CAMWALL_DISCOVERY_ROLE"

// networks counts those of this process, to name them apart.
var networks atomic.Int32

// network is a bridge in a namespace of its own, to which others are joined.
type network struct {
	t    *testing.T
	name string
}

// newNetwork makes a bridge. Where that is not allowed the test says that it was
// skipped.
func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{t, fmt.Sprintf("cwd%dn%d", os.Getpid(), networks.Add(1))}
	if out, err := exec.Command("ip", "netns", "add", n.name).CombinedOutput(); err != nil {
		t.Skipf("network namespaces are not allowed here: %v %s", err, out)
	}
	t.Cleanup(func() { n.remove(n.name) })
	n.in(n.name, "ip", "link", "add", "bridge0", "type", "bridge", "mcast_snooping", "0")
	n.in(n.name, "ip", "link", "set", "bridge0", "up")
	return n
}

func (n *network) remove(namespace string) {
	if out, err := exec.Command("ip", "netns", "del", namespace).CombinedOutput(); err != nil {
		n.t.Errorf("remove namespace %s: %v %s", namespace, err, out)
	}
}

// in runs a command in a namespace.
func (n *network) in(namespace string, command ...string) {
	n.t.Helper()
	args := append([]string{"netns", "exec", namespace}, command...)
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %v %s", strings.Join(command, " "), err, out)
	}
}

// join makes a namespace whose eth0 is at the bridge, with addresses such as
// 192.0.2.1/24, and returns its name.
func (n *network) join(host string, addresses ...string) string {
	n.t.Helper()
	name := n.name + host
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		n.t.Fatalf("add namespace: %v %s", err, out)
	}
	n.t.Cleanup(func() { n.remove(name) })
	n.in(n.name, "ip", "link", "add", "to-"+host, "type", "veth", "peer", "name", "eth0", "netns", name)
	n.in(n.name, "ip", "link", "set", "to-"+host, "master", "bridge0", "up")
	n.in(name, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.eth0.accept_dad=0")
	n.in(name, "ip", "link", "set", "lo", "up")
	n.in(name, "ip", "link", "set", "eth0", "up")
	for _, address := range addresses {
		n.in(name, "ip", "address", "add", address, "dev", "eth0")
	}
	return name
}

// part is a process in a namespace. It ends when its input ends.
type part struct {
	t     *testing.T
	cmd   *exec.Cmd
	input io.Closer
	lines *bufio.Scanner
	err   bytes.Buffer
}

// play starts this program in a namespace in a role, with arguments.
func (n *network) play(namespace, role string, args ...string) *part {
	n.t.Helper()
	self, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	return n.run(namespace, append(os.Environ(), roleVariable+"="+role), append([]string{self}, args...)...)
}

func (n *network) run(namespace string, environment []string, command ...string) *part {
	n.t.Helper()
	p := &part{t: n.t, cmd: exec.Command("ip", append([]string{"netns", "exec", namespace}, command...)...)}
	p.cmd.Env, p.cmd.Stderr = environment, &p.err
	input, err := p.cmd.StdinPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	p.input, p.lines = input, bufio.NewScanner(output)
	p.lines.Buffer(nil, 16<<20)
	if err := p.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(p.end)
	return p
}

// end ends the process, if it has not yet, and shows what it complained of.
func (p *part) end() {
	if p.cmd.ProcessState != nil {
		return
	}
	p.input.Close()
	kill := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	if err := p.cmd.Wait(); err != nil || strings.Contains(p.err.String(), "panic") {
		p.t.Errorf("%s ended with %v: %s", p.cmd.Path, err, p.err.String())
	}
}

// kill ends a process of another program.
func (p *part) interrupt() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	if err := p.cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		p.t.Error(err)
	}
}

// line returns the next line of the process.
func (p *part) line() []byte {
	p.t.Helper()
	if !p.lines.Scan() {
		p.t.Fatalf("it ended: %v %s", p.lines.Err(), p.err.String())
	}
	return p.lines.Bytes()
}

// found is the result of the role "find".
type found struct {
	List  List
	Took  time.Duration
	Bytes uint64 // of memory that the system gave, at the end
}

// find searches in a namespace.
func (n *network) find(namespace string, args ...string) found {
	n.t.Helper()
	p := n.play(namespace, "find", args...)
	var f found
	if err := json.Unmarshal(p.line(), &f); err != nil {
		n.t.Fatal(err)
	}
	p.end()
	return f
}

// minidlna starts Debian's media server in a namespace.
func (n *network) minidlna(namespace, uuid string) *part {
	n.t.Helper()
	binary, err := exec.LookPath("minidlnad")
	if err != nil {
		n.t.Fatal("this test needs minidlna: build/packages.sh ensure test")
	}
	dir := n.t.TempDir()
	text := fmt.Sprintf("media_dir=%s\ndb_dir=%s\nlog_dir=%s\nfriendly_name=Films\nuuid=%s\nnetwork_interface=eth0\nport=8200\nnotify_interval=30\ninotify=no\n",
		dir, dir, dir, uuid)
	config := filepath.Join(dir, "minidlna.conf")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	return n.run(namespace, os.Environ(), binary, "-S", "-f", config, "-P", filepath.Join(dir, "pid"))
}
