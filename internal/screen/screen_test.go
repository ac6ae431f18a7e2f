package screen

import (
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
)

func parsed[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// zone is a time zone with changes of its clocks.
func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// at reads a time of that zone; what is written behind it is its offset, for hours
// that come twice.
func at(t *testing.T, z *time.Location, text string) time.Time {
	t.Helper()
	if at, err := time.Parse("2006-01-02 15:04:05 -0700", text); err == nil {
		return at.In(z)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, z)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func hours(t *testing.T, all ...string) (list []Hours) {
	t.Helper()
	for _, s := range all {
		h, err := ParseHours(s)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, h)
	}
	return list
}

// TestOn is a table of times around the bounds: 2026-11-23 is a Monday.
func TestOn(t *testing.T) {
	t.Parallel()
	office := hours(t, "mon-fri 07:00-19:30", "sat,sun 09:00-17:00")
	night := hours(t, "fri 22:00-06:00")
	for _, c := range []struct {
		hours []Hours
		now   string
		on    bool
		next  string // of the schedule; empty: never
	}{
		{nil, "2026-11-23 12:00", true, ""},
		{office, "2026-11-23 06:59", false, "2026-11-23 07:00"},
		{office, "2026-11-23 07:00", true, "2026-11-23 19:30"},
		{office, "2026-11-23 19:29", true, "2026-11-23 19:30"},
		{office, "2026-11-23 19:30", false, "2026-11-24 07:00"},
		{office, "2026-11-27 20:00", false, "2026-11-28 09:00"},
		{office, "2026-11-28 08:00", false, "2026-11-28 09:00"},
		{office, "2026-11-29 17:00", false, "2026-11-30 07:00"},
		{night, "2026-11-27 21:59", false, "2026-11-27 22:00"},
		{night, "2026-11-27 23:00", true, "2026-11-28 06:00"},
		{night, "2026-11-28 05:59", true, "2026-11-28 06:00"},
		{night, "2026-11-28 06:00", false, "2026-12-04 22:00"},
		{night, "2026-11-28 23:00", false, "2026-12-04 22:00"},
		{night, "2026-11-27 05:00", false, "2026-11-27 22:00"},
		{hours(t, "00:00-24:00"), "2026-11-28 23:59", true, ""},
		{hours(t, "mon-sun"), "2026-11-28 00:00", true, ""},
		{hours(t, "sun 00:00-24:00"), "2026-11-29 00:00", true, "2026-11-30 00:00"},
		{hours(t, "sun 22:00-00:00"), "2026-11-29 23:59", true, "2026-11-30 00:00"},
		{hours(t, "sat"), "2026-11-28 23:59", true, "2026-11-29 00:00"},
		{hours(t, "fri-mon 10:00-11:00"), "2026-11-29 10:30", true, "2026-11-29 11:00"},
		{hours(t, "fri-mon 10:00-11:00"), "2026-11-24 10:30", false, "2026-11-27 10:00"},
		{hours(t, "08:00-10:00", "10:00-12:00"), "2026-11-24 09:00", true, "2026-11-24 12:00"},
		{hours(t, "08:00-11:00", "mon 10:00-12:00"), "2026-11-23 09:00", true, "2026-11-23 12:00"},
		{hours(t, "mon 22:00-21:00"), "2026-11-24 20:59", true, "2026-11-24 21:00"},
	} {
		s := New("a", "b")
		s.Hours = c.hours
		now := at(t, time.UTC, c.now)
		if got := s.On(now); got != c.on {
			t.Errorf("%+v at %s: on is %v", c.hours, c.now, got)
		}
		want := time.Time{}
		if c.next != "" {
			want = at(t, time.UTC, c.next)
		}
		if got := s.NextChange(now); !got.Equal(want) {
			t.Errorf("%+v at %s: next is %v, want %v", c.hours, c.now, got, want)
		}
		if got := s.NextSwitch(now); !got.Equal(want) {
			t.Errorf("%+v at %s: next switch is %v, want %v", c.hours, c.now, got, want)
		}
	}
}

// TestDaysWithAChangeOfTheClocks: in Berlin 02:00 becomes 03:00 on 2026-03-29, and
// 03:00 becomes 02:00 on 2026-10-25; on Lord Howe the change is half an hour.
func TestDaysWithAChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	berlin, howe := zone(t, "Europe/Berlin"), zone(t, "Australia/Lord_Howe")
	for _, c := range []struct {
		zone  *time.Location
		hours string
		now   string
		on    bool
		next  string
	}{
		// 02:30 does not exist: the moment of the jump stands for it.
		{berlin, "02:30-12:00", "2026-03-29 01:59", false, "2026-03-29 03:00:00 +0200"},
		{berlin, "02:30-12:00", "2026-03-29 03:00", true, "2026-03-29 12:00"},
		{berlin, "22:00-02:30", "2026-03-29 01:59", true, "2026-03-29 03:00:00 +0200"},
		{berlin, "22:00-02:30", "2026-03-29 03:00", false, "2026-03-29 22:00"},
		{berlin, "02:10-02:50", "2026-03-29 01:00", false, "2026-03-30 02:10"}, // nothing is left of it
		{berlin, "22:00-06:00", "2026-03-28 23:00", true, "2026-03-29 06:00"},
		// 02:30 comes twice: the first one counts, and it is not switched twice.
		{berlin, "02:30-12:00", "2026-10-25 02:29:00 +0200", false, "2026-10-25 02:30:00 +0200"},
		{berlin, "02:30-12:00", "2026-10-25 02:10:00 +0100", true, "2026-10-25 12:00"},
		{berlin, "22:00-02:30", "2026-10-25 02:30:00 +0200", false, "2026-10-25 22:00"},
		{berlin, "22:00-02:30", "2026-10-25 02:10:00 +0100", false, "2026-10-25 22:00"},
		{berlin, "22:00-06:00", "2026-10-24 23:00", true, "2026-10-25 06:00"},
		{howe, "02:15-12:00", "2026-10-04 01:59", false, "2026-10-04 02:30:00 +1100"},
		{howe, "01:45-12:00", "2026-04-05 01:46:00 +1100", true, "2026-04-05 12:00"},
		{howe, "01:45-12:00", "2026-04-05 01:40:00 +1030", true, "2026-04-05 12:00"},
	} {
		s := New("a", "b")
		s.Hours = hours(t, c.hours)
		now, next := at(t, c.zone, c.now), at(t, c.zone, c.next)
		if got := s.On(now); got != c.on {
			t.Errorf("%s at %s in %s: on is %v", c.hours, c.now, c.zone, got)
		}
		if got := s.NextChange(now); !got.Equal(next) {
			t.Errorf("%s at %s in %s: next is %v, want %v", c.hours, c.now, c.zone, got, next)
		}
	}
}

