package streaming

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/media"
	"camwall/internal/rtsp"
)

// speaks plays JPEGs with sound.
func speaks(ctx context.Context, cfg rtsp.Config) error {
	cfg.OnPlaying()
	video := &media.Track{Codec: media.MJPEG, ClockRate: 90000}
	audio := &media.Track{ID: 1, Codec: media.PCMA, ClockRate: 8000, SampleRate: 8000, Channels: 1}
	cfg.OnTracks([]*media.Track{video, audio})
	for i := 1; ; i++ {
		if i%2 == 1 {
			cfg.OnUnit(&media.AccessUnit{Track: video, Data: picture(i), Key: true, Seq: uint64(i/2 + 1), Arrived: time.Now()})
		}
		cfg.OnUnit(&media.AccessUnit{Track: audio, Data: []byte{byte(i)}, Arrived: time.Now()})
		if !wait(ctx, tick/2) {
			return ctx.Err()
		}
	}
}

func TestSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := startStudio(t, speaks, small(), nil)
		isSound := func(i FollowItem) bool { return i.Sound != nil }
		f := follow(t, svc, FollowRequest{JPEG: JPEG{Width: 64, Height: 36, Quality: 75}})
		get(t, f, time.Second, "a picture", isPicture)
		get(t, f, time.Second, "a picture, no sound", func(i FollowItem) bool {
			if isSound(i) {
				t.Error("sound that nobody wants")
			}
			return isPicture(i)
		})
		loud := f.want
		loud.Sound = true
		if err := f.Change(loud); err != nil {
			t.Fatal(err)
		}
		last := get(t, f, time.Second, "sound", isSound).Sound.Data[0]
		for range 20 {
			item := get(t, f, time.Second, "sound", isSound)
			if last++; item.Sound.Data[0] != last || item.Source != 1 {
				t.Fatalf("frame %d after %d, source %d", item.Sound.Data[0], last-1, item.Source)
			}
		}
		<-time.After(3 * time.Second) // nobody listens to what is old
		if age := time.Since(get(t, f, time.Second, "sound", isSound).Sound.Arrived); age > followMaxAge {
			t.Errorf("sound that is %v old", age)
		}
		loud.Sound = false
		if err := f.Change(loud); err != nil {
			t.Fatal(err)
		}
		get(t, f, time.Second, "a picture, no sound", func(i FollowItem) bool {
			if isSound(i) {
				t.Error("sound after it was switched off")
			}
			return isPicture(i)
		})
	})
}
