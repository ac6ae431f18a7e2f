package discovery

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"camwall/internal/lab"
)

// roleVariable names the part that a process plays; see play.
const roleVariable = "CAMWALL_DISCOVERY_ROLE"

// network is a bridge in a namespace of its own, to which others are joined.
type network struct {
	*lab.Network

	t *testing.T
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	return &network{lab.NewNetwork(t), t}
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
	p := &part{t: n.t, cmd: n.Command(context.Background(), namespace, command...)}
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
