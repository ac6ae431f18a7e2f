package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"camwall/internal/wait"
)

// watchedCameras is how many cameras are watched in the end.
const watchedCameras = 5

// measureMemory reads the server's memory with a growing number of watched
// cameras, and what it allocates for a picture.
func (b *bench) measureMemory(ctx context.Context) (*result, error) {
	var streams, cameras []string
	for i := range watchedCameras {
		streams = append(streams, fmt.Sprintf("c%d=street-1080", i))
	}
	cams, rtsp, _, err := b.cameras(ctx, streams...)
	if err != nil {
		return nil, err
	}
	defer cams.stop()
	for i := range watchedCameras {
		cameras = append(cameras, fmt.Sprintf("c%d=%s/c%d", i, rtsp, i))
	}
	p, base, err := b.serve(ctx, cameras...)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	r := &result{
		title: "Memory and allocations",
		how: "Resident memory of the server while 1080p25 H.264 cameras are watched at 640x360, five seconds after the last picture of a new one. " +
			"Allocations are Go's, of everything between the camera's packets and the viewer, divided by the pictures made.",
		table: table{head: []string{"figure", "value"}},
	}
	staying := &audience{}
	defer staying.leave()
	held, made, err := b.fill(ctx, p, base, staying)
	if err != nil {
		return nil, err
	}
	first, last := held[0], held[watchedCameras]
	r.table.add("started, nobody watches", mib(first))
	r.table.add("1 camera watched", mib(held[1]))
	r.table.add(fmt.Sprintf("%d cameras watched", watchedCameras), mib(last))
	r.table.add("each camera more", mib((last-held[1])/(watchedCameras-1)))
	r.table.add("allocations a picture", fmt.Sprintf("%.0f", made.objects/made.pictures))
	r.table.add("allocated bytes a picture", fmt.Sprintf("%.0f", made.bytes/made.pictures))
	return r, nil
}

func mib(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

// fill lets a viewer come to one camera, then to the others, and returns the
// memory held by number of watched cameras, and what was allocated while it was
// one.
func (b *bench) fill(ctx context.Context, p *process, base string, staying *audience) (held map[int]int64, made allocations, err error) {
	held = make(map[int]int64)
	for n := range watchedCameras + 1 {
		if n > 0 {
			if _, err := staying.come(ctx, fmt.Sprintf("%s/live/c%d%s", base, n-1, compareQuery)); err != nil {
				return nil, made, err
			}
		}
		if n > 1 && n < watchedCameras {
			continue
		}
		if !wait.For(ctx, b.window(5*time.Second)) {
			return nil, made, ctx.Err()
		}
		if n == 1 {
			if made, err = b.allocated(ctx, base+"/metrics"); err != nil {
				return nil, made, err
			}
		}
		if held[n], err = resident(p.pid()); err != nil {
			return nil, made, err
		}
	}
	return held, made, nil
}

// allocations are counted by the Go runtime of the server, its pictures by it.
type allocations struct{ objects, bytes, pictures float64 }

func (a allocations) minus(b allocations) allocations {
	return allocations{a.objects - b.objects, a.bytes - b.bytes, a.pictures - b.pictures}
}

// allocated counts for a while. What asking for the counters itself allocates is
// taken off.
func (b *bench) allocated(ctx context.Context, metrics string) (allocations, error) {
	ask := func() (allocations, error) {
		text, err := fetch(ctx, metrics)
		if err != nil {
			return allocations{}, err
		}
		return parseAllocations(string(text))
	}
	if _, err := ask(); err != nil { // the first allocates more than the next
		return allocations{}, err
	}
	begun, err := ask()
	if err != nil {
		return allocations{}, err
	}
	again, err := ask()
	if err != nil {
		return allocations{}, err
	}
	if !wait.For(ctx, b.window(8*time.Second)) {
		return allocations{}, ctx.Err()
	}
	ended, err := ask()
	if err != nil {
		return allocations{}, err
	}
	asking := again.minus(begun)
	made := ended.minus(again)
	if made.pictures <= 0 {
		return allocations{}, fmt.Errorf("count allocations: no picture was made")
	}
	made.objects -= asking.objects
	made.bytes -= asking.bytes
	return made, nil
}

// parseAllocations reads the counters off the server's metrics.
func parseAllocations(text string) (allocations, error) {
	var a allocations
	seen := 0
	for line := range strings.Lines(text) {
		name, value, found := strings.Cut(strings.TrimSpace(line), " ")
		name, _, _ = strings.Cut(name, "{")
		if !found || name == "#" {
			continue
		}
		var sum *float64
		switch name {
		case "go_memstats_mallocs_total":
			sum = &a.objects
		case "go_memstats_alloc_bytes_total":
			sum = &a.bytes
		case "camwall_stream_encoded_total":
			sum = &a.pictures
		default:
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return a, fmt.Errorf("read metrics: %w", err)
		}
		*sum += n
		seen++
	}
	if seen < 3 {
		return a, fmt.Errorf("read metrics: counters are missing")
	}
	return a, nil
}
