package inventory

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"camwall/internal/simcam/device"
)

func TestIDsOfStrangeNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, prefix, want string }{
		{"門", "", "simulated-recorder-2"},
		{"Tür 門", "", "t-r-2"},
		{"x", "門", "x-2"},
		{strings.Repeat("long ", 30), "", strings.Trim(strings.Repeat("long-", 10), "-") + "-2"},
		{"", "", "simulated-recorder-2"},
	} {
		r := recorder(t, 2, nil)
		s := opened(t, "", nil)
		_, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Name: c.name, Prefix: c.prefix})
		if err != nil || len(cams) != 2 || string(cams[1].ID) != c.want {
			t.Errorf("%q, %q: %v, %v, want %s", c.name, c.prefix, cams[1:], err, c.want)
		}
		s.close()
	}
}

func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Name: strings.Repeat("ä", 5000) + "\x00\n", URL: "rtsp://192.0.2.1/a"}))
	if n := utf8.RuneCountInString(c.Name); n > 200 || strings.ContainsAny(c.Name, "\x00\n") {
		t.Errorf("a name of %d characters", n)
	}
	c, err := s.EditCamera(t.Context(), string(c.ID), 0, CameraEdit{Name: ptr("a\tb\x07 " + strings.Repeat("c", 900))})
	if err != nil || utf8.RuneCountInString(c.Name) > 200 || !strings.HasPrefix(c.Name, "a b c") {
		t.Errorf("edited: %.20q, %v", c.Name, err)
	}
	if c.ID == "" {
		t.Error("no id")
	}
}

func TestChannelsWithoutNames(t *testing.T) {
	t.Parallel()
	r := recorder(t, 2, func(c *device.Config) { c.Channels[0].Name, c.Channels[1].Name = " ", " " })
	s := opened(t, "", nil)
	_, cams, err := s.AddDevice(t.Context(), NewDevice{Address: r.XAddr(), SignIn: admin(rightPassword), Name: "Keller"})
	if err != nil || cams[1].Name != "Keller 2" {
		t.Errorf("%+v, %v", cams, err)
	}
}

// Somebody may take a camera's number away; several have none then, and what is
// taken over from their devices gives them none.
func TestACameraWithoutANumberStaysSo(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: d.XAddr(), ID: "yard"}))
	firstOf(s.AddCamera(t.Context(), NewCamera{URL: "rtsp://192.0.2.1/a", ID: "other"}))
	for _, id := range []string{"yard", "other"} {
		if _, err := s.EditCamera(t.Context(), id, 0, CameraEdit{Number: ptr(0)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.EditDevice(t.Context(), c.Device.ID, 0, DeviceEdit{Address: ptr("192.0.2.5:554")}); err != nil {
		t.Fatal(err)
	}
	if got := cam(s, "yard"); got.Number != 0 || !strings.Contains(got.Streams[0].URL, "192.0.2.5") {
		t.Errorf("%+v", got)
	}
}

func TestADuplicateWithinOneImport(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	text := "streams:\n  a: rtsp://192.0.2.1/a\n  b: rtsp://192.0.2.1:554/a\n"
	for _, write := range []bool{false, true} {
		got, err := s.Import(t.Context(), "go2rtc.yaml", text, nil, write)
		if err != nil || len(got.Cameras) != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		if first, second := got.Cameras[0], got.Cameras[1]; first.Problem != nil || second.Problem == nil || second.ID != first.ID {
			t.Errorf("write %t: %+v", write, got.Cameras)
		}
	}
	var many strings.Builder
	many.WriteString("streams:\n")
	for i := range 30 {
		fmt.Fprintf(&many, "  c%d: rtsp://192.0.2.2/%d\n", i, i)
	}
	if got, err := s.Import(t.Context(), "go2rtc.yaml", many.String(), nil, true); err != nil || !got.Cameras[29].Added {
		t.Errorf("%v", err)
	}
}

func TestAnONVIFSourceIsImportedOnce(t *testing.T) {
	t.Parallel()
	d, _ := single(t, nil)
	s := opened(t, "", nil)
	text := "streams:\n  lobby: 'onvif://admin:x@" + d.Addr() + "'\n"
	for i := range 2 {
		got, err := s.Import(t.Context(), "go2rtc.yaml", text, nil, true)
		if err != nil || len(got.Cameras) != 1 || got.Cameras[0].Added != (i == 0) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
