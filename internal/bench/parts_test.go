package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// ours is two live pictures and one that is not, as the server writes them.
const ours = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\nConnection: close\r\n\r\n--frame\r\n" +
	"Content-Type: image/jpeg\r\nContent-Length: 5\r\nX-Camwall-State: connecting\r\n\r\ncard!\r\n--frame\r\n" +
	"Content-Type: image/jpeg\r\nContent-Length: 9\r\nX-Camwall-State: live\r\nX-Camwall-Age: 4\r\n\r\none\r\n\r\ntw\r\n--frame\r\n" +
	"Content-Type: image/jpeg\r\nContent-Length: 3\r\nX-Camwall-State: live\r\nX-Camwall-Age: 12\r\n\r\n\n\n\n\r\n--frame\r\n"

// theirs is two pictures as ffmpeg's mpjpeg writes them.
const theirs = "--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: 4\r\n\r\nabcd\r\n" +
	"--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: 6\r\n\r\nefghij\r\n--ffmpeg\r\n"

func TestCounterInPiecesOfAnySize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stream       string
		parts, other int
		bytes        int64
	}{
		{ours, 2, 1, 17},
		{theirs, 2, 0, 10},
		{theirs[:len(theirs)-len("j\r\n--ffmpeg\r\n")], 1, 0, 4}, // the last byte is missing
	} {
		for size := 1; size <= len(c.stream); size++ {
			var got counter
			for rest := c.stream; rest != ""; {
				n := min(size, len(rest))
				if err := got.feed([]byte(rest[:n])); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if got.parts != c.parts || got.other != c.other || got.bytes != c.bytes {
				t.Fatalf("in pieces of %d: %d live, %d other, %d bytes; want %d, %d, %d", size,
					got.parts, got.other, got.bytes, c.parts, c.other, c.bytes)
			}
		}
	}
}

// TestCounterSkips reads as the crowd does: pictures are never shown to feed.
func TestCounterSkips(t *testing.T) {
	t.Parallel()
	for size := 1; size <= len(ours); size++ {
		var got counter
		for rest := ours; rest != ""; {
			n := min(size, len(rest))
			if hidden := got.hidden(); hidden > 0 {
				n = min(n, hidden)
				got.skip(n)
			} else if err := got.feed([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if got.parts != 2 || got.other != 1 || got.bytes != 17 {
			t.Fatalf("in pieces of %d: %d live, %d other, %d bytes", size, got.parts, got.other, got.bytes)
		}
	}
}

func TestCounterRefuses(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{
		"Content-Length: many\r\n\r\n",
		"Content-Length: -1\r\n\r\n",
		fmt.Sprintf("Content-Length: %d\r\n\r\n", maxPart+1),
		strings.Repeat("x", 5000),
	} {
		var c counter
		if err := c.feed([]byte(stream)); err == nil {
			t.Errorf("%.40q was taken", stream)
		}
	}
}

func TestViewer(t *testing.T) {
	t.Parallel()
	_, body, _ := strings.Cut(ours, "\r\n\r\n")
	v := newViewer(io.NopCloser(strings.NewReader(body)))
	defer v.close()
	p, err := v.live()
	if err != nil || string(p.jpeg) != "one\r\n\r\ntw" || p.header.Get(ageHeader) != "4" {
		t.Fatalf("first live picture: %q, %v, %v", p.jpeg, p.header, err)
	}
	if p, err = v.next(); err != nil || string(p.jpeg) != "\n\n\n" || !p.live() {
		t.Fatalf("second: %q, %v", p.jpeg, err)
	}
	if _, err = v.next(); !errors.Is(err, io.EOF) {
		t.Fatalf("at the end: %v", err)
	}
}

func TestViewerRefusesLength(t *testing.T) {
	t.Parallel()
	for _, length := range []string{"", "x", "-2", fmt.Sprint(maxPart + 1)} {
		v := newViewer(io.NopCloser(strings.NewReader("--frame\r\nContent-Length: " + length + "\r\n\r\nabc")))
		if _, err := v.next(); err == nil {
			t.Errorf("length %q was taken", length)
		}
	}
}
