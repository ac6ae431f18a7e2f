// Package ssdp searches and hears UPnP devices (UPnP Device Architecture 1.1,
// chapter 1) with go-ssdp, and reads the descriptions that they point to. It
// keeps no list and decides nothing about addresses: it asks with the client
// that it is given. Package discovery calls it.
package ssdp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	gossdp "github.com/koron/go-ssdp"
)

// The bounds of what is taken from one packet.
const (
	maxID       = 256
	maxLocation = 1024
	maxServer   = 256
)

// Message is one answer or announcement of one device, or of one service of it.
type Message struct {
	// Bye says that the device leaves. Answer says that it answers a search;
	// neither is an announcement.
	Bye, Answer bool

	// ID is "urn:uuid:" and what the USN has of the device, in lower case; never "".
	ID string

	Type     string        // ST or NT
	Location string        // as sent; "" none
	Server   string        // as sent
	MaxAge   time.Duration // how long it holds; 0 not told
	From     netip.Addr    // who sent an announcement; invalid for answers
}

// library guards the list of interfaces, which go-ssdp has once for the whole
// process. Who searches on chosen ones holds it alone until the search is over.
var library sync.RWMutex

// choose makes go-ssdp use interfaces, or for none all that do multicast, until
// done is called.
func choose(interfaces []net.Interface) (done func()) {
	if len(interfaces) == 0 {
		library.RLock()
		return library.RUnlock
	}
	library.Lock()
	gossdp.Interfaces = interfaces
	return func() {
		gossdp.Interfaces = nil
		library.Unlock()
	}
}

// Search asks on interfaces, or for none on all that do multicast over IPv4, and
// returns what was answered within wait, a number of whole seconds. It can't be
// stopped before. What can't be read is left out.
func Search(interfaces []net.Interface, wait time.Duration) ([]Message, error) {
	defer choose(interfaces)()
	targets := []string{gossdp.All, gossdp.RootDevice}
	answers := make([][]gossdp.Service, len(targets))
	errs := make([]error, len(targets))
	var wg sync.WaitGroup
	for i, target := range targets {
		wg.Go(func() { answers[i], errs[i] = gossdp.Search(target, int(wait/time.Second), "") })
	}
	wg.Wait()
	var list []Message
	seen := map[Message]bool{}
	for _, services := range answers {
		for i := range services {
			s := &services[i]
			m, ok := read(s.USN, s.Type, s.Location, s.Server, s.MaxAge())
			if m.Answer = true; ok && !seen[m] {
				seen[m] = true
				list = append(list, m)
			}
		}
	}
	if err := errors.Join(errs...); err != nil && len(list) == 0 {
		return nil, fmt.Errorf("search ssdp: %w", err)
	}
	return list, nil
}

// Monitor hears announcements until it is closed.
type Monitor struct{ monitor *gossdp.Monitor }

// Listen hears who comes and goes on interfaces, or for none on all that do
// multicast over IPv4. handle is called from several goroutines, perhaps once
// more just after Close, and must not block. Who sent an announcement is told as
// far as the network can be believed.
func Listen(interfaces []net.Interface, handle func(Message)) (*Monitor, error) {
	defer choose(interfaces)()
	m := &gossdp.Monitor{
		Alive: func(a *gossdp.AliveMessage) {
			if m, ok := read(a.USN, a.Type, a.Location, a.Server, a.MaxAge()); ok {
				m.From = address(a.From)
				handle(m)
			}
		},
		Bye: func(b *gossdp.ByeMessage) {
			if m, ok := read(b.USN, b.Type, "", "", 0); ok {
				m.Bye, m.From = true, address(b.From)
				handle(m)
			}
		},
	}
	if err := m.Start(); err != nil {
		return nil, fmt.Errorf("listen for ssdp: %w", err)
	}
	return &Monitor{m}, nil
}

// Close ends the hearing.
func (m *Monitor) Close() { _ = m.monitor.Close() } // always nil

func address(from net.Addr) netip.Addr {
	udp, ok := from.(*net.UDPAddr)
	if !ok {
		return netip.Addr{}
	}
	return udp.AddrPort().Addr().Unmap()
}

// read makes a Message of the fields of an answer or announcement.
func read(usn, kind, location, server string, maxAge int) (Message, bool) {
	id := DeviceID(usn)
	if id == "" || len(kind) > maxID {
		return Message{}, false
	}
	if len(location) > maxLocation {
		location = ""
	}
	return Message{
		ID: id, Type: kind, Location: strings.TrimSpace(location), Server: server[:min(len(server), maxServer)],
		MaxAge: time.Duration(max(0, maxAge)) * time.Second,
	}, true
}

// DeviceID returns "urn:uuid:" and the device's part of a USN in lower case:
// uuid:DEVICE, uuid:DEVICE::upnp:rootdevice, uuid:DEVICE::urn:TYPE. Some devices
// have words in place of a UUID; they are kept. A USN without one, or one that is
// too long, is "".
func DeviceID(usn string) string {
	device, _, _ := strings.Cut(strings.TrimSpace(usn), "::")
	if len(device) > maxID || len(device) < len("uuid:x") || !strings.EqualFold(device[:len("uuid:")], "uuid:") {
		return ""
	}
	device = strings.ToLower(strings.Trim(device[len("uuid:"):], "{} \t"))
	for _, c := range device {
		if c <= ' ' || c == 0x7f {
			return ""
		}
	}
	if device == "" {
		return ""
	}
	return "urn:uuid:" + device
}
