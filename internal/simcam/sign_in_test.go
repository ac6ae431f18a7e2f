package simcam

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/liberrors"
)

// statusOf returns the RTSP status that a client was refused with.
func statusOf(err error) int {
	var bad liberrors.ErrClientBadStatusCode
	if errors.As(err, &bad) {
		return int(bad.Code)
	}
	return 0
}

func TestSignIn(t *testing.T) {
	for name, method := range map[string]Auth{
		"basic": AuthBasic, "md5": AuthDigestMD5, "sha256": AuthDigestSHA256, "both": AuthDigest,
	} {
		t.Run(name, func(t *testing.T) {
			server, stream := oneStream(t, func(spec *StreamSpec) {
				*spec = spec.WithSignIn(method, "vie wer", "p@ss:w/rd#1?%&=")
			})
			play(t, stream.Info()).packet(t)
			if got := server.Counters().FailedSignIns; got != 0 {
				t.Errorf("%d failed sign-ins with the right password", got)
			}
			wrong := stream.Info()
			wrong.Password = "wrong"
			if _, err := dial(t, wrong, gortsplib.TransportTCP); statusOf(err) != 401 {
				t.Errorf("the wrong password: %v", err)
			}
			if got := server.Counters().FailedSignIns; got != 1 {
				t.Errorf("%d failed sign-ins after one wrong password", got)
			}
			wrong.User = ""
			if _, err := dial(t, wrong, gortsplib.TransportTCP); statusOf(err) != 401 {
				t.Errorf("no password: %v", err)
			}
			if got := server.Counters(); got.FailedSignIns != 1 || got.Streams["cam"].FailedSignIns != 1 {
				t.Errorf("a request without credentials counts as a failed sign-in: %+v", got)
			}
		})
	}
}

func TestWhatIsOffered(t *testing.T) {
	for method, want := range map[Auth]int{AuthNone: 0, AuthBasic: 1, AuthDigestMD5: 1, AuthDigestSHA256: 1, AuthDigest: 2} {
		s := &Stream{spec: StreamSpec{Auth: method}, server: &Server{nonce: "n"}}
		if got := len(s.unauthorized().Header["WWW-Authenticate"]); got != want {
			t.Errorf("method %d: %d challenges, want %d", method, got, want)
		}
	}
}

func TestBasicMatches(t *testing.T) {
	code := func(plain string) base.HeaderValue {
		return base.HeaderValue{"Basic " + base64.StdEncoding.EncodeToString([]byte(plain))}
	}
	for _, c := range []struct {
		header base.HeaderValue
		want   bool
	}{
		{code("user:a:b:c"), true},
		{code("user:a:b"), false},
		{code("user"), false},
		{base.HeaderValue{"Basic !!"}, false},
		{base.HeaderValue{`Digest username="user"`}, false},
		{nil, false},
		{append(code("user:a:b:c"), code("user:a:b:c")...), false},
	} {
		if got := basicMatches(c.header, "user", "a:b:c"); got != c.want {
			t.Errorf("%v: %v, want %v", c.header, got, c.want)
		}
	}
}

func TestRecorderCountsSignInsOfAllChannels(t *testing.T) {
	server := startServer(t, func(cfg *Config) {
		cfg.Streams = Recorder(16, "overcast-360-gop10", AuthDigestMD5, "admin", "right")
	})
	infos := server.Streams()
	if len(infos) != 16 || infos[15].Path != "ch16" || infos[15].Camera != "ch16" {
		t.Fatalf("the device has %d streams, the last is %+v", len(infos), infos[len(infos)-1])
	}
	for _, info := range infos[:3] {
		info.Password = "wrong"
		if _, err := dial(t, info, gortsplib.TransportTCP); statusOf(err) != 401 {
			t.Errorf("%s: %v", info.Path, err)
		}
	}
	if got := server.Counters().FailedSignIns; got != 3 {
		t.Errorf("%d failed sign-ins, want 3", got)
	}
}

func FuzzBasicMatches(f *testing.F) {
	f.Add("Basic dXNlcjphOmI6Yw==")
	f.Add("Basic dXNlcg==")
	f.Add("Digest username=\"user\"")
	f.Fuzz(func(t *testing.T, header string) {
		if basicMatches(base.HeaderValue{header}, "user", "a:b") && header[:6] != "Basic " {
			t.Errorf("%q was let in", header)
		}
	})
}
