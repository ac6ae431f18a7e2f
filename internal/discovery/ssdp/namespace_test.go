package ssdp

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/ipv4"

	"camwall/internal/lab"
)

// responder answers searches, and tells in its answers on which interface it
// heard them.
func responder(t *testing.T, interfaces ...*net.Interface) {
	t.Helper()
	group := &net.UDPAddr{IP: net.IPv4(239, 255, 255, 250), Port: 1900}
	socket, err := net.ListenMulticastUDP("udp4", interfaces[0], group)
	if err != nil {
		t.Fatal(err)
	}
	conn := ipv4.NewPacketConn(socket)
	for _, ifi := range interfaces[1:] {
		if err := conn.JoinGroup(ifi, group); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.SetControlMessage(ipv4.FlagInterface, true); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for buffer := make([]byte, 2048); ; {
			n, cm, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			search := string(buffer[:n])
			if !strings.HasPrefix(search, "M-SEARCH") {
				continue
			}
			ifi, err := net.InterfaceByIndex(cm.IfIndex)
			if err != nil {
				t.Error(err)
				return
			}
			for _, text := range []string{
				"HTTP/1.1 200 OK\r\nUSN: uuid:" + ifi.Name + "::upnp:rootdevice\r\nST: upnp:rootdevice\r\nLOCATION: http://192.0.2.9/d.xml\r\nCACHE-CONTROL: max-age = 77\r\n\r\n",
				"HTTP/1.1 200 OK\r\nUSN: nobody\r\n\r\n", "noise", "",
			} {
				_, _ = conn.WriteTo([]byte(text), nil, from)
			}
		}
	})
	t.Cleanup(func() {
		socket.Close()
		wg.Wait()
	})
}

// TestInterfaces searches and hears on chosen interfaces, and on no other.
func TestInterfaces(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t, time.Minute) {
		return
	}
	one, two := lab.Interface(t, "one", "192.0.2.1/24"), lab.Interface(t, "two", "198.51.100.1/24")
	responder(t, one, two)

	for _, c := range []struct {
		interfaces []net.Interface
		want       string
	}{{[]net.Interface{*one}, "urn:uuid:one"}, {[]net.Interface{*two}, "urn:uuid:two"}, {nil, "urn:uuid:one urn:uuid:two"}} {
		start := time.Now()
		answers, err := Search(c.interfaces, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		heard := map[string]bool{}
		for _, m := range answers {
			heard[m.ID] = true
			if !m.Answer || m.MaxAge != 77*time.Second || m.Location != "http://192.0.2.9/d.xml" || m.Type != "upnp:rootdevice" {
				t.Errorf("answer %+v", m)
			}
		}
		if len(answers) != len(heard) {
			t.Errorf("%d answers of %d devices", len(answers), len(heard))
		}
		for id := range heard {
			if !strings.Contains(c.want, id) {
				t.Errorf("%s answers on an interface that nobody chose", id)
			}
		}
		if len(heard) != len(strings.Fields(c.want)) {
			t.Errorf("heard %v, want %s", heard, c.want)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
	}

	messages := make(chan Message, 10)
	monitor, err := Listen([]net.Interface{*one}, func(m Message) { messages <- m })
	if err != nil {
		t.Fatal(err)
	}
	announce := func(nts string) {
		t.Helper()
		text := fmt.Sprintf("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNTS: %s\r\nNT: upnp:rootdevice\r\nUSN: uuid:A::upnp:rootdevice\r\n"+
			"LOCATION: http://192.0.2.9/d.xml\r\nCACHE-CONTROL: max-age=5\r\n\r\n", nts)
		sender, err := net.ListenUDP("udp4", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer sender.Close()
		out := ipv4.NewPacketConn(sender)
		to := &net.UDPAddr{IP: net.IPv4(239, 255, 255, 250), Port: 1900}
		if _, err := out.WriteTo([]byte(text), &ipv4.ControlMessage{IfIndex: one.Index}, to); err != nil {
			t.Fatal(err)
		}
	}
	announce("ssdp:alive")
	if m := <-messages; m.Bye || m.Answer || m.ID != "urn:uuid:a" || m.From.String() != "192.0.2.1" || m.MaxAge != 5*time.Second {
		t.Errorf("%+v", m)
	}
	announce("ssdp:update")
	announce("ssdp:byebye")
	if m := <-messages; !m.Bye || m.ID != "urn:uuid:a" || m.From.String() != "192.0.2.1" {
		t.Errorf("%+v", m)
	}
	monitor.Close()
}

// TestNoNetwork says that nothing can be searched where there is no network.
func TestNoNetwork(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t, time.Minute) {
		return
	}
	if answers, err := Search(nil, time.Second); err == nil || len(answers) != 0 {
		t.Errorf("%v, %v", answers, err)
	}
	if monitor, err := Listen(nil, func(Message) {}); err == nil {
		monitor.Close()
		t.Error("announcements are heard without a network")
	}
}
