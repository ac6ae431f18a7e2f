package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// writeReport writes the results and the machine that they are from.
func (b *bench) writeReport(ctx context.Context, path string, results []*result) error {
	var out strings.Builder
	b.head(ctx, &out, b.begun, time.Now())
	for _, r := range results {
		out.WriteString("\n")
		r.print(&out)
	}
	if err := os.WriteFile(path, []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o644); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	b.say("wrote %s\n", path)
	return nil
}

func (b *bench) head(ctx context.Context, out *strings.Builder, m machine, now time.Time) {
	fmt.Fprintf(out, `# Figures

Made by `+"`make bench`"+`; one section alone: `+"`make bench ARGS=cpu`"+` (cpu, viewers, latency, first, memory, stock, wall, soak). The program is driven
from outside, over loopback; simulated cameras are processes of their own. Compare figures of one run with each other,
not with those of another machine.

| machine | |
|---|---|
`)
	for _, row := range [][2]string{
		{"processor", fmt.Sprintf("%s, %d threads", m.model, runtime.NumCPU())},
		{"memory", m.memory},
		{"kernel", "Linux " + m.kernel},
		{"Go", strings.TrimPrefix(runtime.Version(), "go")},
		{"ffmpeg beside it", firstLine(ctx, b.ffmpeg, "-version")},
		{"Camwall", firstLine(ctx, b.server, "version")},
		{"date", now.UTC().Format("2006-01-02 15:04 UTC")},
		{"busy with other things before", fmt.Sprintf("%s (load %s)", m.busy, m.load)},
	} {
		fmt.Fprintf(out, "| %s | %s |\n", row[0], row[1])
	}
}

// firstLine returns the first line that a command prints.
func firstLine(ctx context.Context, name string, args ...string) string {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	line, _, _ := strings.Cut(string(text), "\n")
	line, _, _ = strings.Cut(line, " Copyright")
	if line = strings.TrimSpace(line); err != nil || line == "" {
		return "unknown"
	}
	return line
}
