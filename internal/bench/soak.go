package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"camwall/internal/wait"
)

const (
	soakTime     = 10 * time.Minute
	soakEvery    = 5 * time.Second // a sample
	soakComers   = 6               // viewers that come and go, each on its own
	soakAllowed  = 0.05            // of growth from the second third to the last, beside:
	soakMegabyte = 1 << 20
)

// held is what the server holds at one moment, or on the average of some.
type held struct{ memory, files, goroutines float64 }

// measureSoak lets viewers come and go for ten minutes, and compares what the
// server holds in the last third of the time with the second.
func (b *bench) measureSoak(ctx context.Context) (*result, error) {
	streams := []string{"a=street-1080", "b=street-360", "c=dusk-720-h265", "d=morning-720-b"}
	cams, rtsp, _, err := b.cameras(ctx, streams...)
	if err != nil {
		return nil, err
	}
	defer cams.stop()
	var cameras []string
	for _, s := range streams {
		name, _, _ := strings.Cut(s, "=")
		cameras = append(cameras, fmt.Sprintf("%s=%s/%s", name, rtsp, name))
	}
	p, base, err := b.serve(ctx, cameras...)
	if err != nil {
		return nil, err
	}
	defer p.stop()

	coming, stop := context.WithTimeout(ctx, b.window(soakTime))
	defer stop()
	var comers sync.WaitGroup
	var mu sync.Mutex // guards the two below
	visits := 0
	var failed error
	for range soakComers {
		comers.Go(func() {
			for coming.Err() == nil {
				err := visit(coming, base)
				mu.Lock()
				visits++
				if err != nil && coming.Err() == nil {
					failed = err
					stop()
				}
				mu.Unlock()
			}
		})
	}
	samples, err := sampled(coming, base+"/metrics")
	comers.Wait()
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return soakResult(samples, visits), nil
}

// visit watches one camera in one of some sizes for up to four seconds.
func visit(ctx context.Context, base string) error {
	camera := string("abcd"[rand.IntN(4)])
	size := []string{"320x180", "640x360", "640x480"}[rand.IntN(3)]
	a := &audience{}
	defer a.leave()
	if _, err := a.come(ctx, fmt.Sprintf("%s/live/%s?size=%s", base, camera, size)); err != nil {
		return err
	}
	wait.For(ctx, time.Duration(rand.Int64N(int64(4*time.Second)))) // its end is the caller's to see
	return nil
}

// sampled asks what the server holds until ctx ends.
func sampled(ctx context.Context, metrics string) ([]held, error) {
	var samples []held
	for wait.For(ctx, soakEvery) {
		text, err := fetch(ctx, metrics)
		if err != nil {
			if ctx.Err() != nil {
				break
			}
			return nil, err
		}
		h, err := parseHeld(string(text))
		if err != nil {
			return nil, err
		}
		samples = append(samples, h)
	}
	return samples, nil
}

// parseHeld reads memory, descriptors and goroutines off the server's metrics.
func parseHeld(text string) (held, error) {
	var h held
	values := map[string]*float64{
		"process_resident_memory_bytes": &h.memory, "process_open_fds": &h.files, "go_goroutines": &h.goroutines,
	}
	seen := 0
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		to := values[name]
		if to == nil {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return h, fmt.Errorf("read metrics: %w", err)
		}
		*to = n
		seen++
	}
	if seen < len(values) {
		return h, fmt.Errorf("read metrics: what the process holds is missing")
	}
	return h, nil
}

// average returns the mean of some samples.
func average(samples []held) held {
	var sum held
	for _, s := range samples {
		sum.memory += s.memory
		sum.files += s.files
		sum.goroutines += s.goroutines
	}
	n := float64(max(len(samples), 1))
	return held{sum.memory / n, sum.files / n, sum.goroutines / n}
}

func soakResult(samples []held, visits int) *result {
	third := len(samples) / 3
	second, last := average(samples[third:2*third]), average(samples[2*third:])
	r := &result{
		title: "Viewers coming and going",
		how: fmt.Sprintf("%d visits of up to four seconds to four cameras in three sizes, six at a time; what the server holds, on the average of each third of the time.",
			visits),
		table: table{head: []string{"figure", "second third", "last third", "growth"}},
	}
	met, most := true, 0.0
	for _, f := range []struct {
		name          string
		before, after float64
		slack         float64
		unit          float64
	}{
		{"memory, MiB", second.memory, last.memory, 4e6, soakMegabyte},
		{"descriptors", second.files, last.files, 2, 1},
		{"goroutines", second.goroutines, last.goroutines, 4, 1},
	} {
		growth := 100 * (f.after/f.before - 1)
		r.table.add(f.name, fmt.Sprintf("%.1f", f.before/f.unit), fmt.Sprintf("%.1f", f.after/f.unit), fmt.Sprintf("%+.1f %%", growth))
		most = max(most, growth)
		met = met && f.after <= f.before*(1+soakAllowed)+f.slack
	}
	r.aims = []aim{{"Growth from the second third to the last", fmt.Sprintf("%.1f %% at most", most), "at most 5 % + 4 MB", met}}
	return r
}
