package onvif

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"

	"camwall/internal/fault"
)

// answer is a reply that was read.
type answer struct {
	*reply
	root  *node      // what the body has of XML; nil: nothing
	fault *soapFault // nil: none
}

// soapFault is a Fault of SOAP 1.2 or 1.1.
type soapFault struct {
	codes  []string // local names of code and subcodes, in lower case
	reason string
}

// readAnswer makes an answer of a reply.
func readAnswer(r *reply) *answer {
	a := &answer{reply: r}
	if root := parseXML(r.body); root != nil {
		a.root = root
		a.fault = parseFault(root)
	}
	return a
}

// parseFault returns the fault in an envelope, or nil.
func parseFault(root *node) *soapFault {
	f := root.at("Body/Fault")
	if strings.EqualFold(root.name, "Fault") {
		f = root
	}
	if f == nil {
		return nil
	}
	found := &soapFault{}
	add := func(code string) {
		if code = strings.ToLower(strings.TrimSpace(code)); code != "" {
			found.codes = append(found.codes, code[strings.LastIndexByte(code, ':')+1:])
		}
	}
	for code := f.child("Code"); code != nil; code = code.child("Subcode") {
		add(code.value("Value"))
	}
	add(f.value("faultcode"))
	for _, reason := range []string{f.value("Reason/Text"), f.value("Reason"), f.value("faultstring"), f.value("Detail/Text"), f.value("detail")} {
		if found.reason == "" {
			found.reason = oneLine(reason)
		}
	}
	return found
}

// has tells that f has one of the codes, given in lower case.
func (f *soapFault) has(codes ...string) bool {
	if f == nil {
		return false
	}
	for _, have := range f.codes {
		for _, want := range codes {
			if have == want {
				return true
			}
		}
	}
	return false
}

func (f *soapFault) says(words ...string) bool {
	if f == nil {
		return false
	}
	reason := strings.ToLower(f.reason)
	for _, word := range words {
		if strings.Contains(reason, word) {
			return true
		}
	}
	return false
}

// refused tells that the device wants a sign-in, or another one: by HTTP, or by
// a fault at any status.
func (a *answer) refused() bool {
	return a.status == http.StatusUnauthorized ||
		a.fault.has("notauthorized", "sendernotauthorized", "failedauthentication", "failedcheck", "invalidsecurity",
			"invalidsecuritytoken", "unauthorized") ||
		a.fault != nil && len(a.fault.codes) < 2 && a.fault.says("not authorized", "unauthorized", "authentication fail", "authority failure")
}

// suspect tells an answer that some devices give in place of a refusal.
func (a *answer) suspect() bool {
	return a.root == nil && (a.status == http.StatusBadRequest || a.status == http.StatusForbidden)
}

// locked tells that the device does not look at credentials for a while.
func (a *answer) locked() bool {
	if a.status == http.StatusLocked || a.fault.has("locked", "accountlocked", "userlocked") || isLock(a.faultText()) {
		return true
	}
	bare := a.fault == nil && (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden)
	return bare && isLock(bounded(string(a.body), 4096))
}

func (a *answer) faultText() string {
	if a.fault == nil {
		return ""
	}
	return a.fault.reason
}

// isLock tells words about a locked account from those about a locked lens.
func isLock(text string) bool {
	text = strings.ToLower(text)
	holds := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	if holds("unlocked", "not locked") {
		return false
	}
	return holds("illegal login") ||
		holds("locked", "lockout", "lock out", "login lock") &&
			holds("account", "user", "login", "logon", "sign", "password", "attempt", "address", "ip ")
}

// proof tells that the answer comes from behind the sign-in.
func (a *answer) proof() bool {
	return a.fault != nil || a.status < 300
}

func errRefused() *fault.Error {
	return fault.New(fault.Unauthorized, "The camera refuses the user name or the password.",
		"Correct the sign-in. Many cameras have users for ONVIF of their own, and lock them for a while after several wrong passwords.")
}

// refusedFault is for a credential that was sent.
func refusedFault(a *answer) *fault.Error {
	f := errRefused()
	if a.fault.says("time", "clock", "expired") {
		f = f.WithHint("The camera compares clocks, too: set its date and time right, then correct the sign-in.")
	}
	return f
}

func errNoCredentials() *fault.Error {
	return fault.New(fault.Unauthorized, "The camera asks for a user and a password.",
		"Give those of a user for ONVIF, which some cameras keep apart from the others.")
}

func lockedFault() *fault.Error {
	return fault.New(fault.AccountLocked, "The camera has locked this user or this computer out.",
		"It does so after several wrong passwords. Wait half an hour, or unlock it in the camera.")
}

func deniedFault() *fault.Error {
	return fault.New(fault.Forbidden, "The camera does not allow this to this user.",
		"Give the user more rights in the camera, or use another one.")
}

func notSupported() *fault.Error {
	return fault.New(fault.NotSupported, "The camera does not have this function.", "")
}

func notONVIF() *fault.Error {
	return fault.New(fault.NotONVIF, "What answers at this address does not speak ONVIF.",
		"Check the port, and that ONVIF is switched on in the camera. Some need a user for ONVIF first.")
}

