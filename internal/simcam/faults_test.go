package simcam

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4"
)

func TestRefusals(t *testing.T) {
	server, stream := oneStream(t, nil)
	for _, status := range []int{401, 403, 404, 453, 503} {
		stream.Refuse(status)
		if _, err := dial(t, stream.Info(), gortsplib.TransportTCP); statusOf(err) != status {
			t.Errorf("want %d: %v", status, err)
		}
	}
	stream.Refuse(453, "PLAY")
	if _, err := dial(t, stream.Info(), gortsplib.TransportTCP); statusOf(err) != 453 {
		t.Errorf("453 at PLAY: %v", err)
	}
	if one := server.Counters().Streams["cam"]; one.Setups != 1 || one.Plays != 0 || one.Refused != 5 {
		t.Errorf("counters %+v", one)
	}
	stream.Refuse(0)
	play(t, stream.Info()).packet(t)
	missing := stream.Info()
	missing.URL += "/none"
	if _, err := dial(t, missing, gortsplib.TransportTCP); statusOf(err) != 404 {
		t.Errorf("a path that does not exist: %v", err)
	}
}

func TestRefusedTransports(t *testing.T) {
	_, stream := oneStream(t, nil)
	stream.RefuseTCP(461)
	if _, err := dial(t, stream.Info(), gortsplib.TransportTCP); statusOf(err) != 461 {
		t.Errorf("TCP: %v", err)
	}
	if p, err := dial(t, stream.Info(), gortsplib.TransportUDP); err != nil {
		t.Errorf("UDP: %v", err)
	} else {
		p.packet(t)
	}
	stream.RefuseTCP(0)
	stream.RefuseUDP(461)
	if _, err := dial(t, stream.Info(), gortsplib.TransportUDP); statusOf(err) != 461 {
		t.Errorf("UDP: %v", err)
	}
	play(t, stream.Info()).packet(t)
}

func TestLimitOfSessions(t *testing.T) {
	server := startServer(t, func(cfg *Config) { cfg.Streams = Recorder(3, "street-360", AuthNone, "", "") })
	infos := server.Streams()
	server.LimitSessions(2, 453)
	first := play(t, infos[0])
	play(t, infos[1])
	if _, err := dial(t, infos[2], gortsplib.TransportTCP); statusOf(err) != 453 {
		t.Errorf("a third session: %v", err)
	}
	first.client.Close()
	await(t, server, "room", func(c Counters) bool { return c.SessionsOpen == 1 })
	play(t, infos[2])
	server.LimitSessions(-1, 0)
	server.Stream("ch1").LimitSessions(1, 401)
	play(t, infos[0])
	if _, err := dial(t, infos[0], gortsplib.TransportTCP); statusOf(err) != 401 {
		t.Errorf("a second session of the stream: %v", err)
	}
	play(t, infos[1])
}

func TestCloseConnections(t *testing.T) {
	server := startServer(t, func(cfg *Config) { cfg.Streams = Recorder(2, "street-360", AuthNone, "", "") })
	infos := server.Streams()
	one, other := play(t, infos[0]), play(t, infos[1])
	server.Stream("ch1").CloseConnections()
	if err := one.client.Wait(); err == nil {
		t.Error("the connection ended without an error")
	}
	await(t, server, "one left", func(c Counters) bool { return c.ConnectionsOpen == 1 && c.Playing == 1 })
	other.packet(t)
	server.CloseConnections()
	if err := other.client.Wait(); err == nil {
		t.Error("the connection ended without an error")
	}
	await(t, server, "none left", func(c Counters) bool { return c.ConnectionsOpen == 0 && c.SessionsOpen == 0 })
	play(t, infos[0]).packet(t)
}

func TestLossReachesTheClient(t *testing.T) {
	_, stream := oneStream(t, nil)
	p := play(t, stream.Info())
	p.packet(t)
	stream.LoseNext(3)
	var lost uint64
	for lost < 3 {
		select {
		case n := <-p.lost:
			lost += n
		case <-within(t).Done():
			t.Fatalf("only %d packets lost", lost)
		}
	}
	if lost != 3 {
		t.Errorf("%d packets lost, want 3", lost)
	}
}

func TestReportsReachTheClient(t *testing.T) {
	_, stream := oneStream(t, nil)
	stream.SetClockOffset(3 * time.Hour)
	p := play(t, stream.Info())
	p.packet(t)
	select {
	case report := <-p.reports:
		ahead := time.Until(fromNTP(report.NTPTime))
		if ahead < 2*time.Hour+59*time.Minute || ahead > 3*time.Hour+time.Minute {
			t.Errorf("the camera's clock is %v ahead, want 3 h", ahead)
		}
	case <-within(t).Done():
		t.Fatal("no report came")
	}
}

func TestSizeChangeReachesTheClient(t *testing.T) {
	_, stream := oneStream(t, func(spec *StreamSpec) { spec.KeyOnPlay = true })
	p := play(t, stream.Info())
	p.units(t, 2)
	if err := stream.SetClip("overcast-360-gop10"); err != nil {
		t.Fatal(err)
	}
	next, err := loadClip("overcast-360-gop10")
	if err != nil {
		t.Fatal(err)
	}
	for range 500 { // those of the old size are read late by who is busy
		if unit := p.units(t, 1)[0]; string(unit[0]) == string(next.sps) {
			return
		}
	}
	t.Error("the new parameter sets did not come")
}

// testTLS makes a certificate of its own for the loopback address.
func testTLS(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

func TestRTSPS(t *testing.T) {
	for name, srtp := range map[string]bool{"interleaved": false, "secure profile": true} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, func(cfg *Config) {
				cfg.TLS, cfg.SRTP = testTLS(t), srtp
				spec := ClipStream("cam", "cam", "street-360").WithSignIn(AuthDigestSHA256, "u", "p:@/ ?")
				spec.KeyOnPlay = true
				cfg.Streams = []StreamSpec{spec}
			})
			info := server.Streams()[0]
			if info.URL != "rtsps://"+server.Addr()+"/cam" {
				t.Errorf("address %q", info.URL)
			}
			p := play(t, info)
			p.units(t, 2)
			if p.desc.Medias[0].Secure != srtp {
				t.Errorf("secure profile: %v, want %v", p.desc.Medias[0].Secure, srtp)
			}
		})
	}
}
