package announce

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/ipv4"

	"camwall/internal/lab"
)

// patience bounds every wait for a real part.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// camera is a device by what it says.
type camera struct {
	id   string
	port int
}

func (c *camera) Endpoint() string { return "urn:uuid:" + c.id }
func (c *camera) UPnPUUID() string { return c.id }
func (c *camera) Scopes() []string {
	return []string{"onvif://www.onvif.org/name/Gate%20" + c.id, "onvif://www.onvif.org/location/country/nowhere"}
}

func (c *camera) XAddrAt(at netip.Addr) string {
	return fmt.Sprintf("http://%s/onvif/device_service", netip.AddrPortFrom(at, uint16(c.port)))
}

func (c *camera) DescriptionAt(at netip.Addr) string {
	return fmt.Sprintf("http://%s/description.xml", netip.AddrPortFrom(at, uint16(c.port)))
}

// namespace is a network of its own: a thread that nothing else runs on.
type namespace struct {
	thread int
	work   chan func() error
	done   chan error
}

// newNamespace makes a network, or says why the test can't be.
func newNamespace(t *testing.T) *namespace {
	t.Helper()
	ns := &namespace{work: make(chan func() error), done: make(chan error)}
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		ns.thread = syscall.Gettid()
		ns.done <- syscall.Unshare(syscall.CLONE_NEWNET)
		for f := range ns.work {
			ns.done <- f()
		}
	}()
	err := <-ns.done
	t.Cleanup(func() { close(ns.work) })
	if errors.Is(err, os.ErrPermission) {
		t.Skip("skipped: network namespaces are not allowed here")
	}
	if err != nil {
		t.Fatal(err)
	}
	ns.ip(t, "link", "set", "lo", "up")
	return ns
}

// run runs f in the network: what it opens belongs there.
func (ns *namespace) run(t *testing.T, f func() error) {
	t.Helper()
	ns.work <- f
	if err := <-ns.done; err != nil {
		t.Fatal(err)
	}
}

// ip runs the ip command in the network.
func (ns *namespace) ip(t *testing.T, args ...string) {
	t.Helper()
	ns.run(t, func() error {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %q: %w: %s", args, err, out)
		}
		return nil
	})
}

// joined makes two networks on one cable: 198.51.100.1 and .2.
func joined(t *testing.T) (here, there *namespace) {
	t.Helper()
	here, there = newNamespace(t), newNamespace(t)
	here.ip(t, "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", fmt.Sprint(there.thread))
	for ns, of := range map[*namespace][2]string{here: {"near", "198.51.100.1/24"}, there: {"far", "198.51.100.2/24"}} {
		ns.ip(t, "addr", "add", of[1], "dev", of[0])
		ns.ip(t, "link", "set", of[0], "up")
	}
	here.run(t, func() error { return lab.AwaitUp("near") })
	there.run(t, func() error { return lab.AwaitUp("far") })
	return here, there
}

// responder starts a Responder in a network.
func (ns *namespace) responder(t *testing.T, cfg Config) *Responder {
	t.Helper()
	var r *Responder
	ns.run(t, func() (err error) {
		r, err = New(cfg)
		return err
	})
	t.Cleanup(r.Close)
	return r
}

// asker asks on an interface of a network and hears what comes back.
type asker struct {
	*net.UDPConn
}

func (ns *namespace) asker(t *testing.T, face, address string) *asker {
	t.Helper()
	a := &asker{}
	ns.run(t, func() error {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(address)})
		if err != nil {
			return err
		}
		a.UDPConn = conn
		on, err := net.InterfaceByName(face)
		if err != nil {
			return err
		}
		return ipv4.NewPacketConn(conn).SetMulticastInterface(on)
	})
	t.Cleanup(func() { a.Close() })
	return a
}

// listener hears a group in a network.
func (ns *namespace) listener(t *testing.T, face string, port int) *asker {
	t.Helper()
	a := &asker{}
	ns.run(t, func() error {
		on, err := net.InterfaceByName(face)
		if err != nil {
			return err
		}
		a.UDPConn, err = net.ListenMulticastUDP("udp4", on, group(port))
		return err
	})
	t.Cleanup(func() { a.Close() })
	return a
}

// ask sends a text.
func (a *asker) ask(t *testing.T, text string, to *net.UDPAddr) {
	t.Helper()
	if _, err := a.WriteToUDP([]byte(text), to); err != nil {
		t.Fatal(err)
	}
}

// next waits for a packet.
func (a *asker) next(t *testing.T) (text string, from netip.AddrPort) {
	t.Helper()
	text, from, err := a.read(patience)
	if err != nil {
		t.Fatal(err)
	}
	return text, from
}

func (a *asker) read(limit time.Duration) (string, netip.AddrPort, error) {
	buffer := make([]byte, maxPacket)
	if err := a.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return "", netip.AddrPort{}, err
	}
	n, from, err := a.ReadFromUDPAddrPort(buffer)
	return string(buffer[:n]), from, err
}

// quiet fails when something comes within the time in which answers do.
func (a *asker) quiet(t *testing.T, what string) {
	t.Helper()
	if text, from, err := a.read(150 * time.Millisecond); err == nil {
		t.Errorf("%s: %s answers %s", what, from, text)
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}