// problem returns what an answer says is wrong; nil when it holds a response.
// known tells that the device has spoken ONVIF before.
func (c *Client) problem(a *answer, known bool) error {
	switch {
	case a.fault != nil:
		return c.faultProblem(a.fault)
	case a.speaks() && a.root.at("Body") != nil && a.status < 300:
		return nil
	case a.status == http.StatusForbidden:
		return fault.New(fault.Forbidden, "The camera forbids this.",
			"The user may lack the right, or this computer's address is not on the camera's list.")
	case a.status == http.StatusServiceUnavailable:
		return fault.New(fault.Busy, "The camera is too busy to answer.", "Close other programs that use it.")
	case known && a.suspect():
		return fault.Errorf(fault.Protocol, "The camera refuses with HTTP %d and no reason.", a.status).
			WithHint("The user or the password may be wrong.")
	case known && a.status >= 500:
		return fault.Errorf(fault.Protocol, "The camera's ONVIF service failed with HTTP %d.", a.status).
			WithHint("Restarting the camera, or newer firmware, may help.")
	case known && a.status < 300 && !strings.EqualFold(nameOf(a.root), "html"):
		return fault.New(fault.Protocol, "The camera's answer can't be read.", "Newer firmware may help.")
	default:
		return notONVIF()
	}
}

func nameOf(n *node) string {
	if n == nil {
		return ""
	}
	return n.name
}

func (c *Client) faultProblem(f *soapFault) *fault.Error {
	switch {
	case f.has("operationprohibited", "sendernotpermitted"):
		return deniedFault()
	case f.has("actionnotsupported", "optionalactionnotimplemented", "notimplemented", "nosuchservice", "unknownaction", "ptznotsupported"),
		len(f.codes) < 2 && f.says("not implemented", "not supported", "not found", "unsupported"):
		return notSupported()
	case f.has("noprofile", "invalidargval", "notoken", "noentity", "nosource", "noptzprofile", "nosuchptznode"):
		return fault.Errorf(fault.NotFound, "The camera does not know what was asked for%s.", c.quoted(f.reason)).
			WithHint("Its profiles may have changed: read them again.")
	case f.has("maxnvtprofiles", "toomanypresets", "toomanysubscriptions", "resourcesnotavailable", "serverbusy", "outofmemory"):
		return fault.Errorf(fault.Busy, "The camera has no room for more%s.", c.quoted(f.reason))
	}
	return fault.Errorf(fault.Protocol, "The camera answered with an error%s.", c.quoted(f.reason))
}

// quoted writes a device's words behind a sentence.
func (c *Client) quoted(text string) string {
	if text = c.shown(text); text == "" {
		return ""
	}
	return fmt.Sprintf(": %q", strings.TrimRight(text, "."))
}

// explain returns err, of a request, as a fault for people. Errors of the
// caller's context and faults stay what they are.
func (c *Client) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("ask the camera: %w", ctx.Err())
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	f := classify(err)
	f.Err = errors.New(c.shown(err.Error()))
	return f
}

func classify(err error) *fault.Error {
	var (
		verify  *tls.CertificateVerificationError
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		timeout interface{ Timeout() bool }
		dns     *net.DNSError
	)
	switch {
	case errors.Is(err, errNewCertificate):
		return fault.New(fault.Certificate, "The camera shows another certificate than before.",
			"If you have not renewed it, somebody may stand between. If you have, trust the new one.")
	case errors.As(err, &verify), errors.As(err, &name), errors.As(err, &unknown), errors.As(err, &invalid):
		return fault.New(fault.Certificate, "The camera's certificate can't be verified.",
			"Install a certificate from an authority that this computer trusts, or use tls: pin.")
	case errors.As(err, new(tls.RecordHeaderError)), errors.As(err, new(tls.AlertError)):
		return fault.New(fault.Protocol, "The camera and this computer found no common way to encrypt.",
			"Use http:// in a network that you trust, or newer firmware.")
	case errors.Is(err, errTooLong):
		return fault.New(fault.Protocol, "The camera's answer has no end.", "Check that the address is that of a camera.")
	case errors.Is(err, errTooManyRedirects), errors.Is(err, errForeignRedirect):
		return fault.New(fault.NotONVIF, "The device sends us to another address again and again, or to another host.",
			"Use the address of the camera itself.")
	case errors.As(err, &dns):
		return fault.New(fault.NoSuchHost, "The camera's name is not known.", "Check the name, or use the camera's IP address.")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT),
		errors.As(err, &timeout) && timeout.Timeout():
		return fault.New(fault.DialTimeout, "The camera does not answer in time.",
			"Check that it is switched on and that its address is right.")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault.New(fault.ConnRefused, "There is no way to the camera's address.",
			"Check that it is switched on and in a network that this computer reaches.")
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.New(fault.ConnRefused, "The camera refuses the connection.",
			"Check the port, and that ONVIF is switched on in the camera.")
	case isClosed(err):
		return fault.New(fault.Ended, "The camera has closed the connection.", "")
	case errors.As(err, new(*net.OpError)):
		return fault.New(fault.ConnRefused, "The camera can't be connected to.", "Check its address.")
	}
	return fault.New(fault.Protocol, "The camera's answer is no proper HTTP.", "Check that the port is that of its ONVIF service.")
}
