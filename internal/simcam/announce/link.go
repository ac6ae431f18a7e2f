package announce

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
)

// Ports and group of both protocols.
const (
	wsdPort  = 3702
	ssdpPort = 1900
)

// group is where both are multicast to.
func group(port int) *net.UDPAddr { return &net.UDPAddr{IP: net.IPv4(239, 255, 255, 250), Port: port} }

// link is one interface.
type link struct {
	place
	multicast bool
	heard     bool             // speaker has the port of WS-Discovery
	speaker   *net.UDPConn     // sends everything; hears unicast probes
	wsd, ssdp *ipv4.PacketConn // hear multicast; nil without it
	closed    chan struct{}
	closing   sync.Once
}

// open opens what an interface allows, nil for nothing.
func (r *Responder) open(at place) *link {
	log := r.cfg.Log.With("interface", at.face.Name, "address", at.at)
	l := &link{
		place: at, closed: make(chan struct{}),
		multicast: at.at.Is4() && !at.at.IsLoopback() && at.face.Flags&net.FlagMulticast != 0,
	}
	if !l.multicast {
		log.Info("no multicast here: devices answer to unicast probes only")
	}
	if err := l.openSpeaker(r.cfg.NoWSDiscovery); err != nil {
		log.Warn("no discovery", "error", err)
		return nil
	}
	if !l.heard && !r.cfg.NoWSDiscovery {
		log.Warn("another program has the port of WS-Discovery: unicast probes are not heard", "port", wsdPort)
	}
	if l.multicast {
		var err error
		if !r.cfg.NoWSDiscovery {
			if l.wsd, err = l.join(wsdPort); err != nil {
				log.Warn("no WS-Discovery by multicast", "error", err)
			}
		}
		if !r.cfg.NoSSDP {
			if l.ssdp, err = l.join(ssdpPort); err != nil {
				log.Warn("no SSDP", "error", err)
			}
		}
	}
	if l.wsd == nil && l.ssdp == nil && !l.heard {
		l.close(log)
		return nil
	}
	return l
}

// openSpeaker opens the socket of the address itself, at the port of
// WS-Discovery where that can be.
func (l *link) openSpeaker(anyPort bool) error {
	port := wsdPort
	if anyPort {
		port = 0
	}
	conn, err := listenShared(l.at, port)
	if err != nil && port != 0 {
		port = 0
		conn, err = listenShared(l.at, port)
	}
	if err != nil {
		return err
	}
	l.speaker, l.heard = conn, port != 0
	if !l.multicast {
		return nil
	}
	out := ipv4.NewPacketConn(conn)
	if err := out.SetMulticastInterface(&l.face); err != nil {
		return errors.Join(fmt.Errorf("choose interface: %w", err), conn.Close())
	}
	if err := out.SetMulticastLoopback(true); err != nil {
		return errors.Join(fmt.Errorf("hear ourselves: %w", err), conn.Close())
	}
	return nil
}

// listenShared opens a UDP port that finders on this machine may have opened
// for all addresses.
func listenShared(at netip.Addr, port int) (*net.UDPConn, error) {
	opener := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
		})
		return errors.Join(err, failed)
	}}
	conn, err := opener.ListenPacket(context.Background(), "udp", net.JoinHostPort(at.String(), strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen for probes: %w", err)
	}
	return conn.(*net.UDPConn), nil
}

// join hears the group on this interface.
func (l *link) join(port int) (*ipv4.PacketConn, error) {
	conn, err := net.ListenMulticastUDP("udp4", &l.face, group(port))
	if err != nil {
		return nil, fmt.Errorf("join group: %w", err)
	}
	heard := ipv4.NewPacketConn(conn)
	if err := heard.SetControlMessage(ipv4.FlagInterface, true); err != nil {
		return nil, errors.Join(fmt.Errorf("tell interfaces apart: %w", err), conn.Close())
	}
	return heard, nil
}

// serve starts what reads from a link. It ends with the link's close.
func (r *Responder) serve(l *link) {
	if l.wsd != nil {
		r.wg.Go(func() {
			l.hear(l.wsd, func(packet []byte, from *net.UDPAddr) { r.takeProbe(l, packet, from, r.cfg.ReplyDelay) })
		})
	}
	if l.ssdp != nil {
		r.wg.Go(func() { l.hear(l.ssdp, func(packet []byte, from *net.UDPAddr) { r.takeSearch(l, packet, from) }) })
		r.wg.Go(func() { r.repeat(l) })
	}
	if l.heard {
		r.wg.Go(func() {
			buffer := make([]byte, maxPacket)
			for {
				n, from, err := l.speaker.ReadFromUDP(buffer)
				if l.over(err) {
					return
				}
				if err == nil {
					r.takeProbe(l, buffer[:n], from, 0)
				}
			}
		})
	}
}

// hear reads packets that came over the link's own interface: the system hands
// over those of all interfaces on which any program has joined.
func (l *link) hear(conn *ipv4.PacketConn, take func(packet []byte, from *net.UDPAddr)) {
	buffer := make([]byte, maxPacket)
	for {
		n, control, from, err := conn.ReadFrom(buffer)
		if l.over(err) {
			return
		}
		sender, ok := from.(*net.UDPAddr)
		if err == nil && ok && (control == nil || control.IfIndex == l.face.Index) {
			take(buffer[:n], sender)
		}
	}
}

// over says that reading has ended. Other errors, as of an answer that nobody
// took, are waited out.
func (l *link) over(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, net.ErrClosed) {
		return true
	}
	timer := time.NewTimer(10 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-l.closed:
		return true
	case <-timer.C:
		return false
	}
}

// repeat announces again before an announcement is forgotten.
func (r *Responder) repeat(l *link) {
	ticker := time.NewTicker(max(r.cfg.MaxAge/3, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			for _, d := range r.list() {
				r.alive(l, d)
			}
		case <-l.closed:
			return
		}
	}
}

// say sends one packet. A network that is gone is no error here.
func (r *Responder) say(l *link, packet []byte, to *net.UDPAddr) {
	if _, err := l.speaker.WriteToUDP(packet, to); err != nil && !errors.Is(err, net.ErrClosed) {
		r.cfg.Log.Debug("discovery packet not sent", "to", to, "error", err)
	}
}

func (l *link) close(log *slog.Logger) {
	l.closing.Do(func() {
		close(l.closed)
		errs := []error{l.speaker.Close()}
		for _, conn := range []*ipv4.PacketConn{l.wsd, l.ssdp} {
			if conn != nil {
				errs = append(errs, conn.Close())
			}
		}
		if err := errors.Join(errs...); err != nil {
			log.Warn("close discovery", "error", err)
		}
	})
}
