package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"camwall/internal/wait"
)

// coldTries is how many viewers come to a camera that nobody watches, each to
// one of its own; warmTries how many come to one that is watched.
const (
	coldTries = 5
	warmTries = 10
)

// gopCase is a kind of camera whose first picture is waited for.
type gopCase struct {
	name  string
	clip  string        // "!" behind it: the camera sends a key frame at each PLAY
	size  string        // of the first viewer
	apart time.Duration // between cold tries: they fall evenly into the GOP
	aged  time.Duration // since the first try, when warm tries begin
}

// waits are times until the first live picture.
type waits struct {
	cold, warm, other, again []time.Duration
}

// measureFirst measures how long a new viewer waits for a live picture.
func (b *bench) measureFirst(ctx context.Context) (*result, error) {
	r := &result{
		title: "First picture",
		how: "From the viewer's dial to the last byte of the first live picture. Cold: nobody watched the camera; dial, RTSP, and the wait " +
			"for the camera's next key frame are in it. Warm: a second viewer of the same rendition, and one of another size. Again: " +
			"the camera's only viewer left two seconds ago.",
		table: table{head: []string{"key frame every", "cold p50, ms", "max", "warm p50, ms", "max", "other size p50, ms", "max", "again p50, ms", "max"}},
	}
	cases := []gopCase{
		{"2 s (1080p25)", "street-1080", "640x360", 410 * time.Millisecond, 0},
		{"10 s (360p10)", "overcast-360-gop10", "640x360", 2100 * time.Millisecond, 0},
		// Older than what the server keeps of a GOP: 15 s.
		{"120 s, one at each PLAY (360p15)", "night-360-smart!", "640x360", 1300 * time.Millisecond, 24 * time.Second},
	}
	var slowest time.Duration
	for i, found := range b.waitAll(ctx, cases) {
		if found.err != nil {
			return nil, fmt.Errorf("%s: %w", cases[i].name, found.err)
		}
		w := found.waits
		slowest = max(slowest, quantile(w.warm, 1), quantile(w.other, 1))
		row := []string{cases[i].name}
		for _, d := range [][]time.Duration{w.cold, w.warm, w.other, w.again} {
			row = append(row, whole(quantile(d, 0.5)), whole(quantile(d, 1)))
		}
		r.table.add(row...)
	}
	r.aims = []aim{{"A second viewer's first picture, slowest of all", whole(slowest) + " ms", "under 100 ms", slowest < 100*time.Millisecond}}
	return r, nil
}

type waitsOrError struct {
	waits waits
	err   error
}

// waitAll runs the cases side by side: each waits most of its time.
func (b *bench) waitAll(ctx context.Context, cases []gopCase) []waitsOrError {
	found := make([]waitsOrError, len(cases))
	var wg sync.WaitGroup
	for i, c := range cases {
		wg.Go(func() { found[i].waits, found[i].err = b.wait(ctx, c) })
	}
	wg.Wait()
	return found
}

// wait measures one case with cameras and a server of its own.
func (b *bench) wait(ctx context.Context, c gopCase) (w waits, err error) {
	var streams, cameras []string
	for i := range coldTries {
		streams = append(streams, fmt.Sprintf("c%d=%s", i, c.clip))
	}
	cams, rtsp, _, err := b.cameras(ctx, streams...)
	if err != nil {
		return w, err
	}
	defer cams.stop()
	for i := range coldTries {
		cameras = append(cameras, fmt.Sprintf("c%d=%s/c%d", i, rtsp, i))
	}
	p, base, err := b.serve(ctx, cameras...)
	if err != nil {
		return w, err
	}
	defer p.stop()
	staying := &audience{}
	defer staying.leave()
	begun := time.Now()
	if w.cold, err = coldWaits(ctx, staying, base, c); err != nil {
		return w, err
	}
	if !wait.For(ctx, c.aged-time.Since(begun)) {
		return w, ctx.Err()
	}
	if w.warm, w.other, err = warmWaits(ctx, base, c); err != nil {
		return w, err
	}
	staying.leave()
	if !wait.For(ctx, 2*time.Second) {
		return w, ctx.Err()
	}
	for i := range coldTries {
		again, err := passBy(ctx, fmt.Sprintf("%s/live/c%d?size=%s", base, i, c.size))
		if err != nil {
			return w, err
		}
		w.again = append(w.again, again)
	}
	return w, nil
}

// warmWaits lets viewers come to cameras that are watched.
func warmWaits(ctx context.Context, base string, c gopCase) (warm, other []time.Duration, err error) {
	for i := range warmTries {
		// The pause is no whole number of pictures, so tries fall evenly between two.
		if !wait.For(ctx, time.Duration(130+17*i)*time.Millisecond) {
			return nil, nil, ctx.Err()
		}
		url := fmt.Sprintf("%s/live/c%d?size=", base, i%coldTries)
		same, err := passBy(ctx, url+c.size)
		if err != nil {
			return nil, nil, err
		}
		another, err := passBy(ctx, url+fmt.Sprintf("%dx180", 320+2*i))
		if err != nil {
			return nil, nil, err
		}
		warm, other = append(warm, same), append(other, another)
	}
	return warm, other, nil
}

// coldWaits lets viewers come to one camera after the other, without waiting for
// the picture of the one before. They stay.
func coldWaits(ctx context.Context, staying *audience, base string, c gopCase) ([]time.Duration, error) {
	waited := make([]time.Duration, coldTries)
	errs := make([]error, coldTries)
	var wg sync.WaitGroup
	for i := range coldTries {
		if !wait.For(ctx, c.apart) {
			break
		}
		wg.Go(func() { waited[i], errs[i] = staying.come(ctx, fmt.Sprintf("%s/live/c%d?size=%s", base, i, c.size)) })
	}
	wg.Wait()
	for _, err := range append(errs, ctx.Err()) {
		if err != nil {
			return nil, err
		}
	}
	return waited, nil
}

// firstPicture watches until a live picture is there. The caller closes v.
func firstPicture(ctx context.Context, url string) (v *viewer, waited time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(30*time.Second, cancel)
	defer late.Stop()
	begun := time.Now()
	v, err = watch(ctx, url)
	if err != nil {
		cancel()
		return nil, 0, err
	}
	p, err := v.live()
	if err != nil {
		cancel()
		v.close()
		return nil, 0, fmt.Errorf("wait for a live picture: %w", err)
	}
	v.cancel = cancel
	return v, p.at.Sub(begun), nil
}

// passBy watches for one live picture only.
func passBy(ctx context.Context, url string) (time.Duration, error) {
	v, waited, err := firstPicture(ctx, url)
	if err != nil {
		return 0, err
	}
	v.close()
	return waited, nil
}

// audience is viewers who stay, and read all that they are sent.
type audience struct {
	reading sync.WaitGroup

	mu      sync.Mutex // guards the field below
	viewers []*viewer
}

// come adds a viewer and tells how long it waited for a live picture.
func (a *audience) come(ctx context.Context, url string) (time.Duration, error) {
	v, waited, err := firstPicture(ctx, url)
	if err != nil {
		return 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.viewers = append(a.viewers, v)
	a.reading.Go(func() { _, _ = io.Copy(io.Discard, v.r) })
	return waited, nil
}

// leave ends all viewers and waits for them. It may be called again.
func (a *audience) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, v := range a.viewers {
		v.close()
	}
	a.viewers = nil
	a.reading.Wait()
}
