package importer

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLabel(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Front door":                            "Front door",
		"  a \t\r\n b ":                         "a b",
		"a\x00\x1b[31mb\u200b":                  "a[31mb",
		"rtsp://u:hunter2@192.0.2.1/x":          "rtsp://***@192.0.2.1/x",
		"\xff\xfe":                              "",
		"Größe 客厅":                              "Größe 客厅",
		strings.Repeat("ä", 300):                strings.Repeat("ä", 200),
		strings.Repeat("x", 5000):               strings.Repeat("x", 200),
		"a://" + strings.Repeat("hunter2", 900): "a",
	} {
		if got := label(in); got != want || !utf8.ValidString(got) {
			t.Errorf("%.60q is %q, want %q", in, got, want)
		}
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "Front Door": "front-door", "a__b": "a__b", "-a-": "a", "_a_": "a_", "_-_a": "a", "ÄÖÜß": "aouss", "Łódź": "lodz", "192.0.2.1": "192-0-2-1",
		"a / b": "a-b", "客厅1": "1", strings.Repeat("a", 62) + " b": strings.Repeat("a", 62), strings.Repeat("é", 80): strings.Repeat("e", 63),
	} {
		if got := slug(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// TestLongAddresses: what is longer than an address is not looked at closely.
func TestLongAddresses(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"a:@", "a@b.c/", "#video=", "%40", "://", "${A:b}"} {
		long := "rtsp://" + strings.Repeat(piece, 1<<17/len(piece))
		for _, text := range []string{"streams:\n  a: \"" + long + "\"\n", "#EXTM3U\n#EXTINF:-1," + long + "\n" + long + "\n", "name,url\n" + long + "," + long + "\n"} {
			if r, err := read(text); err != nil || len(r.Candidates) != 0 || len(r.Left) != 1 {
				t.Errorf("%q: %d candidates, %d left, %v", piece, len(r.Candidates), len(r.Left), err)
			}
		}
	}
}

// TestLongChains: streams that name one another are followed a few steps.
func TestLongChains(t *testing.T) {
	t.Parallel()
	chain := func(n int) string {
		text := "go2rtc:\n  streams:\n    s0: rtsp://h/1\n"
		for i := 1; i <= n; i++ {
			text += "    s" + strings.Repeat("x", i) + ": ffmpeg:s" + strings.Repeat("x", i-1) + "\n"
		}
		text = strings.Replace(text, "ffmpeg:s\n", "ffmpeg:s0\n", 1)
		return text + "cameras:\n  a: {ffmpeg: {inputs: [{path: 'rtsp://127.0.0.1:8554/s" + strings.Repeat("x", n) + "'}]}}\n"
	}
	for n, want := range map[int]int{1: 1, maxReferences - 1: 1, maxReferences: 0, 100: 0} {
		if r, err := read(chain(n)); err != nil || len(r.Candidates) != want {
			t.Errorf("chain of %d: %d candidates, %v", n, len(r.Candidates), err)
		}
	}
}
