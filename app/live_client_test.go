package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"camwall/internal/codec"
	"camwall/internal/framemark"
	"camwall/internal/media"
)

// wallClient reads a live connection as another program does: it knows the
// document of the protocol, and nothing of ours.
type wallClient struct {
	t       *testing.T
	read    func() ([]byte, error) // the bytes of some message or messages
	command func(text string) error
	end     func()

	hello    map[string]any
	states   map[uint32]map[string]any // the newest of each tile
	slow     map[uint32]bool           // which said that the way is slow
	seqs     map[uint32]uint32
	decoders map[uint32]*decoding
	bytes    int // that came

	reading sync.WaitGroup

	// mu guards the fields below, and commands.
	mu    sync.Mutex
	queue []wallMessage // that came and were not looked at
	err   error         // why no more come
	more  chan struct{} // holds one when there is something new
	last  float64       // when a picture was last sent that was to be painted
	pause float64       // the longest time between two such, in ms
}

// decoding is a decoder of one source of a tile.
type decoding struct {
	source  uint8
	track   *media.Track
	decoder *codec.Decoder
	frame   *codec.Frame // the newest; nil before
}

// wallMessage is one message from the server.
type wallMessage struct {
	kind   byte
	fields map[string]any // of JSON

	codec, flags, source byte
	tile, seq            uint32
	arrived, sent        float64
	width, height        int
	data                 []byte
	at                   time.Time
	size                 int // of the whole message
}

const (
	flagKey = 1 << iota
	flagCatchingUp
	flagSkipped
	flagLast
)

// transports are both ways to the same messages.
var transports = map[string]func(*testing.T, *server) *wallClient{
	"socket": dialSocket, "stream": dialStream,
}

func newWallClient(t *testing.T, read func() ([]byte, error), end func()) *wallClient {
	t.Helper()
	c := &wallClient{
		t: t, read: read, end: end, more: make(chan struct{}, 1),
		states: map[uint32]map[string]any{}, slow: map[uint32]bool{}, seqs: map[uint32]uint32{}, decoders: map[uint32]*decoding{},
	}
	t.Cleanup(func() {
		c.end()
		c.reading.Wait()
		for _, d := range c.decoders {
			d.close()
		}
	})
	return c
}

// dialSocket opens a WebSocket: RFC 6455 sections 4.1 and 5.
func dialSocket(t *testing.T, s *server) *wallClient {
	t.Helper()
	host := strings.TrimPrefix(s.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	var key [16]byte
	_, _ = rand.Read(key[:])
	if _, err := fmt.Fprintf(conn, "GET /ws/live HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", host, base64.StdEncoding.EncodeToString(key[:])); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReaderSize(conn, 256<<10)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the socket was answered with %v, %v", res, err)
	}
	read := func() ([]byte, error) {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		return readFrame(r)
	}
	c := newWallClient(t, read, func() { _ = conn.Close() })
	c.command = func(text string) error {
		_, err := conn.Write(textFrame(text))
		return err
	}
	c.greeted()
	return c
}

func readFrame(r io.Reader) ([]byte, error) {
	var head [10]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return nil, err
	}
	n := uint64(head[1] & 0x7f)
	for size, more := range map[uint64]int{126: 2, 127: 8} {
		if n == size {
			if _, err := io.ReadFull(r, head[2:2+more]); err != nil {
				return nil, err
			}
			n = 0
			for _, b := range head[2 : 2+more] {
				n = n<<8 | uint64(b)
			}
			break
		}
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	if head[0] != 0x82 { // one whole binary message
		return nil, fmt.Errorf("a frame of kind %#x: %q", head[0], data)
	}
	return data, nil
}

// textFrame is a masked text message; the mask is zero, which is one, too.
func textFrame(text string) []byte {
	b := []byte{0x81}
	switch n := len(text); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n)) //nolint:gosec // checked
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n)) //nolint:gosec // a length
	}
	return append(append(b, 0, 0, 0, 0), text...)
}