// TestNextIsTheNext: minute by minute through weeks with changes of the clocks,
// what NextChange says is when On and Dim change, and not before.
func TestNextIsTheNext(t *testing.T) {
	t.Parallel()
	s := New("a", "b")
	s.Hours = hours(t, "mon-fri 02:30-19:30", "sat 22:00-02:45", "sun 02:15-02:50")
	s.Night = Night{From: 21 * 60, To: 2*60 + 20, Level: 30}
	for _, start := range []string{"2026-03-25 00:00", "2026-10-21 00:00"} {
		now := at(t, zone(t, "Europe/Berlin"), start)
		next := s.NextChange(now)
		for range 9 * 24 * 60 {
			on, dim := s.On(now), s.Dim(now)
			now = now.Add(time.Minute)
			changed := s.On(now) != on || s.Dim(now) != dim
			if changed != now.Equal(next) {
				t.Fatalf("at %v: changed is %v, but next was %v", now, changed, next)
			}
			if changed {
				next = s.NextChange(now)
			}
		}
	}
}

func TestDim(t *testing.T) {
	t.Parallel()
	s := New("a", "b")
	if got := s.Dim(at(t, time.UTC, "2026-11-23 23:00")); got != 100 {
		t.Errorf("without dimming %d", got)
	}
	s.Night = Night{From: 21 * 60, To: 6*60 + 30, Level: 30}
	for now, want := range map[string]int{
		"2026-11-23 20:59": 100, "2026-11-23 21:00": 30, "2026-11-24 00:00": 30, "2026-11-24 06:29": 30, "2026-11-24 06:30": 100, "2026-11-24 12:00": 100,
	} {
		if got := s.Dim(at(t, time.UTC, now)); got != want {
			t.Errorf("at %s it is %d, want %d", now, got, want)
		}
	}
	s.Night = Night{From: 60, To: 120, Level: 5}
	if s.Dim(at(t, time.UTC, "2026-11-24 01:30")) != 5 || s.Dim(at(t, time.UTC, "2026-11-24 23:30")) != 100 {
		t.Error("dimming within a day")
	}
	if got := s.NextChange(at(t, time.UTC, "2026-11-24 23:30")); !got.Equal(at(t, time.UTC, "2026-11-25 01:00")) {
		t.Errorf("next is %v", got)
	}
	if got := s.NextSwitch(at(t, time.UTC, "2026-11-24 23:30")); !got.IsZero() {
		t.Errorf("a screen that is always on is switched at %v", got)
	}
	for _, n := range []Night{{1, 1, 30}, {1, 2, 4}, {1, 2, 101}} {
		if fault.CodeOf(n.Check()) != fault.BadRequest {
			t.Errorf("%+v is taken", n)
		}
	}
	if (Night{}).Check() != nil || (Night{1, 2, 100}).Check() != nil {
		t.Error("what makes sense is refused")
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	all := []Screen{New(Any, "every"), New("Some Maker  Model X 0x1", "maker"), New("HDMI-A-1", "hdmi"), New("Other Maker Y Unknown", "other")}
	for _, c := range []struct{ connector, display, want string }{
		{"HDMI-A-1", "Some Maker Model X 0x1", "hdmi"},
		{"hdmi-a-1", "", "hdmi"},
		{"HDMI-A-2", "some maker model x 0x1", "maker"},
		{"HDMI-A-2", "Some Maker Model X 0x2", "every"},
		{"HDMI-A-2", "Other Maker Y", "other"},
		{"HDMI-A-2", "Other Maker Y Unknown", "other"},
		{"", "", "every"},
	} {
		if s, ok := Find(all, c.connector, c.display); !ok || s.Wall != c.want {
			t.Errorf("%+v is %+v", c, s)
		}
	}
	if s, ok := Find(all[1:], "DP-1", ""); ok {
		t.Errorf("an output without an entry shows %+v", s)
	}
	if Same("", "") || Same("unknown", "") || !Same("A  b", "a B") {
		t.Error("names are compared wrongly")
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1920x1080": "1920x1080", "1920X1080@60": "1920x1080@60", "3840x2160@59.94Hz": "3840x2160@59.94", "1920x1080@60.000hz": "1920x1080@60", " 800x600 ": "800x600",
		"": "-", "1080p": "-", "1920x": "-", "1920x1080@": "-", "1920x1080@0": "-", "10x10": "-", "20000x1080": "-", "1920x1080@2000": "-", "-1x5": "-", "1920x1080@60;exec": "-",
	} {
		m, err := ParseMode(text)
		if want == "-" {
			if fault.CodeOf(err) != fault.BadRequest {
				t.Errorf("%q is %v, %v", text, m, err)
			}
		} else if err != nil || m.String() != want {
			t.Errorf("%q is %v, %v; want %s", text, m, err, want)
		}
	}
	modes := []Mode{{1920, 1080, 59940}, {1920, 1080, 60000}, {1920, 1080, 120000}, {1280, 720, 60000}, {1920, 1080, 50000}}
	for text, want := range map[string]string{
		"1920x1080@60": "1920x1080@60", "1920x1080@59.94": "1920x1080@59.94", "1920x1080": "1920x1080@120", "1280x720@59.94": "1280x720@60",
		"1920x1080@30": "", "800x600": "", "1920x1080@49.5": "1920x1080@50",
	} {
		m := parsed(ParseMode(text))
		best, ok := m.Pick(modes)
		if best.String() != want || ok != (want != "") {
			t.Errorf("%s is %v, %v; want %s", text, best, ok, want)
		}
		if ok && !m.Shows(best) {
			t.Errorf("%v does not show %s", best, text)
		}
	}
	if !(Mode{}).Shows(modes[0]) || (Mode{Width: 800, Height: 600}).Shows(modes[0]) || (Mode{}).String() != "" {
		t.Error("the native mode is any, another is not")
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Transform{"0": Normal, "normal": Normal, "90": "90", "270": "270", "flipped": "flipped", "flipped-90": "flipped-90", "45": "", "": "", "Flipped": ""} {
		if got, err := ParseTransform(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	if Normal.Sideways() || Transform("180").Sideways() || !Transform("90").Sideways() || !Transform("flipped-270").Sideways() {
		t.Error("what lies on its side?")
	}
	for text, want := range map[string]Point{"0,0": {}, "1920, 10": {1920, 10}, "1": {-1, 0}, "-1,0": {-1, 0}, "a,b": {-1, 0}, "1,2,3": {-1, 0}, "99999,0": {-1, 0}} {
		if got, err := ParsePosition(text); (err == nil) != (want.X >= 0) || err == nil && got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]float64{"1": 1, "1.5": 1.5, "0.5": 0.5, "4": 4, "0.4": 0, "5": 0, "NaN": 0, "x": 0} {
		if got, err := ParseScale(text); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{" HDMI-A-1 ": "HDMI-A-1", "*": "*", "Some Make 0x1": "Some Make 0x1", "": "", "a\"b": "", "a\\b": "", "a\nb": "", strings.Repeat("x", 201): ""} {
		if got, err := CheckOutput(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	if fault.CodeOf(CheckHours(make([]Hours, 65))) != fault.BadRequest || CheckHours(make([]Hours, 64)) != nil {
		t.Error("64 spans are the most")
	}
	for text, want := range map[string]int{"00:00": 0, "7:05": 425, "23:59": 1439, "24:00": -1, "12:60": -1, "noon": -1} {
		if got, err := ParseTime(text); (err == nil) != (want >= 0) || err == nil && got != want {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}

func TestHoursThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "07:00", "07:00-", "-07:00", "07:00-07:00", "24:00-07:00", "00:00-00:00", "07:00-24:01", "07:60-08:00", "mon,", "mon-", "funday", "mon tue 07:00-08:00",
		"07:00-08:00 mon", "mon 07:00-08:00 tue", "mon,,tue", "7-8", "07:00-08:00-09:00", "montag 07:00-08:00",
	} {
		if h, err := ParseHours(text); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%q is %+v, %v", text, h, err)
		}
	}
}

// FuzzHours: what is taken keeps its bounds, and its next change is one.
func FuzzHours(f *testing.F) {
	for _, text := range []string{"mon-fri 07:00-19:30", "sat,sun 22:00-06:00", "00:00-24:00", "fri-mon", "sun 1:00-0:59", "02:30-02:31"} {
		f.Add(text, int64(1_774_746_000))
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		h, err := ParseHours(text)
		if err != nil {
			if fault.CodeOf(err) != fault.BadRequest {
				t.Fatal(err)
			}
			return
		}
		if h.From < 0 || h.From >= minutesOfDay || h.To < 0 || h.To > minutesOfDay || h.From == h.To || h.Days == [7]bool{} {
			t.Fatalf("%q is %+v", text, h)
		}
		s := New("a", "b")
		s.Hours = []Hours{h}
		now := time.Unix(unix%(1<<33), 0).In(berlin)
		next := s.NextChange(now)
		if next.IsZero() {
			return
		}
		if !next.After(now) || next.Sub(now) > 9*24*time.Hour || s.On(next) == s.On(now) || s.On(next.Add(-time.Nanosecond)) != s.On(now) {
			t.Fatalf("%q at %v: next is %v", text, now, next)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"1920x1080@59.94Hz", "1,2", "1.5", "flipped-90", "HDMI-A-1", "21:30"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := ParseMode(text); err == nil {
			if again, err := ParseMode(m.String()); err != nil || again != m {
				t.Errorf("%q is %v, and then %v, %v", text, m, again, err)
			}
		}
		if p, err := ParsePosition(text); err == nil && (p.X < 0 || p.Y < 0) {
			t.Errorf("%q is %v", text, p)
		}
		if s, err := ParseScale(text); err == nil && !(s >= minScale && s <= maxScale) {
			t.Errorf("%q is %v", text, s)
		}
		if o, err := CheckOutput(text); err == nil && strings.ContainsAny(o, "\"\\\n\x00") {
			t.Errorf("%q is %q", text, o)
		}
	})
}

// By a clock that was never set, a screen is on and as bright as it can be.
func TestAClockThatCanNotBeRight(t *testing.T) {
	t.Parallel()
	s := New("a", "b")
	s.Hours, s.Night = hours(t, "07:00-08:00"), Night{From: 0, To: 23*60 + 59, Level: 10}
	for now, right := range map[string]bool{"1970-01-01 12:00": false, "2025-12-31 12:00": false, "2026-01-01 12:00": true, "2040-06-01 12:00": true} {
		at := at(t, time.UTC, now)
		if CanBeRight(at) != right || s.On(at) != !right || (s.Dim(at) == FullBrightness) != !right {
			t.Errorf("%s: on %v, %d %%", now, s.On(at), s.Dim(at))
		}
	}
}
