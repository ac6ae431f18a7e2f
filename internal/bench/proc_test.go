package main

import (
	"math"
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	line := "4711 (cam) wall (x)) S 1 4711 4711 0 -1 4194560 901 0 3 0 1234 66 7 8 20 0 9 0 100 1 2 3\n"
	got, err := parseStat([]byte(line))
	if err != nil || got != 13*time.Second {
		t.Fatalf("%v, %v; want 13s", got, err)
	}
	for _, bad := range []string{"", "1 (x", "1 (x) S 1 2", "1 (x) S 1 2 3 4 5 6 7 8 9 10 a 12 13 14"} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestParseResident(t *testing.T) {
	t.Parallel()
	got, err := parseResident("Name:\tcamwall\nVmHWM:\t  99999 kB\nVmRSS:\t   41234 kB\nRssAnon:\t  1 kB\n")
	if err != nil || got != 41234*1024 {
		t.Fatalf("%d, %v", got, err)
	}
	for _, bad := range []string{"", "VmRSS:\tmuch kB\n"} {
		if got, err := parseResident(bad); err == nil {
			t.Errorf("%q: %d", bad, got)
		}
	}
}

// TestOwnProcess reads the real /proc of this test.
func TestOwnProcess(t *testing.T) {
	t.Parallel()
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for busy := time.Now(); time.Since(busy) < 50*time.Millisecond; {
	}
	after, err := cpuTime(os.Getpid())
	if err != nil || after < before {
		t.Fatalf("from %v to %v, %v", before, after, err)
	}
	if used, err := resident(os.Getpid()); err != nil || used < 1<<20 {
		t.Fatalf("%d bytes, %v", used, err)
	}
	if _, err := cpuTime(-1); err == nil {
		t.Error("a process that can't be has CPU time")
	}
	if m := thisMachine(); m.kernel == "" || m.memory == "unknown" || m.load == "" {
		t.Errorf("this machine: %+v", m)
	}
}

func TestProcessors(t *testing.T) {
	t.Parallel()
	before, err := parseProcessors("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\n")
	if want := (processors{1000, 800}); err != nil || before != want {
		t.Fatalf("%+v, %v; want %+v", before, err, want)
	}
	after, err := parseProcessors("cpu  110 5 110 850 110 5 5 5 0 0\n")
	if err != nil || math.Abs(after.busySince(before)-0.2) > 1e-9 {
		t.Errorf("busy %g, %v; want 0.2", after.busySince(before), err)
	}
	if got := before.busySince(before); got != 0 {
		t.Errorf("busy %g in no time", got)
	}
	for _, bad := range []string{"", "cpu0 1 2 3 4 5 6 7 8\n", "cpu 1 2 3\n", "cpu 1 2 3 x 5 6 7 8\n"} {
		if got, err := parseProcessors(bad); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func TestValueOf(t *testing.T) {
	t.Parallel()
	text := "processor\t: 0\nmodel name\t: Some CPU: fast\nmodel name\t: Other\n"
	if got := valueOf(text, "model name"); got != "Some CPU: fast" {
		t.Errorf("%q", got)
	}
	if got := valueOf(text, "model"); got != "unknown" {
		t.Errorf("%q", got)
	}
}
