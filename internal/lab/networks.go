package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// aloneVariable is set in the process of a test that is alone.
const aloneVariable = "CAMWALL_ALONE"

// Alone runs a test in a process and a network of its own, for at most limit. It
// returns false in the process that only waited for the other. Where that is not
// allowed the test says that it was skipped.
func Alone(t *testing.T, limit time.Duration) bool {
	t.Helper()
	if os.Getenv(aloneVariable) != "" {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.timeout="+limit.String())
	cmd.Env = append(os.Environ(), aloneVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skipf("network namespaces are not allowed here: %v", err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// Interface makes an interface that leads nowhere, with an address such as
// 192.0.2.1/24, in the network of a test that is Alone. What is sent to groups on
// it, this machine hears.
func Interface(t *testing.T, name, address string) *net.Interface {
	t.Helper()
	for _, args := range [][]string{
		{"ip", "link", "set", "lo", "up"},
		{"ip", "link", "add", name, "type", "veth", "peer", "name", name + "-end"},
		{"sysctl", "-qw", "net.ipv6.conf." + name + ".accept_dad=0", "net.ipv6.conf." + name + "-end.disable_ipv6=1"},
		{"ip", "link", "set", name + "-end", "up"},
		{"ip", "link", "set", name, "up"},
		{"ip", "address", "add", address, "dev", name},
	} {
		Run(t, args...)
	}
	if err := AwaitUp(name); err != nil {
		t.Fatal(err)
	}
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return ifi
}

// upLimit is how long an interface may take: the system joins its ends when it
// finds the time.
const upLimit = time.Minute

// AwaitUp waits until packets pass an interface of the network of the calling
// thread. What is sent before is lost without an error.
func AwaitUp(name string) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); time.Since(begun) < upLimit; <-tick.C {
		ifi, err := net.InterfaceByName(name)
		if err != nil {
			return fmt.Errorf("await %s: %w", name, err)
		}
		if ifi.Flags&net.FlagRunning != 0 {
			return nil
		}
	}
	return fmt.Errorf("await %s: it is not up after %v", name, upLimit)
}

// Run runs a command, and fails the test when it fails.
func Run(t *testing.T, command ...string) {
	t.Helper()
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", strings.Join(command, " "), err, out)
	}
}

// networks counts those of this process, to name them apart.
var networks atomic.Int32

// Network is a bridge in a namespace of its own, to which hosts are joined. It
// goes with its test.
type Network struct {
	t    *testing.T
	name string
}

// NewNetwork makes a bridge without hosts. Where that is not allowed the test says
// that it was skipped.
func NewNetwork(t *testing.T) *Network {
	t.Helper()
	n := &Network{t, fmt.Sprintf("cw%dn%d", os.Getpid(), networks.Add(1))}
	if out, err := n.add(n.name); err != nil {
		t.Skipf("network namespaces are not allowed here: %v %s", err, out)
	}
	n.Run(n.name, "ip", "link", "add", "bridge0", "type", "bridge", "mcast_snooping", "0")
	n.Run(n.name, "ip", "link", "set", "bridge0", "up")
	return n
}

// add makes a namespace.
func (n *Network) add(name string) (out []byte, err error) {
	if out, err = exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		return out, err
	}
	n.t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", name).CombinedOutput(); err != nil {
			n.t.Errorf("remove namespace %s: %v %s", name, err, out)
		}
	})
	return nil, nil
}

// Join makes a host whose eth0 is at the bridge, with addresses such as
// 192.0.2.1/24, and returns its namespace.
func (n *Network) Join(host string, addresses ...string) (namespace string) {
	n.t.Helper()
	name := n.name + host
	if out, err := n.add(name); err != nil {
		n.t.Fatalf("add namespace: %v %s", err, out)
	}
	n.Run(n.name, "ip", "link", "add", "to-"+host, "type", "veth", "peer", "name", "eth0", "netns", name)
	n.Run(n.name, "ip", "link", "set", "to-"+host, "master", "bridge0", "up")
	n.Run(name, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.eth0.accept_dad=0")
	n.Run(name, "ip", "link", "set", "lo", "up")
	n.Run(name, "ip", "link", "set", "eth0", "up")
	for _, address := range addresses {
		n.Run(name, "ip", "address", "add", address, "dev", "eth0")
	}
	n.Run(name, "sh", "-c", "until ip -o link show eth0 | grep -q LOWER_UP.*state.UP; do sleep 0.01; done")
	return name
}

// Run runs a command in a namespace, and fails the test when it fails.
func (n *Network) Run(namespace string, command ...string) {
	n.t.Helper()
	Run(n.t, n.Command(n.t.Context(), namespace, command...).Args...)
}

// Command is a command in a namespace that is to be started.
func (n *Network) Command(ctx context.Context, namespace string, command ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", namespace}, command...)...)
}