// dialStream opens the streamed body.
func dialStream(t *testing.T, s *server) *wallClient {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/stream/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client().Do(req)
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/octet-stream" {
		t.Fatalf("the stream was answered with %v, %v", res, err)
	}
	buffer := make([]byte, 256<<10)
	read := func() ([]byte, error) {
		limit := time.AfterFunc(patience, cancel)
		defer limit.Stop()
		n, err := res.Body.Read(buffer)
		return buffer[:n], err
	}
	c := newWallClient(t, read, func() {
		cancel()
		_ = res.Body.Close()
	})
	posts := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(posts.CloseIdleConnections)
	c.command = func(text string) error {
		address := s.url + "/stream/live/" + c.hello["id"].(string)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(text))
		if err != nil {
			return err
		}
		res, err := posts.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close() //nolint:errcheck // only read
		if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusNoContent {
			return fmt.Errorf("%s: %s", res.Status, body)
		}
		return nil
	}
	c.greeted()
	return c
}

func (c *wallClient) greeted() {
	c.t.Helper()
	c.reading.Go(c.receive)
	m := c.next()
	if c.hello = m.fields; c.hello["type"] != "hello" || c.hello["version"] != 1.0 {
		c.t.Fatalf("the first message is %v", m.fields)
	}
}

// do sends a command.
func (c *wallClient) do(format string, args ...any) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.command(fmt.Sprintf(format, args...)); err != nil {
		c.t.Fatalf("command: %v", err)
	}
}

// next reads one message and acknowledges it.
func (c *wallClient) next() wallMessage {
	c.t.Helper()
	m, err := c.message()
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return m
}

// receive reads messages and acknowledges at once what came, however long it
// takes to look at it.
func (c *wallClient) receive() {
	var rest []byte
	for {
		for len(rest) < 4 || len(rest) < 4+int(binary.BigEndian.Uint32(rest)) {
			more, err := c.read()
			rest = append(rest, more...)
			if err != nil {
				c.put(wallMessage{}, err)
				return
			}
		}
		n := 4 + int(binary.BigEndian.Uint32(rest))
		c.put(parseMessage(bytes.Clone(rest[:n])), nil)
		rest = rest[n:]
	}
}

func (c *wallClient) put(m wallMessage, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err = err; err == nil {
		c.queue = append(c.queue, m)
	}
	if m.kind == 1 && m.flags&flagCatchingUp == 0 {
		c.pause, c.last = max(c.pause, m.sent-c.last), m.sent
	}
	if m.kind == 1 { // received and painted: a screen that is never slow
		_ = c.command(fmt.Sprintf(`{"type":"ack","tiles":[[%d,%d,%d]]}`, m.tile, m.seq, m.seq))
	}
	select {
	case c.more <- struct{}{}:
	default:
	}
}

func (c *wallClient) message() (wallMessage, error) {
	for {
		c.mu.Lock()
		if len(c.queue) > 0 {
			m := c.queue[0]
			c.queue = c.queue[1:]
			c.mu.Unlock()
			c.look(m)
			return m, nil
		}
		err := c.err
		c.mu.Unlock()
		if err != nil {
			return wallMessage{}, err
		}
		<-c.more
	}
}

// look checks a message, and decodes a picture.
func (c *wallClient) look(m wallMessage) {
	c.t.Helper()
	c.bytes += m.size
	switch {
	case m.kind == 2 && m.fields["type"] == "state":
		tile := uint32(m.fields["tile"].(float64))
		c.states[tile] = m.fields
		if m.fields["reduced"] == "link" || m.fields["why"] == "link" {
			c.slow[tile] = true
		}
		return
	case m.kind != 1:
		return
	}
	if c.seqs[m.tile]++; m.seq != c.seqs[m.tile] {
		c.t.Errorf("picture %d of tile %d comes as %d", c.seqs[m.tile], m.tile, m.seq)
	}
	if state := c.states[m.tile]; state == nil || state["source"] != float64(m.source) {
		c.t.Errorf("a picture of source %d of tile %d comes after state %v", m.source, m.tile, state)
	}
	if m.codec != 1 {
		c.decode(m)
	}
}

