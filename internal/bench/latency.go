package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"strconv"
	"time"

	"camwall/internal/framemark"
)

// sentPicture is an entry of a simulated camera's GET /sent.
type sentPicture struct {
	Path   string
	Frame  uint16
	Micros int64 `json:"sentUnixMicros"`
}

// latencySettle is how long a camera is watched before its pictures count.
const latencySettle = 2 * time.Second

// delays are latencies of one camera's pictures.
type delays struct {
	onTheWay []time.Duration // from the camera's first packet to the viewer's last byte
	added    []time.Duration // the server's own, each rounded up to whole ms
	unread   int             // pictures whose number could not be read
}

// measureLatency reads frame numbers off pictures and compares with when the
// cameras sent them.
func (b *bench) measureLatency(ctx context.Context) (*result, error) {
	cams, rtsp, sent, err := b.demo(ctx)
	if err != nil {
		return nil, err
	}
	defer cams.stop()
	r := &result{
		title: "Latency at 1280x720",
		how: "Sent to received: from the camera's first packet of a picture to the viewer's last byte of the JPEG, by the frame number in " +
			"the picture; the camera's own time to send, loopback, the server and the viewer are all in it. Added: from the arrival of the " +
			"whole access unit to the JPEG ready to write, as the server tells with each picture, rounded up to whole milliseconds.",
		table: table{head: []string{"camera", "pictures", "sent to received p50, ms", "p99, ms", "worst, ms", "added p50, ms", "p99, ms", "worst, ms"}},
	}
	var worst time.Duration
	for _, c := range []struct{ path, what string }{
		{"cam4/main", "720p20 H.264, its own size"},
		{"cam2/main", "720p25 H.265, its own size"},
		{"cam1/main", "1080p25 H.264, scaled"},
	} {
		d, err := b.latency(ctx, rtsp+"/"+c.path, sent+"?path="+c.path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.path, err)
		}
		way, added := d.onTheWay, d.added
		if len(way) == 0 || d.unread*20 > len(way) {
			return nil, fmt.Errorf("%s: number read off %d pictures, not off %d", c.path, len(way), d.unread)
		}
		worst = max(worst, quantile(added, 0.99))
		r.table.add(c.what, fmt.Sprint(len(way)), ms(quantile(way, 0.5)), ms(quantile(way, 0.99)), ms(quantile(way, 1)),
			whole(quantile(added, 0.5)), whole(quantile(added, 0.99)), whole(quantile(added, 1)))
	}
	r.aims = []aim{{"Added latency at 720p, p99 of the worst", "under " + whole(worst) + " ms", "under 15 ms", worst <= 15*time.Millisecond}}
	return r, nil
}

func ms(d time.Duration) string    { return fmt.Sprintf("%.1f", millis(d)) }
func whole(d time.Duration) string { return fmt.Sprintf("%.0f", millis(d)) }

// latency watches one camera. Pictures are looked into when the last has come,
// so that nothing competes with the server.
func (b *bench) latency(ctx context.Context, camera, sent string) (delays, error) {
	p, base, err := b.serve(ctx, "bench="+camera)
	if err != nil {
		return delays{}, err
	}
	defer p.stop()
	v, err := watch(ctx, base+"/live/bench?size=1280x720")
	if err != nil {
		return delays{}, err
	}
	defer v.close()
	first, err := v.live()
	if err != nil {
		return delays{}, err
	}
	var pictures []picture
	for end := b.window(8 * time.Second); ; {
		pic, err := v.live()
		if err != nil {
			return delays{}, err
		}
		if since := pic.at.Sub(first.at); since > latencySettle+end {
			break
		} else if since > latencySettle {
			pictures = append(pictures, pic)
		}
	}
	log, err := sentLog(ctx, sent)
	if err != nil {
		return delays{}, err
	}
	return compare(pictures, log), nil
}

// compare finds out when each picture was sent.
func compare(pictures []picture, log []sentPicture) delays {
	var d delays
	for _, pic := range pictures {
		age, err := strconv.Atoi(pic.header.Get(ageHeader))
		frame, ok := frameOf(pic.jpeg)
		at, found := sentAt(log, frame, pic.at)
		if err != nil || !ok || !found {
			d.unread++
			continue
		}
		d.onTheWay = append(d.onTheWay, pic.at.Sub(at))
		d.added = append(d.added, time.Duration(age+1)*time.Millisecond)
	}
	return d
}

// frameOf reads the number in the frame mark of a JPEG.
func frameOf(coded []byte) (uint16, bool) {
	img, err := jpeg.Decode(bytes.NewReader(coded))
	if err != nil {
		return 0, false
	}
	return framemark.Read(img, image.Rectangle{})
}

// sentLog asks a simulated camera when it sent what.
func sentLog(ctx context.Context, url string) ([]sentPicture, error) {
	text, err := fetch(ctx, url)
	if err != nil {
		return nil, err
	}
	var log []sentPicture
	if err := json.Unmarshal(text, &log); err != nil {
		return nil, fmt.Errorf("read %s: %w", url, err)
	}
	return log, nil
}

// sentAt returns when a number was last sent before a time: numbers come again
// with each loop of a clip. log is in the order of sending.
func sentAt(log []sentPicture, frame uint16, before time.Time) (time.Time, bool) {
	for i := len(log) - 1; i >= 0; i-- {
		if at := time.UnixMicro(log[i].Micros); log[i].Frame == frame && !at.After(before) {
			return at, true
		}
	}
	return time.Time{}, false
}

// fetch gets a small document.
func fetch(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", url, answer.Status)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	return text, nil
}
