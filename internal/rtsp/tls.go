package rtsp

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"errors"

	"camwall/internal/camera"
)

var errNewCertificate = errors.New("certificate is not the pinned one")

// tlsConfig returns how the certificate is checked. The library fills in the
// server's name.
func (s *Session) tlsConfig() *tls.Config {
	return &tls.Config{
		// A camera's certificate is made by itself: what guards the
		// connection is the pin, unless verification is asked for.
		InsecureSkipVerify: s.cfg.TLS != camera.TLSVerify,
		VerifyConnection:   s.checkCertificate,
	}
}

func (s *Session) checkCertificate(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errNewCertificate
	}
	pin := sha256.Sum256(state.PeerCertificates[0].Raw)
	s.learn(func(i *Info) { i.Pin = pin[:] })
	if s.cfg.TLS == camera.TLSPin && s.cfg.Pin != nil && !bytes.Equal(pin[:], s.cfg.Pin) {
		return errNewCertificate
	}
	return nil
}
