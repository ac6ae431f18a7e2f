package rtsp

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// testCamera serves one stream whose packets the test writes.
type testCamera struct {
	t      *testing.T
	server *gortsplib.Server
	stream *gortsplib.ServerStream
	url    string
	played chan struct{} // a value for every PLAY that was granted

	mu      sync.Mutex // guards the fields below
	methods map[*gortsplib.ServerConn]base.Method
}

// serve starts a camera with these tracks, over TCP, and UDP too if asked for.
func serve(t *testing.T, udp bool, medias ...*description.Media) *testCamera {
	t.Helper()
	c := &testCamera{}
	c.start(t, udp, c, medias...)
	return c
}

// start makes c a camera whose requests go to handler.
func (c *testCamera) start(t *testing.T, udp bool, handler gortsplib.ServerHandler, medias ...*description.Media) {
	t.Helper()
	c.t, c.played, c.methods = t, make(chan struct{}, 10), map[*gortsplib.ServerConn]base.Method{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.url = "rtsp://" + listener.Addr().String() + "/stream"
	c.server = &gortsplib.Server{
		Handler:        handler,
		RTSPAddress:    listener.Addr().String(),
		WriteQueueSize: 4096, // a key unit of 2 MB at once
		Listen:         func(string, string) (net.Listener, error) { return listener, nil },
	}
	if udp {
		port := freeUDPPair(t)
		c.server.UDPRTPAddress = "127.0.0.1:" + strconv.Itoa(port)
		c.server.UDPRTCPAddress = "127.0.0.1:" + strconv.Itoa(port+1)
	}
	if err := c.server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.server.Close)
	c.stream = &gortsplib.ServerStream{Server: c.server, Desc: &description.Session{Medias: medias}}
	if err := c.stream.Initialize(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.stream.Close() })
}

// freeUDPPair returns an even port that is free, and the next one too.
func freeUDPPair(t *testing.T) int {
	t.Helper()
	for range 100 {
		rtpConn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := rtpConn.LocalAddr().(*net.UDPAddr).Port
		rtcpConn, err := net.ListenPacket("udp", "127.0.0.1:"+strconv.Itoa(port+1))
		rtpConn.Close() //nolint:errcheck // probe
		if err != nil {
			continue
		}
		rtcpConn.Close() //nolint:errcheck // probe
		if port%2 == 0 {
			return port
		}
	}
	t.Fatal("no free pair of UDP ports")
	return 0
}

func (c *testCamera) OnRequest(conn *gortsplib.ServerConn, req *base.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.methods[conn] = req.Method
}

func (c *testCamera) OnResponse(conn *gortsplib.ServerConn, res *base.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.methods[conn] == base.Play && res.StatusCode == base.StatusOK {
		c.played <- struct{}{}
	}
}

func (c *testCamera) OnDescribe(*gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return &base.Response{StatusCode: base.StatusOK}, c.stream, nil
}

func (c *testCamera) OnSetup(*gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return &base.Response{StatusCode: base.StatusOK}, c.stream, nil
}

