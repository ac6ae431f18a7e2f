package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// measureViewers counts what many viewers of one rendition get and cost.
func (b *bench) measureViewers(ctx context.Context) (*result, error) {
	cams, rtsp, _, err := b.demo(ctx)
	if err != nil {
		return nil, err
	}
	defer cams.stop()
	p, base, err := b.serve(ctx, "bench="+rtsp+"/cam1/main")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	r := &result{
		title: "Viewers of one camera",
		how: "1080p25 H.264 to one rendition of 640x360, q=75, counted from a second after everybody has a picture. CPU is in percent of " +
			"one core. Beside it a bare fan-out: a server that makes nothing and writes finished buffers of the same size at the same rate. " +
			"The viewers are one other process, which reads the heads and lets the kernel drop the pictures; its CPU is the last column.",
		table: table{head: []string{"viewers", "fps, worst", "fps, median", "camwall, CPU %", "bare, fps worst", "bare, CPU %", "readers, CPU %"}},
	}
	cost := make(map[int]float64)
	bare := make(map[int]float64)
	var last crowdResult
	for _, n := range []int{1, 50, 500, 1000} {
		got, cpu, err := b.crowd(ctx, p, base+"/live/bench"+compareQuery, n, 20*time.Second)
		if err != nil {
			return nil, err
		}
		beside, bareCPU, err := b.bareCrowd(ctx, n, int(got.Bytes))
		if err != nil {
			return nil, err
		}
		cost[n], bare[n], last = cpu, bareCPU, got
		b.say("%d viewers: %.1f fps at least, %.1f %% of a core; bare %.1f %%\n", n, got.MinFPS, cpu, bareCPU)
		r.table.add(fmt.Sprint(n), fmt.Sprintf("%.2f", got.MinFPS), fmt.Sprintf("%.2f", got.MidFPS), fmt.Sprintf("%.1f", cpu),
			fmt.Sprintf("%.2f", beside.MinFPS), fmt.Sprintf("%.1f", bareCPU), fmt.Sprintf("%.1f", got.CPU))
		if got.Left > 0 || got.NotLive > 0 {
			return nil, fmt.Errorf("watch with %d viewers: %d left, %d pictures were not live", n, got.Left, got.NotLive)
		}
	}
	more := cost[50] - cost[1]
	r.aims = []aim{
		{"49 more viewers", fmt.Sprintf("%.1f %% of one core (bare: %.1f %%; 49 of the 999 more: %.1f %%)", more, bare[50]-bare[1], (cost[1000]-cost[1])*49/999), "at most 3 %", more <= 3},
		{"1,000 viewers", fmt.Sprintf("%.2f fps at least", last.MinFPS), "24 of 25 fps", last.MinFPS >= 24},
	}
	return r, nil
}

// crowd lets n viewers watch url and returns what they got, and what the server
// used meanwhile in percent of one core.
func (b *bench) crowd(ctx context.Context, server *process, url string, n int, window time.Duration) (got crowdResult, cpu float64, err error) {
	window = b.window(window)
	child, err := spawnLines(ctx, b.self, "child-crowd", "-url", url, "-viewers", fmt.Sprint(n), "-for", window.String())
	if err != nil {
		return got, 0, err
	}
	defer child.stop()
	if _, err := child.line(ctx, "counting", 2*crowdLimit); err != nil {
		return got, 0, err
	}
	begun := time.Now()
	before, err := cpuTime(server.pid())
	if err != nil {
		return got, 0, err
	}
	text, err := child.line(ctx, "{", window+crowdLimit)
	if err != nil {
		return got, 0, err
	}
	after, err := cpuTime(server.pid())
	if err != nil {
		return got, 0, err
	}
	cpu = percent(after-before, time.Since(begun))
	if err := json.Unmarshal([]byte("{"+text), &got); err != nil {
		return got, 0, fmt.Errorf("read what the viewers got: %w", err)
	}
	return got, cpu, nil
}

// bareCrowd is crowd with a bare fan-out of pictures of the same size.
func (b *bench) bareCrowd(ctx context.Context, n, bytes int) (crowdResult, float64, error) {
	p, err := spawnLines(ctx, b.self, "child-fanout", "-bytes", fmt.Sprint(bytes))
	if err != nil {
		return crowdResult{}, 0, err
	}
	defer p.stop()
	url, err := p.line(ctx, "listening ", startTime)
	if err != nil {
		return crowdResult{}, 0, err
	}
	return b.crowd(ctx, p, url, n, 5*time.Second)
}
