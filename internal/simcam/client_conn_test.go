package simcam

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluenviron/gortsplib/v4"
)

// awaiting asks a clientConn in a goroutine.
func awaiting(c *clientConn, mended, closed <-chan struct{}, over <-chan time.Time) <-chan bool {
	stays := make(chan bool, 1)
	go func() { stays <- c.await(mended, closed, over) }()
	return stays
}

func TestClientIsReadAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		c := &clientConn{Conn: near}
		mended := make(chan struct{})
		stays := awaiting(c, mended, nil, nil)
		if _, err := far.Write([]byte("OPTIONS")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		close(mended)
		if !<-stays {
			t.Error("it has left")
		}
		go func() {
			_, _ = far.Write([]byte(" * RTSP/1.0"))
			_ = far.Close()
		}()
		if text, err := io.ReadAll(c); err != nil || string(text) != "OPTIONS * RTSP/1.0" {
			t.Errorf("%q, %v was read", text, err)
		}
	})
}

func TestClientThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, sent := range map[string]int{"silent": 0, "talking": 9000} {
			near, far := net.Pipe()
			stays := awaiting(&clientConn{Conn: near}, nil, nil, nil)
			if _, err := far.Write(make([]byte, sent)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			select {
			case <-stays:
				t.Errorf("%s: given up while it is there", name)
			default:
			}
			if err := far.Close(); err != nil {
				t.Fatal(err)
			}
			if <-stays {
				t.Errorf("%s: it stays", name)
			}
		}
	})
}

// TestClientThatWaits: it is given up in time, and what it sends is bounded.
func TestClientThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		c := &clientConn{Conn: near}
		go func() { _, _ = io.Copy(far, bytes.NewReader(make([]byte, 1<<20))) }()
		begun := time.Now()
		if c.await(nil, nil, time.After(longestWait)) || time.Since(begun) != longestWait {
			t.Errorf("it stays after %v", time.Since(begun))
		}
		if len(c.held) < heldMost || len(c.held) > heldMost+8<<10 {
			t.Errorf("%d bytes are held", len(c.held))
		}
		closed := make(chan struct{})
		close(closed)
		if !c.await(nil, closed, nil) {
			t.Error("a server that closes is no client that left")
		}
		if err := far.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestClientOf(t *testing.T) {
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	c := &clientConn{Conn: near}
	if clientOf(c) != c || clientOf(tls.Server(c, nil)) != c || clientOf(tls.Server(tls.Server(c, nil), nil)) != c {
		t.Error("it is not found")
	}
	if clientOf(near) != nil || clientOf(tls.Server(near, nil)) != nil {
		t.Error("there is none")
	}
}

// TestCutOffFromClientsThatLeave: nothing is left of them while the cut lasts.
func TestCutOffFromClientsThatLeave(t *testing.T) {
	for name, edit := range map[string]func(*Config){
		"plain":          func(*Config) {},
		"interleaved":    func(cfg *Config) { cfg.TLS = testTLS(t) },
		"secure profile": func(cfg *Config) { cfg.TLS, cfg.SRTP = testTLS(t), true },
	} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, func(cfg *Config) {
				cfg.Streams = []StreamSpec{ClipStream("cam", "cam", "street-360")}
				edit(cfg)
			})
			stream := server.Stream("cam")
			stream.SetCutOff(true)
			address := signedURL(t, stream.Info())
			ended := make(chan error, 3)
			clients := make([]gortsplib.Client, cap(ended))
			for i := range clients {
				c := &clients[i]
				c.Scheme, c.Host, c.ReadTimeout = address.Scheme, address.Host, patience
				c.TLSConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the certificate is made by the test
				if err := c.Start2(); err != nil {
					t.Fatal(err)
				}
				go func() {
					_, _, err := c.Describe(address)
					ended <- err
				}()
			}
			await(t, server, "all ask", func(c Counters) bool { return c.ConnectionsOpen == 3 && c.Describes == 3 })
			for i := range clients {
				clients[i].Close()
				if err := <-ended; err == nil {
					t.Error("it was answered")
				}
			}
			await(t, server, "none left", func(c Counters) bool { return c.ConnectionsOpen == 0 })
			stream.SetCutOff(false)
			play(t, stream.Info()).packet(t)
		})
	}
}
