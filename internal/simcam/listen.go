package simcam

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/bluenviron/gortsplib/v4"
)

// udpTries is how often listen looks for a free pair of UDP ports.
const udpTries = 100

// ErrNoPorts is returned when no two UDP ports in a row were free.
var ErrNoPorts = errors.New("no free pair of UDP ports")

// listen opens the RTSP listeners first and hands them over, so that a free
// port stays ours from the moment it was found.
func (s *Server) listen(ctx context.Context) error {
	var opener net.ListenConfig
	tcp, err := opener.Listen(ctx, "tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for RTSP: %w", err)
	}
	s.address = tcp.Addr()
	clients := clientListener{tcp}
	s.rtsp = &gortsplib.Server{
		Handler:                  &handler{server: s},
		RTSPAddress:              tcp.Addr().String(),
		WriteQueueSize:           writeQueuePackets,
		DisableRTCPSenderReports: true, // reporter makes them
		Listen:                   func(string, string) (net.Listener, error) { return clients, nil },
	}
	if s.cfg.TLS != nil && s.cfg.SRTP {
		s.rtsp.TLSConfig = s.cfg.TLS
	} else if s.cfg.TLS != nil {
		s.rtsp.Listen = func(string, string) (net.Listener, error) { return tls.NewListener(clients, s.cfg.TLS), nil }
	}
	if !s.cfg.NoUDP && (s.cfg.TLS == nil || s.cfg.SRTP) {
		if err := s.listenUDP(ctx, tcp.Addr().(*net.TCPAddr).IP); err != nil {
			return errors.Join(err, tcp.Close())
		}
	}
	if err := s.rtsp.Start(); err != nil {
		return errors.Join(fmt.Errorf("start RTSP: %w", err), tcp.Close())
	}
	return nil
}

// listenUDP opens an even port and the odd one above it: RFC 3550 section 11.
func (s *Server) listenUDP(ctx context.Context, ip net.IP) error {
	pair, err := udpPair(ctx, ip)
	if err != nil {
		return err
	}
	s.rtsp.UDPRTPAddress = pair[0].LocalAddr().String()
	s.rtsp.UDPRTCPAddress = pair[1].LocalAddr().String()
	s.rtsp.ListenPacket = func(_, address string) (net.PacketConn, error) {
		if address == s.rtsp.UDPRTPAddress {
			return pair[0], nil
		}
		return pair[1], nil
	}
	return nil
}

func udpPair(ctx context.Context, ip net.IP) (pair [2]net.PacketConn, err error) {
	var opener net.ListenConfig
	for range udpTries {
		first, err := opener.ListenPacket(ctx, "udp", net.JoinHostPort(ip.String(), "0"))
		if err != nil {
			return pair, fmt.Errorf("listen for RTP: %w", err)
		}
		port := first.LocalAddr().(*net.UDPAddr).Port
		other := net.JoinHostPort(ip.String(), strconv.Itoa(port^1))
		second, err := opener.ListenPacket(ctx, "udp", other)
		if err != nil {
			if err := first.Close(); err != nil {
				return pair, fmt.Errorf("close port: %w", err)
			}
			continue
		}
		if port%2 == 1 {
			first, second = second, first
		}
		return [2]net.PacketConn{first, second}, nil
	}
	return pair, ErrNoPorts
}

// urlOf returns the address of a stream that reaches it from this machine.
func (s *Server) urlOf(path string) string {
	scheme := "rtsp"
	if s.cfg.TLS != nil {
		scheme = "rtsps"
	}
	return scheme + "://" + reachable(s.address.(*net.TCPAddr)) + "/" + path
}

// reachable puts the loopback address in place of "all addresses".
func reachable(address *net.TCPAddr) string {
	ip := address.IP
	if ip.IsUnspecified() {
		ip = net.IPv4(127, 0, 0, 1)
	}
	return net.JoinHostPort(ip.String(), strconv.Itoa(address.Port))
}