func parseMessage(b []byte) wallMessage {
	m := wallMessage{kind: b[4], at: time.Now(), size: len(b)}
	number := func(at int) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b[at:])) }
	switch m.kind {
	case 1:
		m.codec, m.flags, m.source = b[5], b[6], b[7]
		m.tile, m.seq = binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
		m.arrived, m.sent = number(16), number(24)
		m.width, m.height = int(binary.BigEndian.Uint16(b[32:])), int(binary.BigEndian.Uint16(b[34:]))
		m.data = b[36:]
	case 2:
		_ = json.Unmarshal(b[5:], &m.fields)
	case 3:
		m.codec, m.tile = b[5], binary.BigEndian.Uint32(b[8:])
		m.arrived, m.sent = number(16), number(24)
		m.data = b[34+int(binary.BigEndian.Uint16(b[32:])):]
	}
	return m
}

// until reads until a message is as wanted.
func (c *wallClient) until(what string, ok func(wallMessage) bool) wallMessage {
	c.t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		if m := c.next(); ok(m) {
			return m
		}
	}
	c.t.Fatalf("%s: never", what)
	return wallMessage{}
}

// picture reads until a picture is to be painted, the newest of those that came,
// and returns it.
func (c *wallClient) picture(tile uint32) (wallMessage, image.Image) {
	c.t.Helper()
	for {
		m := c.until("a picture", func(m wallMessage) bool { return m.kind == 1 && m.tile == tile })
		if m.flags&flagCatchingUp != 0 || c.waits(tile) {
			continue
		}
		if img := c.image(m); img != nil {
			return m, img
		}
	}
}

// longest returns the longest time between two pictures, of all tiles, by the
// server's clock, since it was last asked for.
func (c *wallClient) longest() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	pause := c.pause
	c.pause = 0
	return pause
}

// waits reports whether a newer picture of a tile has come already.
func (c *wallClient) waits(tile uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.queue, func(m wallMessage) bool { return m.kind == 1 && m.tile == tile })
}

// image returns what a message shows, small; nil when the decoder has nothing yet.
func (c *wallClient) image(m wallMessage) image.Image {
	c.t.Helper()
	if m.codec == 1 {
		m.flags, m.source = flagKey, 255
		c.decode(m)
	}
	d := c.decoders[m.tile]
	if d == nil || d.frame == nil {
		return nil
	}
	r := codec.NewRenderer(codec.Spec{Width: 320, Height: 180, Quality: 90})
	defer r.Close()
	small, err := r.JPEG(d.frame)
	if err != nil {
		c.t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(small))
	if err != nil {
		c.t.Fatal(err)
	}
	return img
}

// decode feeds a unit to the decoder of its source.
func (c *wallClient) decode(m wallMessage) {
	c.t.Helper()
	d := c.decoders[m.tile]
	if d == nil || d.source != m.source {
		if m.flags&flagKey == 0 {
			c.t.Fatalf("source %d begins without a key unit", m.source)
		}
		if d != nil {
			d.close()
		}
		track := &media.Track{Codec: map[byte]media.Codec{1: media.MJPEG, 2: media.H264, 3: media.H265}[m.codec], ClockRate: 90000}
		decoder, err := codec.NewDecoder(codec.DecoderConfig{Track: track})
		if err != nil {
			c.t.Fatal(err)
		}
		d = &decoding{source: m.source, track: track, decoder: decoder}
		c.decoders[m.tile] = d
	}
	unit := &media.AccessUnit{Track: d.track, Data: m.data, Key: m.flags&flagKey != 0, Arrived: m.at}
	err := d.decoder.Decode(unit, func(f *codec.Frame) {
		if d.frame != nil {
			d.frame.Release()
		}
		d.frame = f
	})
	if err != nil {
		c.t.Errorf("a unit of source %d can't be decoded: %v", m.source, err)
	}
}

func (d *decoding) close() {
	if d.frame != nil {
		d.frame.Release()
	}
	d.decoder.Close()
}

// marked returns the frame number in a picture.
func marked(t *testing.T, img image.Image) uint16 {
	t.Helper()
	n, ok := framemark.Read(img, img.Bounds())
	if !ok {
		t.Fatal("no frame mark in a picture")
	}
	return n
}

// state reads until a tile's state is as wanted.
func (c *wallClient) state(tile uint32, name string, value any) map[string]any {
	c.t.Helper()
	if s := c.states[tile]; s != nil && s[name] == value {
		return s
	}
	return c.until(fmt.Sprintf("%s %v", name, value), func(m wallMessage) bool {
		return m.fields["type"] == "state" && m.fields["tile"] == float64(tile) && m.fields[name] == value
	}).fields
}
