package main

import (
	"strings"
	"testing"
)

func TestParseHeld(t *testing.T) {
	t.Parallel()
	got, err := parseHeld("# HELP x\nprocess_resident_memory_bytes 4.2e+07\nprocess_open_fds 31\ngo_goroutines 55\nother 1\n")
	if want := (held{4.2e7, 31, 55}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "go_goroutines x\n", "process_open_fds 1\ngo_goroutines 2\n"} {
		if _, err := parseHeld(bad); err == nil {
			t.Errorf("%q is read without an error", bad)
		}
	}
}

func TestSoakResultTellsGrowth(t *testing.T) {
	t.Parallel()
	steady, grown := held{1e8, 30, 50}, held{1e8, 30, 50}
	for name, c := range map[string]struct {
		change func(*held)
		met    bool
	}{
		"nothing":     {func(*held) {}, true},
		"a little":    {func(h *held) { h.memory = 1.08e8 }, true},
		"memory":      {func(h *held) { h.memory = 1.2e8 }, false},
		"descriptors": {func(h *held) { h.files = 40 }, false},
		"goroutines":  {func(h *held) { h.goroutines = 70 }, false},
	} {
		last := grown
		c.change(&last)
		r := soakResult([]held{steady, steady, steady, steady, last, last}, 7)
		if r.aims[0].met != c.met || !strings.Contains(r.how, "7 visits") {
			t.Errorf("%s grows: %v", name, r.aims[0])
		}
	}
}
