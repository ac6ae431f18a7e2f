package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// fanoutParts is how many different pictures the bare fan-out sends in turn, so
// that they don't all stay in the processor's caches: a server's are new.
const fanoutParts = 50

// runFanout is the child that the server is compared with: it makes nothing, and
// writes finished buffers at a constant rate to whoever connects. It prints
// "listening http://IP:port/".
func runFanout(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("child-fanout", flag.ContinueOnError)
	size := flags.Int("bytes", 30000, "size of a picture")
	fps := flags.Float64("fps", 25, "pictures a second")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var opener net.ListenConfig
	l, err := opener.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	f := &fanout{}
	f.now.Store(&turn{next: make(chan struct{})})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer l.Close()
	wg.Go(func() { f.accept(ctx, l, &wg) })
	fmt.Fprintf(out, "listening http://%s/\n", l.Addr())
	f.run(ctx, makeParts(*size), *fps)
	return nil
}

// turn is one picture; next is closed when there is a newer one.
type turn struct {
	part []byte
	next chan struct{}
}

type fanout struct{ now atomic.Pointer[turn] }

// makeParts makes parts as the server has them, of size bytes and a head.
func makeParts(size int) [][]byte {
	parts := make([][]byte, fanoutParts)
	source := rand.NewChaCha8([32]byte{})
	for i := range parts {
		body := make([]byte, size)
		_, _ = source.Read(body) // never fails
		parts[i] = fmt.Appendf(nil, "Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n--frame\r\n", size, body)
	}
	return parts
}

// run sends parts in turn until ctx ends.
func (f *fanout) run(ctx context.Context, parts [][]byte, fps float64) {
	ticker := time.NewTicker(time.Duration(float64(time.Second) / fps))
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-ticker.C:
			old := f.now.Swap(&turn{parts[i%len(parts)], make(chan struct{})})
			close(old.next)
		case <-ctx.Done():
			return
		}
	}
}

func (f *fanout) accept(ctx context.Context, l net.Listener, wg *sync.WaitGroup) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			f.write(ctx, conn)
		})
	}
}

// write answers one viewer until an error or ctx ends it.
func (f *fanout) write(ctx context.Context, conn net.Conn) {
	var request []byte
	buf := make([]byte, 1024)
	for !bytes.Contains(request, []byte("\r\n\r\n")) {
		n, err := conn.Read(buf)
		if err != nil || len(request) > http.DefaultMaxHeaderBytes {
			return
		}
		request = append(request, buf[:n]...)
	}
	_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\nConnection: close\r\n\r\n--frame\r\n")
	for err == nil {
		now := f.now.Load()
		select {
		case <-now.next:
			_, err = conn.Write(f.now.Load().part)
		case <-ctx.Done():
			return
		}
	}
}
