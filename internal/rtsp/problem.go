package rtsp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/liberrors"

	"camwall/internal/fault"
)

// transportError says that the camera does not serve this transport: another
// one may do.
type transportError struct{ err error }

func (e *transportError) Error() string { return fmt.Sprintf("transport not served: %v", e.err) }
func (e *transportError) Unwrap() error { return e.err }

// dialError is an error of the connection's opening.
type dialError struct{ err error }

func (e *dialError) Error() string { return fmt.Sprintf("dial: %v", e.err) }
func (e *dialError) Unwrap() error { return e.err }

// The limits of Config, as causes of a cancelled context.
var (
	errDialTimeout = fault.New(fault.DialTimeout, "The camera does not answer.",
		"Check that it is switched on and that its address is right.")
	errPictureTimeout = fault.New(fault.PictureTimeout, "The camera is connected but sends no picture.",
		"Look at the stream's settings in the camera, or try the other transport.")
	errSilence = fault.New(fault.Silence, "The camera has stopped sending pictures.", "")
	errUDPDumb = &transportError{errors.New("nothing arrived over UDP")}
)

var errTooManyRedirects = errors.New("redirected too often")

// problem returns err as a fault for people.
func problem(err error, scheme string) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	f := classify(err, scheme)
	f.Err = err
	return f
}

func classify(err error, scheme string) *fault.Error {
	if status, ok := errors.AsType[liberrors.ErrClientBadStatusCode](err); ok {
		return statusProblem(status)
	}
	if _, ok := errors.AsType[*transportError](err); ok {
		return fault.New(fault.Transport, "The camera sends its pictures neither over TCP nor over UDP.",
			"Look at the transport settings in the camera and here.")
	}
	if f := dialProblem(err); f != nil {
		return f
	}
	if scheme == "rtsps" {
		if f := tlsProblem(err); f != nil {
			return f
		}
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED),
		errors.As(err, new(liberrors.ErrClientTerminated)), isTeardown(err):
		return fault.New(fault.Ended, "The camera has closed the connection.", "")
	case errors.As(err, new(liberrors.ErrClientTCPTimeout)), errors.As(err, new(liberrors.ErrClientUDPTimeout)):
		return errSilence.WithHint("")
	case errors.As(err, new(liberrors.ErrClientRequestTimedOut)), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, syscall.ETIMEDOUT):
		return fault.New(fault.Ended, "The connection to the camera is dead.", "")
	}
	return fault.New(fault.Protocol, "The camera's answers are no proper RTSP.",
		"Check that the address and the port are those of its RTSP service.")
}

func isTeardown(err error) bool {
	unhandled, ok := errors.AsType[liberrors.ErrClientUnhandledMethod](err)
	return ok && unhandled.Method == base.Teardown
}

func statusProblem(status liberrors.ErrClientBadStatusCode) *fault.Error {
	switch status.Code {
	case base.StatusUnauthorized:
		return fault.New(fault.Unauthorized, "The camera refuses the user name or the password.",
			"Correct the sign-in. Many cameras lock it for a while after several wrong ones.")
	case base.StatusForbidden:
		return fault.New(fault.Forbidden, "The camera forbids this stream.",
			"The user may lack the right to view it, or this computer's address is not on the camera's list.")
	case base.StatusNotFound:
		return fault.New(fault.StreamNotFound, "The camera has no stream at this path.",
			"Check the path of the address: each maker has its own.")
	case base.StatusNotEnoughBandwidth, base.StatusServiceUnavailable:
		return fault.New(fault.Busy, "The camera serves no more viewers.",
			"Close other programs that show it, or use its sub stream.")
	case base.StatusUnsupportedTransport:
		return fault.New(fault.Transport, "The camera refuses the transport.",
			"Try the other transport.")
	default:
		return fault.New(fault.Protocol, fmt.Sprintf("The camera answers with error %d.", int(status.Code)), "")
	}
}

func dialProblem(err error) *fault.Error {
	if _, ok := errors.AsType[*dialError](err); !ok {
		return nil
	}
	timeout := interface{ Timeout() bool }(nil)
	switch {
	case errors.As(err, new(*net.DNSError)):
		return fault.New(fault.NoSuchHost, "The camera's name is not known.",
			"Check the name, or use the camera's IP address.")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT),
		errors.As(err, &timeout) && timeout.Timeout():
		return errDialTimeout.WithHint(errDialTimeout.Hint)
	case errors.Is(err, errTooManyRedirects):
		return fault.New(fault.Protocol, "The camera redirects to another address again and again.", "")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault.New(fault.ConnRefused, "There is no way to the camera's address.",
			"Check that it is switched on and in a network that this computer reaches.")
	default:
		return fault.New(fault.ConnRefused, "The camera refuses the connection.",
			"Check the port, and that RTSP is switched on in the camera.")
	}
}

// tlsProblem returns the fault of a failed handshake, or nil for other errors.
func tlsProblem(err error) *fault.Error {
	var (
		verify  *tls.CertificateVerificationError
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.Is(err, errNewCertificate):
		return fault.New(fault.Certificate, "The camera shows another certificate than before.",
			"If you have not renewed it, somebody may stand between. If you have, trust the new one.")
	case errors.As(err, &verify), errors.As(err, &name), errors.As(err, &unknown), errors.As(err, &invalid):
		return fault.New(fault.Certificate, "The camera's certificate can't be verified.",
			"Install a certificate from an authority that this computer trusts, or use tls: pin.")
	case errors.As(err, &record):
		return fault.New(fault.Protocol, "The camera does not speak TLS at this port.",
			"Use rtsp:// instead of rtsps://, or the port of its RTSPS service.")
	case errors.As(err, &alert):
		return fault.New(fault.Protocol, "The camera and this computer found no common way to encrypt.",
			"Update the camera's firmware, or use rtsp:// in a network that you trust.")
	}
	return nil
}
