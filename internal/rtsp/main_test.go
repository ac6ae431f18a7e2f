package rtsp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
)

// trustedCertificate is one that this process verifies, and no other.
var trustedCertificate tls.Certificate

func TestMain(m *testing.M) {
	var err error
	if trustedCertificate, err = selfSigned(); err != nil {
		panic(err)
	}
	roots, err := os.CreateTemp("", "roots")
	if err != nil {
		panic(err)
	}
	err = errors.Join(
		pem.Encode(roots, &pem.Block{Type: "CERTIFICATE", Bytes: trustedCertificate.Certificate[0]}),
		roots.Close(),
		os.Setenv("SSL_CERT_FILE", roots.Name()), // read at the first verification
	)
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.Remove(roots.Name()) //nolint:errcheck // in the directory for temporary files
		os.Exit(code)
	}))
}

// limit is when a test gives up: far above what anything here takes.
const limit = 20 * time.Second

// pull is a session that runs.
type pull struct {
	t       *testing.T
	session *Session
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // when done is closed
	units   chan *media.AccessUnit

	mu     sync.Mutex // guards the fields below
	tracks [][]*media.Track
}

// start runs a session until the test ends. Limits that cfg does not have are no
// matter of its test: a busy machine may take long.
func start(t *testing.T, cfg Config) *pull {
	t.Helper()
	orDefault(&cfg.DialTimeout, limit)
	orDefault(&cfg.PictureTimeout, limit)
	orDefault(&cfg.SilenceTimeout, limit)
	ctx, cancel := context.WithCancel(context.Background())
	p := &pull{t: t, cancel: cancel, done: make(chan struct{}), units: make(chan *media.AccessUnit, 10000)}
	cfg.OnTracks = func(tracks []*media.Track) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.tracks = append(p.tracks, tracks)
	}
	cfg.OnUnit = func(u *media.AccessUnit) { p.units <- u }
	p.session = New(cfg)
	go func() {
		defer close(p.done)
		p.err = p.session.Run(ctx)
	}()
	t.Cleanup(p.stop)
	return p
}

// stop cancels the session and waits.
func (p *pull) stop() {
	p.cancel()
	<-p.done
}

// take returns the next n units that match (nil: all).
func (p *pull) take(n int, match func(*media.AccessUnit) bool) []*media.AccessUnit {
	p.t.Helper()
	timeout := time.After(limit)
	var units []*media.AccessUnit
	for len(units) < n {
		select {
		case u := <-p.units:
			if match == nil || match(u) {
				units = append(units, u)
			}
		case <-p.done:
			p.t.Fatalf("session ended after %d of %d units: %v (%v)", len(units), n, p.err, errors.Unwrap(p.err))
		case <-timeout:
			p.t.Fatalf("got %d of %d units: %+v", len(units), n, p.session.Info())
		}
	}
	return units
}

// fails waits for the session's end and checks the code.
func (p *pull) fails(code fault.Code) {
	p.t.Helper()
	p.failure(code) //nolint:errcheck // the error is what was wanted
}

// failure is fails, and returns the fault.
func (p *pull) failure(code fault.Code) *fault.Error {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Fatal("session does not end")
	}
	f, ok := errors.AsType[*fault.Error](p.err)
	if !ok {
		p.t.Fatalf("error is %T %v, want a fault", p.err, p.err)
	}
	if f.Code != code {
		p.t.Fatalf("code is %s (%s; %v), want %s", f.Code, f.Message, f.Err, code)
	}
	if f.Message == "" {
		p.t.Errorf("%s has no message", code)
	}
	return f
}

func (p *pull) lastTracks() []*media.Track {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tracks) == 0 {
		return nil
	}
	return p.tracks[len(p.tracks)-1]
}

func isVideo(u *media.AccessUnit) bool { return u.Track.Codec.IsVideo() }

func credentials(user, password string) camera.Credentials {
	return camera.Credentials{User: user, Password: secret.NewText(password)}
}

// selfSigned returns what a camera shows: a certificate of its own making.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "camera"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// secured returns a TLS configuration with a certificate of its own making.
func secured(t *testing.T) *tls.Config {
	t.Helper()
	certificate, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}}
}