func (c *testCamera) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// write sends packets of one track, once somebody plays.
func (c *testCamera) write(media *description.Media, packets ...*rtp.Packet) {
	c.t.Helper()
	for _, p := range packets {
		if err := c.stream.WritePacketRTP(media, p); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *testCamera) report(media *description.Media, ntp uint64, timestamp uint32) {
	c.t.Helper()
	report := &rtcp.SenderReport{SSRC: 1, NTPTime: ntp, RTPTime: timestamp}
	if err := c.stream.WritePacketRTCP(media, report); err != nil {
		c.t.Fatal(err)
	}
}

// at gives packets a timestamp, as encoders leave it to their user.
func at(timestamp uint32, packets []*rtp.Packet) []*rtp.Packet {
	for _, p := range packets {
		p.Timestamp = timestamp
	}
	return packets
}

// rawCamera is a camera whose every answer the test gives, bad ones too.
type rawCamera struct {
	url     string
	serving sync.WaitGroup

	mu       sync.Mutex // guards the fields below
	requests []*base.Request
}

// seen returns the requests so far.
func (c *rawCamera) seen() []*base.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// settle waits until all that was sent on connections that are closed now has
// been seen.
func (c *rawCamera) settle() { c.serving.Wait() }

// count returns how many requests match.
func (c *rawCamera) count(match func(*base.Request) bool) int {
	n := 0
	for _, req := range c.seen() {
		if match(req) {
			n++
		}
	}
	return n
}

func hasAuthorization(req *base.Request) bool { return len(req.Header["Authorization"]) > 0 }

// answerRaw serves connections; answer returns what is sent for a request, nil
// for nothing. A response without a status closes the connection.
func answerRaw(t *testing.T, answer func(req *base.Request) *base.Response) *rawCamera {
	t.Helper()
	c := &rawCamera{}
	listener := listenRaw(t, func(conn net.Conn) {
		c.serving.Add(1)
		defer c.serving.Done()
		reader := bufio.NewReader(conn)
		for {
			if head, err := reader.Peek(4); err != nil {
				return
			} else if string(head) == "RTSP" { // an answer to a request of ours
				if new(base.Response).Unmarshal(reader) != nil {
					return
				}
				continue
			}
			var req base.Request
			if req.Unmarshal(reader) != nil {
				return
			}
			c.mu.Lock()
			c.requests = append(c.requests, &req)
			c.mu.Unlock()
			res := answer(&req)
			if res == nil {
				continue
			}
			if res.StatusCode == 0 {
				return
			}
			if res.Header == nil {
				res.Header = base.Header{}
			}
			res.Header["CSeq"] = req.Header["CSeq"]
			encoded, err := res.Marshal()
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := conn.Write(encoded); err != nil {
				return
			}
		}
	})
	c.url = "rtsp://" + listener.Addr().String() + "/stream"
	return c
}

// listenRaw serves each connection with handle, and closes it after that and at
// the end of the test.
func listenRaw(t *testing.T, handle func(net.Conn)) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			wg.Go(func() {
				handle(conn)
				mu.Lock()
				delete(open, conn)
				mu.Unlock()
				conn.Close() //nolint:errcheck // served
			})
		}
	})
	t.Cleanup(func() {
		listener.Close() //nolint:errcheck // end of the test
		mu.Lock()
		for conn := range open {
			conn.Close() //nolint:errcheck // end of the test
		}
		mu.Unlock()
		wg.Wait()
	})
	return listener
}

// status answers every request of a method with a status, and the others as a
// camera with one H.264 track does.
func status(method base.Method, code base.StatusCode) func(*base.Request) *base.Response {
	return func(req *base.Request) *base.Response {
		if req.Method == method {
			return &base.Response{StatusCode: code, StatusMessage: "No"}
		}
		return granted(req)
	}
}

const plainSDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n" +
	"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:trackID=0\r\n"

// granted answers as a camera that says yes to everything, and sends nothing.
func granted(req *base.Request) *base.Response {
	res := &base.Response{StatusCode: base.StatusOK, Header: base.Header{}}
	switch req.Method {
	case base.Describe:
		res.Header["Content-Type"] = base.HeaderValue{"application/sdp"}
		res.Body = []byte(plainSDP)
	case base.Setup:
		res.Header["Session"] = base.HeaderValue{"1"}
		res.Header["Transport"] = base.HeaderValue{"RTP/AVP/TCP;unicast;interleaved=0-1"}
	}
	return res
}

// injecting returns a dialer whose connections seem to bring a request of the
// camera's right after its answer to PLAY.
func injecting(method base.Method) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &injectingConn{Conn: conn, request: []byte(string(method) + " rtsp://host/stream RTSP/1.0\r\nCSeq: 77\r\n\r\n")}, nil
	}
}

type injectingConn struct {
	net.Conn
	request []byte

	mu     sync.Mutex // guards the field below
	played bool
}

func (c *injectingConn) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte("PLAY ")) {
		c.mu.Lock()
		c.played = true
		c.mu.Unlock()
	}
	return c.Conn.Write(b)
}

func (c *injectingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.played && err == nil {
		c.played = false
		n += copy(b[n:], c.request)
	}
	return n, err
}
