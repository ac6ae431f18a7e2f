package simcam

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4"
)

// postFault sends POST /fault and returns status and body.
func postFault(t *testing.T, server *Server, body string, headers ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(within(t), http.MethodPost, "http://"+server.SentAddr()+"/fault", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return answerOf(t, request)
}

func answerOf(t *testing.T, request *http.Request) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// switched sends POST /fault, which must succeed.
func switched(t *testing.T, server *Server, body string) {
	t.Helper()
	if status, text := postFault(t, server, body); status != http.StatusNoContent || text != "" {
		t.Fatalf("%s: %d %s", body, status, text)
	}
}

// listFaults is GET /fault.
func listFaults(t *testing.T, server *Server) []StreamFaults {
	t.Helper()
	request, err := http.NewRequestWithContext(within(t), http.MethodGet, "http://"+server.SentAddr()+"/fault", nil)
	if err != nil {
		t.Fatal(err)
	}
	status, text := answerOf(t, request)
	var list []StreamFaults
	if err := json.Unmarshal([]byte(text), &list); err != nil || status != http.StatusOK || strings.Contains(text, "null") {
		t.Fatalf("%d %s: %v", status, text, err)
	}
	return list
}

// threeStreams are a camera with two streams and one with a sign-in.
func threeStreams(cfg *Config) {
	cfg.Streams = []StreamSpec{
		ClipStream("cam1/main", "cam1", "street-360"), ClipStream("cam1/sub", "cam1", "overcast-360-gop10"),
		ClipStream("cam2", "cam2", "street-360").WithSignIn(AuthDigest, "viewer", "old"),
	}
}

// TestFaultsAreListed: each fault that lasts is told as it was switched, and
// again ends by on: false.
func TestFaultsAreListed(t *testing.T) {
	server := startServer(t, threeStreams)
	for _, body := range []string{
		`{"fault":"silent"}`, `{"fault":"cut_off"}`, `{"fault":"gone"}`, `{"fault":"frozen"}`, `{"fault":"refuse","status":401,"methods":["PLAY"]}`,
		`{"fault":"refuse_tcp","status":461}`, `{"fault":"refuse_udp","status":400}`, `{"fault":"limit","status":503,"n":2}`,
		`{"fault":"delay","ms":2000}`, `{"fault":"grow_delay","ms":100}`, `{"fault":"loss","share":0.25}`, `{"fault":"lose_next","n":7}`,
		`{"fault":"reorder","share":0.5}`, `{"fault":"clock_offset","ms":-3600000}`, `{"fault":"clock_drift","ms":2}`, `{"fault":"no_reports"}`,
		`{"fault":"timestamp_drift","ppm":50}`,
	} {
		var want Fault
		if err := json.Unmarshal([]byte(body), &want); err != nil {
			t.Fatal(err)
		}
		switched(t, server, `{"path":"cam1/sub",`+body[1:])
		list := listFaults(t, server)
		if len(list) != 3 || list[1].Path != "cam1/sub" || list[1].Camera != "cam1" || len(list[0].Faults)+len(list[2].Faults) != 0 {
			t.Fatalf("%s: %+v", body, list)
		}
		if len(list[1].Faults) != 1 || !reflect.DeepEqual(list[1].Faults[0], want) {
			t.Errorf("%s is told as %+v", body, list[1].Faults)
		}
		switched(t, server, `{"path":"cam1/sub","on":false,`+body[1:])
		if list := listFaults(t, server); len(list[1].Faults) != 0 {
			t.Errorf("%s has not ended: %+v", body, list[1].Faults)
		}
	}
	for _, c := range []struct {
		body string
		want Fault
	}{
		{`{"path":"cam2","fault":"refuse"}`, Fault{Fault: "refuse", Status: 503, Methods: []string{"DESCRIBE", "SETUP", "PLAY"}}},
		{`{"path":"cam2","fault":"limit","n":1}`, Fault{Fault: "limit", Status: 453, N: 1}},
		{`{"path":"cam2","fault":"lose_next"}`, Fault{Fault: "lose_next", N: 1}},
	} {
		switched(t, server, `{"path":"*","fault":"clear"}`)
		switched(t, server, c.body)
		if list := listFaults(t, server); len(list[2].Faults) != 1 || !reflect.DeepEqual(list[2].Faults[0], c.want) {
			t.Errorf("%s is told as %+v", c.body, list[2].Faults)
		}
	}
}

// TestWhomAFaultIsFor: one stream, a camera, or all.
func TestWhomAFaultIsFor(t *testing.T) {
	server := startServer(t, threeStreams)
	count := func() (counts [3]int) {
		for i, s := range listFaults(t, server) {
			if i < 3 {
				counts[i] = len(s.Faults)
			}
		}
		return counts
	}
	for _, c := range []struct {
		path string
		want [3]int
	}{{"cam1", [3]int{1, 1, 0}}, {"/cam1/main", [3]int{1, 0, 0}}, {"*", [3]int{1, 1, 1}}} {
		switched(t, server, `{"path":"`+c.path+`","fault":"frozen"}`)
		if got := count(); got != c.want {
			t.Errorf("%s: faults of the streams are %v, want %v", c.path, got, c.want)
		}
		switched(t, server, `{"path":"`+c.path+`","fault":"clear"}`)
		if got := count(); got != ([3]int{}) {
			t.Errorf("%s: after clear: %v", c.path, got)
		}
	}
	switched(t, server, `{"path":"*","fault":"limit","n":0,"status":503}`)
	list := listFaults(t, server)
	if last := list[len(list)-1]; len(list) != 4 || last.Path != "*" || last.Faults[0].Status != 503 {
		t.Errorf("the limit of all is told as %+v", list)
	}
	if _, err := dial(t, server.Stream("cam1/main").Info(), gortsplib.TransportTCP); statusOf(err) != 503 {
		t.Errorf("beyond the limit of all: %v", err)
	}
	switched(t, server, `{"path":"*","fault":"clear"}`)
	play(t, server.Stream("cam1/main").Info()).packet(t)
	if list := listFaults(t, server); len(list) != 3 || list[0].Playing != 1 {
		t.Errorf("after clear: %+v", list)
	}
}

func TestFaultsThatAreRefused(t *testing.T) {
	server := startServer(t, threeStreams)
	for body, want := range map[string]string{
		``:                               "400 no fault: EOF",
		`{"path":"cam1","fault":"x"}`:    "400 there is no fault \"x\": there are clear, clip, clock_drift",
		`{"path":"none","fault":"key"}`:  "404 there is no stream or camera \"none\"",
		`{"fault":"key"}`:                "404 there is no stream",
		`{"path":"cam1","faults":"key"}`: "400 no fault: json: unknown field",
		`{"path":"cam1","fault":"key"}1`: "400 no fault: there is more",
		`{"path":"cam1","fault":"refuse","status":200}`:       "400 fault refuse: status is 200",
		`{"path":"cam1","fault":"limit","n":-1}`:              "400 fault limit: n is -1",
		`{"path":"cam1","fault":"loss","share":1.5}`:          "400 fault loss: share is 1.5",
		`{"path":"cam1","fault":"delay","ms":-1}`:             "400 fault delay: ms is -1",
		`{"path":"cam1","fault":"clock_offset","ms":1e300}`:   "400 fault clock_offset: ms is 1e+300",
		`{"path":"cam1","fault":"timestamp_drift","ppm":1e9}`: "400 fault timestamp_drift: ppm is",
		`{"path":"cam1","fault":"clip","clip":"none"}`:        "400 load clip \"none\": no such clip",
		`{"path":"cam1","fault":"password","password":"x"}`:   "400 stream cam1/main: a password needs",
		`{"path":"` + strings.Repeat("x", maxFaultBody) + `"`: "400 no fault: http: request body too large",
	} {
		status, text := postFault(t, server, body)
		if got := http.StatusText(status) + " " + text; !strings.HasPrefix(got, http.StatusText(statusIn(t, want))+want[3:]) {
			t.Errorf("%.80s: %d %s, want %s", body, status, text, want)
		}
	}
	if status, _ := postFault(t, server, `{"path":"cam1","fault":"silent"}`, "Origin", "http://192.0.2.1"); status != http.StatusForbidden {
		t.Errorf("a page is answered %d", status)
	}
	for _, s := range listFaults(t, server) {
		if len(s.Faults) > 0 {
			t.Errorf("a refused fault was switched: %+v", s)
		}
	}
}

// TestSwitchedFaultsWork: what lasts a moment only, and what changes the stream.
func TestSwitchedFaultsWork(t *testing.T) {
	server := startServer(t, threeStreams)
	p := play(t, server.Stream("cam1/main").Info())
	p.packet(t)
	for _, body := range []string{`{"path":"cam1/main","fault":"key"}`, `{"path":"cam1/main","fault":"jump","ms":500}`, `{"path":"cam1/main","fault":"clip","clip":"overcast-360-gop10"}`} {
		switched(t, server, body)
	}
	if info := server.Stream("cam1/main").Info(); info.FPS != 10 {
		t.Errorf("the clip has not changed: %+v", info)
	}
	switched(t, server, `{"path":"cam1","fault":"close"}`)
	await(t, server, "closed", func(c Counters) bool { return c.Playing == 0 })
	play(t, server.Stream("cam1/main").Info()).packet(t)
	switched(t, server, `{"path":"*","fault":"close"}`)
	await(t, server, "all closed", func(c Counters) bool { return c.ConnectionsOpen == 0 })
}

// TestNewPassword: the old one is refused, the new one taken, for all methods of
// signing in.
func TestNewPassword(t *testing.T) {
	for _, method := range []Auth{AuthBasic, AuthDigestMD5, AuthDigestSHA256} {
		server, stream := oneStream(t, func(s *StreamSpec) { *s = s.WithSignIn(method, "viewer", "old") })
		old := stream.Info()
		switched(t, server, `{"path":"cam","fault":"password","password":"new:1"}`)
		if _, err := dial(t, old, gortsplib.TransportTCP); statusOf(err) != 401 {
			t.Errorf("%v: the old password: %v", method, err)
		}
		if now := stream.Info(); now.User != "viewer" || now.Password != "new:1" {
			t.Errorf("%v: the sign-in is %s %s", method, now.User, now.Password)
		}
		play(t, stream.Info()).packet(t)
		for _, s := range listFaults(t, server) {
			if len(s.Faults) > 0 {
				t.Errorf("a new password is told as a fault: %+v", s)
			}
		}
	}
}

// TestGone: connections end at once, without an answer, until it is back.
func TestGone(t *testing.T) {
	server, stream := oneStream(t, nil)
	play(t, stream.Info()).packet(t)
	stream.SetGone(true)
	await(t, server, "closed", func(c Counters) bool { return c.ConnectionsOpen == 0 })
	if _, err := dial(t, stream.Info(), gortsplib.TransportTCP); err == nil || statusOf(err) != 0 {
		t.Errorf("a camera that is gone answers %v", err)
	}
	stream.ClearFaults()
	play(t, stream.Info()).packet(t)
}

// TestCutOff: nothing comes, no request is answered, no connection ends; Close
// does not wait for it.
func TestCutOff(t *testing.T) {
	server, stream := oneStream(t, nil)
	p := play(t, stream.Info())
	p.packet(t)
	stream.SetCutOff(true)
	sent := server.Counters().Streams["cam"].Pictures
	answered := make(chan error, 1)
	go func() {
		_, err := dial(t, stream.Info(), gortsplib.TransportTCP)
		answered <- err
	}()
	await(t, server, "a second connection", func(c Counters) bool { return c.ConnectionsOpen == 2 && c.Describes == 2 })
	select {
	case err := <-answered:
		t.Fatalf("it was answered: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	if more := server.Counters().Streams["cam"].Pictures - sent; more > 1 {
		t.Errorf("%d pictures were sent", more)
	}
	stream.SetCutOff(false)
	if err := <-answered; err != nil {
		t.Errorf("after the cut: %v", err)
	}
	await(t, server, "live again", func(c Counters) bool { return c.Streams["cam"].Pictures > sent+3 })

	stream.SetCutOff(true)
	go func() {
		_, err := dial(t, stream.Info(), gortsplib.TransportTCP)
		answered <- err
	}()
	await(t, server, "a third connection", func(c Counters) bool { return c.Describes == 3 })
	server.Close()
	if err := <-answered; err == nil {
		t.Error("a server that is closed has answered")
	}
}

// statusIn returns the number that a text begins with.
func statusIn(t *testing.T, text string) int {
	t.Helper()
	status, err := strconv.Atoi(text[:3])
	if err != nil {
		t.Fatal(err)
	}
	return status
}
