package liveview

import (
	"bytes"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/streaming"
)

func TestPackGolden(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_800_000_000_000)
	for name, c := range map[string]struct {
		picture streaming.Picture
		want    string
	}{
		"live": {
			streaming.Picture{
				Seq: 42, Live: true, Status: camera.Status{State: camera.Live, Since: at},
				Arrived: at, Made: at.Add(4900 * time.Microsecond), Stream: "main", Width: 640, Height: 360,
			},
			"Content-Type: image/jpeg\r\nContent-Length: 4\r\nX-Camwall-State: live\r\nX-Camwall-Since: 1800000000000\r\n" +
				"X-Camwall-Seq: 42\r\nX-Camwall-Age: 4\r\nX-Camwall-Size: 640x360\r\nX-Camwall-Stream: main\r\n" +
				"\r\nJPEG\r\n--frame\r\n",
		},
		"marked": {
			streaming.Picture{
				Seq: 1, Live: true, Status: camera.Status{State: camera.Live, Since: at, UnchangedSince: at, Behind: 2400 * time.Millisecond},
				Arrived: at, Made: at, Stream: "sub", Width: 1, Height: 2,
			},
			"Content-Type: image/jpeg\r\nContent-Length: 4\r\nX-Camwall-State: live\r\nX-Camwall-Since: 1800000000000\r\n" +
				"X-Camwall-Seq: 1\r\nX-Camwall-Age: 0\r\nX-Camwall-Marks: unchanged,behind\r\nX-Camwall-Behind: 2400\r\n" +
				"X-Camwall-Size: 1x2\r\nX-Camwall-Stream: sub\r\n" +
				"\r\nJPEG\r\n--frame\r\n",
		},
		"away": {
			streaming.Picture{
				Seq: 7, Status: camera.Status{
					State: camera.Retrying, Reason: fault.ConnRefused, Message: "no route to 192.0.2.1:\r\nX-Evil: 1 é",
					Since: at, NextTry: at.Add(1500 * time.Millisecond),
				},
				Made: at, Stream: "main", Width: 640, Height: 360,
			},
			"Content-Type: image/jpeg\r\nContent-Length: 4\r\nX-Camwall-State: retrying\r\nX-Camwall-Reason: refused\r\n" +
				"X-Camwall-Message: no%20route%20to%20192.0.2.1:%0D%0AX-Evil:%201%20%C3%A9\r\n" +
				"X-Camwall-Since: 1800000000000\r\nX-Camwall-Next-Try: 1800000001500\r\nX-Camwall-Seq: 7\r\n" +
				"X-Camwall-Size: 640x360\r\nX-Camwall-Stream: main\r\n" +
				"\r\nJPEG\r\n--frame\r\n",
		},
	} {
		part, offset := Pack(&c.picture, []byte("JPEG"))
		if string(part) != c.want {
			t.Errorf("%s is packed as\n%q, want\n%q", name, part, c.want)
		}
		if !bytes.HasPrefix(part[offset:], []byte("JPEG")) {
			t.Errorf("%s: offset %d is not where the JPEG is", name, offset)
		}
	}
}

func TestPackOwnsItsBytes(t *testing.T) {
	t.Parallel()
	jpeg := []byte("JPEG")
	part, offset := Pack(&streaming.Picture{}, jpeg)
	jpeg[0] = 'x'
	if part[offset] != 'J' || cap(part) != len(part) {
		t.Errorf("the part shares memory with its source, or has room left: %d of %d", len(part), cap(part))
	}
}

// FuzzPack: whatever a camera's messages hold, the part stays one part.
func FuzzPack(f *testing.F) {
	f.Add("no route to host", "main", "refused")
	f.Add("a\r\n\r\nb", "--frame\r\n", "\x00")
	f.Fuzz(func(t *testing.T, message, stream, reason string) {
		p := &streaming.Picture{Stream: stream, Status: camera.Status{Message: message, Reason: fault.Code(reason)}}
		part, _ := Pack(p, []byte("JPEG"))
		r := multipart.NewReader(strings.NewReader(opening+string(part)+"\r\n"), boundary)
		got, err := r.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if body := new(bytes.Buffer); func() error { _, err := body.ReadFrom(got); return err }() != nil || body.String() != "JPEG" {
			t.Errorf("the part's body is %q", body)
		}
		if m, err := url.PathUnescape(got.Header.Get("X-Camwall-Message")); err != nil || m != message {
			t.Errorf("message %q came as %q, %v", message, m, err)
		}
	})
}
