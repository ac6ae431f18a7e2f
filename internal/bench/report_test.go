package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func sample() *result {
	r := &result{title: "Widths", how: "By hand.", table: table{head: []string{"what", "µs"}}}
	r.table.add("a long name", "7")
	r.table.add("é", "12.25")
	r.aims = []aim{{"Speed", "0.7", "at most 0.80", true}, {"Rate", "23 fps", "24 fps", false}}
	return r
}

func TestResultGolden(t *testing.T) {
	t.Parallel()
	const want = `## Widths

By hand.

| what        |    µs |
|-------------|------:|
| a long name |     7 |
| é           | 12.25 |

- Speed: 0.7; the aim is at most 0.80: met
- Rate: 23 fps; the aim is 24 fps: **missed**

`
	var got strings.Builder
	sample().print(&got)
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestWriteReport(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "figures.md")
	var log strings.Builder
	b := &bench{server: "echo", ffmpeg: filepath.Join(t.TempDir(), "absent"), log: &log, begun: machine{model: "Two cores", kernel: "6.1", load: "0.10", busy: "3 %"}}
	if err := b.writeReport(t.Context(), path, []*result{sample(), sample()}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# Figures\n", "`make bench`", "| Camwall | version |", "| ffmpeg beside it | unknown |", "Two cores,", "| kernel | Linux 6.1 |", "| Go | 1.",
		"| busy with other things before | 3 % (load 0.10) |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Count(string(text), "## Widths") != 2 || strings.HasSuffix(string(text), "\n\n") {
		t.Errorf("sections or end are wrong:\n%s", text)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	all, err := choose(nil)
	if err != nil || len(all) != len(sections()) {
		t.Fatalf("%d sections, %v", len(all), err)
	}
	some, err := choose([]string{"memory", "cpu"})
	if err != nil || len(some) != 2 || some[0].name != "cpu" || some[1].name != "memory" {
		t.Fatalf("%v, %v", some, err)
	}
	if _, err := choose([]string{"speed"}); err == nil || !strings.Contains(err.Error(), "latency") {
		t.Errorf("an unknown section: %v", err)
	}
	if err := run(context.Background(), []string{"-server", "/nowhere/at/all"}, os.Stderr); err == nil {
		t.Error("a run without a server went well")
	}
}

func TestParseAllocations(t *testing.T) {
	t.Parallel()
	got, err := parseAllocations("# HELP go_memstats_mallocs_total Total.\ngo_memstats_mallocs_total 39154\ngo_memstats_alloc_bytes_total 2.34e+07\n" +
		"camwall_stream_encoded_total{camera=\"a\",stream=\"main\"} 80\ncamwall_stream_encoded_total{camera=\"b\",stream=\"main\"} 9\nother 1\n")
	if want := (allocations{39154, 2.34e7, 89}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "go_memstats_mallocs_total x\n", "go_memstats_mallocs_total 1\n"} {
		if got, err := parseAllocations(bad); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func TestSentAt(t *testing.T) {
	t.Parallel()
	log := []sentPicture{{"c", 7, 1_000_000}, {"c", 8, 1_040_000}, {"c", 7, 5_000_000}}
	for _, c := range []struct {
		frame  uint16
		before time.Time
		want   int64
		found  bool
	}{
		{7, time.UnixMicro(5_100_000), 5_000_000, true},
		{7, time.UnixMicro(4_999_999), 1_000_000, true},
		{8, time.UnixMicro(9_000_000), 1_040_000, true},
		{7, time.UnixMicro(999_999), 0, false},
		{9, time.UnixMicro(9_000_000), 0, false},
	} {
		at, found := sentAt(log, c.frame, c.before)
		if found != c.found || found && at.UnixMicro() != c.want {
			t.Errorf("%d before %v: %v, %v", c.frame, c.before, at, found)
		}
	}
}
