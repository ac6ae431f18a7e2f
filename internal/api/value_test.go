package api

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

func TestMoments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Time{}, "null"},
		{noon, `"2026-11-21T01:15:00.123Z"`},
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), `"2026-01-02T03:04:05.000Z"`},
		{time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.UTC), `"2026-01-02T03:04:05.999Z"`},
	} {
		got, err := json.Marshal(at(c.at))
		if err != nil || string(got) != c.want {
			t.Errorf("%v is %s, %v, want %s", c.at, got, err, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]float64{
		0: 0, time.Second: 1, 1500 * time.Millisecond: 1.5, -3 * time.Hour: -10800, 1999 * time.Microsecond: 0.001,
	} {
		if got := seconds(d); got != want {
			t.Errorf("seconds(%v) = %v, want %v", d, got, want)
		}
	}
	for s, want := range map[float64]time.Duration{0: 0, 0.1: 100 * time.Millisecond, 2.5: 2500 * time.Millisecond, 86400: 24 * time.Hour, 0.0004: 0} {
		if got := duration(s); got != want {
			t.Errorf("duration(%v) = %v, want %v", s, got, want)
		}
	}
	for _, c := range []struct{ in, rounded, fine float64 }{
		{24.998, 25, 24.998}, {0.123456, 0.12, 0.1235}, {-1, -1, -1}, {math.NaN(), 0, 0}, {math.Inf(1), 0, 0}, {math.Inf(-1), 0, 0}, {math.MaxFloat64, 0, 0},
	} {
		if got := rounded(c.in); got != c.rounded {
			t.Errorf("rounded(%v) = %v", c.in, got)
		}
		if got := fine(c.in); got != c.fine {
			t.Errorf("fine(%v) = %v", c.in, got)
		}
	}
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	list := troubles([]*fault.Error{
		fault.New(fault.Busy, "busy at rtsp://u:p@h/x", "wait"), nil, fault.New(fault.Internal, "the table is torn", "no"),
	})
	got, err := json.Marshal(list)
	want := `[{"code":"busy","message":"busy at rtsp://***@h/x","hint":"wait"},{"code":"internal","message":"internal error","hint":""}]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	if none, _ := json.Marshal(troubles(nil)); string(none) != "[]" {
		t.Errorf("none is %s", none)
	}
	if one, _ := json.Marshal(trouble(nil)); string(one) != "null" {
		t.Errorf("no trouble is %s", one)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	zero, text := 0.0, "a"
	if n := count("", map[string]string{}, map[string]string(nil), (*Vector)(nil), false); n != 0 {
		t.Errorf("%d of nothing are set", n)
	}
	if n := count("a", map[string]string{"a": ""}, &Vector{}, true, &zero, &text); n != 6 {
		t.Errorf("%d of 6 are set", n)
	}
}

func TestExpected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		want   int64
		bad    bool
	}{
		{"", anyRevision, false},
		{" * ", anyRevision, false},
		{`"5"`, 5, false},
		{` "5" `, 5, false},
		{`"4","5"`, 5, false}, // the current one
		{`"4", "6"`, noRevision, false},
		{`W/"5"`, noRevision, false},
		{`W/"5", "5"`, 5, false},
		{`"0"`, noRevision, false},
		{`"-1"`, noRevision, false},
		{`"99999999999999999999"`, noRevision, false},
		{`"abc"`, noRevision, false},
		{`""`, noRevision, false},
		{`5`, 0, true},
		{`"5`, 0, true},
		{`"`, 0, true},
		{`"5",`, 0, true},
		{`"a"b"`, 0, true},
		{`w/"5"`, 0, true},
	} {
		got, err := IfMatch{c.header}.expected(func() (int64, error) { return 5, nil })
		if got != c.want || (err != nil) != c.bad || c.bad && fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("If-Match: %s is %d, %v, want %d", c.header, got, err, c.want)
		}
	}
	gone := fault.New(fault.NotFound, "gone", "")
	if _, err := (IfMatch{`"1","2"`}).expected(func() (int64, error) { return 0, gone }); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a thing that is gone is %v", err)
	}
}

func TestChangedSignIn(t *testing.T) {
	t.Parallel()
	now := camera.Credentials{User: "admin", Password: secret.NewText("old")}
	text := func(s string) *string { return &s }
	password := func(s string) *secret.Text { p := secret.NewText(s); return &p }
	for _, c := range []struct {
		name     string
		user     *string
		password *secret.Text
		want     string // "" is no change
		bad      bool
	}{
		{"nothing", nil, nil, "", false},
		{"same user", text("admin"), nil, "", false},
		{"password", nil, password("new"), "admin:new", false},
		{"empty password", nil, password(""), "admin:", false},
		{"both", text("root"), password("new"), "root:new", false},
		{"user without password", text("root"), password(""), "root:", false},
		{"none", text(""), password(""), ":", false},
		{"no user", text(""), nil, ":", false},
		{"other user", text("root"), nil, "", true},
	} {
		signIn, err := changedSignIn(c.user, c.password, now)
		got := ""
		if signIn != nil {
			got = signIn.User + ":" + signIn.Password.Reveal()
		}
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestLocation(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"body": "body", "body.name": "body.name", "body.pages[0].tiles[12].width": "body.pages[0].tiles[12].width", "query.limit": "query.limit",
		"header.If-Match": "header.If-Match", "path.id": "path.id", "body.streams.main": "body.streams.main",
		"body.rtsp://u:p@h/x": "body", "body.streams.a b": "body.streams", "body.": "body", "": "body", "x": "body", "body.門": "body",
		"body." + strings.Repeat("x", 41): "body", "body.name.http://192.0.2.1/a": "body.name", "body[1234567890]": "body", "body..x": "body",
	} {
		if got := location(in); got != want {
			t.Errorf("location(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzLocation: what is told is a path of names and numbers, and nothing that
// could be an address.
func FuzzLocation(f *testing.F) {
	for _, s := range []string{"body.a", "body.rtsp://u:p@h", "query.x[1]", "body.[", "....", "body.a.b@c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := location(s)
		if strings.ContainsAny(got, "@:/=? \"'\\\x00\n") || got == "" || got != "body" && !strings.HasPrefix(s, got) {
			t.Errorf("location(%q) = %q", s, got)
		}
	})
}

// FuzzDecode: whatever comes, an error names no part of it.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"url":"x"}`, `{"number":"s3cret"}`, `{"number":1e99}`, "s3cret", `"\u00`, "\xff", `{"a":{}}`, "[[[["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b NewCamera
		if err := decode([]byte(s), &b); err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("decode(%q): %v", s, err)
		}
	})
}

func TestMessages(t *testing.T) {
	t.Parallel()
	if got := message(strings.Repeat("門", 200)); len(got) > 310 || !strings.HasSuffix(got, "...") || strings.Contains(got, "\ufffd") {
		t.Errorf("a long message is %q", got)
	}
	if got := message("not rtsp://u:p@h/x"); got != "not rtsp://***@h/x" {
		t.Errorf("got %q", got)
	}
	if got := quoted("/a\n" + strings.Repeat("x", 500)); len(got) > 120 || strings.Contains(got, "\n") {
		t.Errorf("a long path is %s", got)
	}
}
