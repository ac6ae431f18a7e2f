package kiosk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"syscall"

	"camwall/internal/fault"
)

// Denied is the code of a server's socket that is not for this user: a server may
// well be there.
const Denied fault.Code = "denied"

// explain returns what people read of a server that can't be reached.
func (r *Remote) explain(err error) *fault.Error {
	code, message, hint := r.describe(err, len(addresses()) > 0)
	return &fault.Error{Code: code, Message: message, Hint: hint, Err: err}
}

// describe tells a failure in words; networked is whether this machine has an
// address.
func (r *Remote) describe(err error, networked bool) (code fault.Code, message, hint string) {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Code, f.Message, f.Hint
	}
	if r.socket != "" {
		return describeSocket(err, r.socket)
	}
	host := r.target.Hostname()
	at := "the server " + r.target.Host
	ip := net.ParseIP(host)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	if !networked && !local && unreachable(err) {
		return "no_network", "this screen has no network address yet", "look at the cable, and whether the network gives addresses (DHCP)"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsTimeout || dns.IsTemporary && !dns.IsNotFound {
			return fault.NoSuchHost, "no name server tells where the server " + host + " is", "check the name servers (DNS) that this network names"
		}
		return fault.NoSuchHost, "the server's name " + host + " can't be resolved", "check the name, and the name servers (DNS) of this network"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.ConnRefused, at + " refuses the connection", "is the server running there, and does it listen to the network?"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "no_route", "there is no way to " + at, "look at the cable, and at the switch and router on the way"
	case isCertificate(err):
		return fault.Certificate, "the certificate of " + at + " is not trusted", "check its name, and whether this screen's clock is right"
	case isTimeout(err):
		return fault.DialTimeout, at + " does not answer", "is that machine on, and reachable from here?"
	}
	return fault.Ended, "the connection to " + at + " broke", "it is tried again"
}

func describeSocket(err error, path string) (code fault.Code, message, hint string) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no_socket", "the server's socket " + path + " is not there", "is camwall-server running? systemctl status camwall-server tells more"
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.ConnRefused, "nobody listens at the server's socket " + path, "the service camwall-server has ended; systemctl status camwall-server tells why"
	case errors.Is(err, fs.ErrPermission):
		return Denied, "this user may not open the server's socket " + path, "add the screen's user to the group of the server"
	case isTimeout(err):
		return fault.DialTimeout, "the server does not answer at its socket " + path, "it is busy or hangs; systemctl status camwall-server tells more"
	}
	return fault.Ended, "the connection to the server's socket " + path + " broke", "it is tried again"
}

// unreachable reports whether a failure is one that a missing network makes.
func unreachable(err error) bool {
	_, dns := errors.AsType[*net.DNSError](err)
	return dns || isTimeout(err) || errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH)
}

func isTimeout(err error) bool {
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

func isCertificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}
