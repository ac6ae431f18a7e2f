package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// maxPart bounds the Content-Length that is believed.
const maxPart = 64 << 20

// counter follows a multipart stream and counts its parts without keeping them.
// It goes by Content-Length alone, so it reads ffmpeg's streams as well as ours.
// The zero value is ready.
type counter struct {
	parts   int   // complete ones that are live pictures, or do not say
	other   int   // complete ones that say that they are not live
	bytes   int64 // of all those
	line    []byte
	length  int // Content-Length of the head so far
	body    int // bytes that are still to come of a picture
	notLive bool
}

// hidden returns how many bytes come next that feed need not see.
func (c *counter) hidden() int { return c.body }

// skip tells that n of the hidden bytes went by.
func (c *counter) skip(n int) {
	c.body -= n
	if c.body > 0 || n == 0 {
		return
	}
	if c.notLive {
		c.other++
	} else {
		c.parts++
	}
	c.bytes += int64(c.length)
	c.length, c.notLive = 0, false
}

// feed takes the next bytes of the stream.
func (c *counter) feed(b []byte) error {
	for len(b) > 0 {
		if c.body > 0 {
			n := min(c.body, len(b))
			c.skip(n)
			b = b[n:]
			continue
		}
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			c.line = append(c.line, b...)
			if len(c.line) > 4096 {
				return fmt.Errorf("read part: line without end")
			}
			return nil
		}
		line := b[:end]
		if len(c.line) > 0 {
			c.line = append(c.line, line...)
			line = c.line
		}
		err := c.header(bytes.TrimSuffix(line, []byte("\r")))
		c.line = c.line[:0]
		if err != nil {
			return err
		}
		b = b[end+1:]
	}
	return nil
}

// header takes one line of a head. An empty line ends it; where no length was
// told (the head of the answer, the line behind a picture) nothing follows.
func (c *counter) header(line []byte) error {
	if len(line) == 0 {
		c.body = c.length
		return nil
	}
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found {
		return nil
	}
	switch {
	case len(name) == len("content-length") && bytes.EqualFold(name, []byte("content-length")):
		n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
		if err != nil || n < 0 || n > maxPart {
			return fmt.Errorf("read part: length %.20q", value)
		}
		c.length = n
	case len(name) == len(stateHeader) && bytes.EqualFold(name, []byte(stateHeader)):
		c.notLive = string(bytes.TrimSpace(value)) != "live"
	}
	return nil
}

// Headers of a part that the benchmark reads.
const (
	stateHeader = "X-Camwall-State"
	ageHeader   = "X-Camwall-Age"
)

// picture is one part of an endless answer.
type picture struct {
	header textproto.MIMEHeader
	jpeg   []byte
	at     time.Time // when its last byte was read
}

func (p picture) live() bool { return p.header.Get(stateHeader) == "live" }

// viewer reads one endless answer. It belongs to one goroutine.
type viewer struct {
	body   io.ReadCloser
	r      *bufio.Reader
	text   *textproto.Reader
	cancel context.CancelFunc // may be nil
}

// watch opens an endless answer on a connection of its own. Close ends it, and
// so does ctx.
func watch(ctx context.Context, url string) (*viewer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", url, err)
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, fmt.Errorf("watch %s: %s", url, answer.Status)
	}
	return newViewer(answer.Body), nil
}

func newViewer(body io.ReadCloser) *viewer {
	r := bufio.NewReaderSize(body, 64<<10)
	return &viewer{body: body, r: r, text: textproto.NewReader(r)}
}

// next returns the next picture, of which everything is the caller's.
func (v *viewer) next() (picture, error) {
	for {
		line, err := v.text.ReadLine()
		if err != nil {
			return picture{}, fmt.Errorf("read boundary: %w", err)
		}
		if strings.HasPrefix(line, "--") {
			break
		}
	}
	header, err := v.text.ReadMIMEHeader()
	if err != nil {
		return picture{}, fmt.Errorf("read head: %w", err)
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil || n < 0 || n > maxPart {
		return picture{}, fmt.Errorf("read head: length %.20q", header.Get("Content-Length"))
	}
	p := picture{header: header, jpeg: make([]byte, n)}
	if _, err := io.ReadFull(v.r, p.jpeg); err != nil {
		return picture{}, fmt.Errorf("read picture: %w", err)
	}
	p.at = time.Now()
	return p, nil
}

// live returns the next live picture.
func (v *viewer) live() (picture, error) {
	for {
		p, err := v.next()
		if err != nil || p.live() {
			return p, err
		}
	}
}

func (v *viewer) close() {
	if v.cancel != nil {
		v.cancel()
	}
	v.body.Close()
}
