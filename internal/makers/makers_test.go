package makers

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestIdentify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		banner Banner
		want   string // "" is nobody
	}{
		{Banner{ONVIFMaker: "HIKVISION"}, "hikvision"},
		{Banner{ONVIFMaker: "Hikvision Digital Technology"}, "hikvision"},
		{Banner{ONVIFMaker: "Dahua"}, "dahua"},
		{Banner{SSDPMaker: "AXIS"}, "axis"},
		{Banner{SSDPMaker: "Axis Communications AB"}, "axis"},
		{Banner{SSDPMaker: "TP-LINK Technologies"}, "tplink"},
		{Banner{SSDPMaker: "VIVOTEK INC."}, "vivotek"},
		{Banner{ONVIFMaker: "Hanwha Techwin"}, "hanwha"},
		{Banner{ONVIFMaker: "i-PRO"}, "panasonic"},
		{Banner{ONVIFMaker: "H264DVR"}, "xiongmai"},
		{Banner{ONVIFMaker: "UNIVIEW"}, "uniview"},

		{Banner{Scopes: []string{"onvif://www.onvif.org/type/video_encoder", "onvif://www.onvif.org/name/HIKVISION%20DS-2CD2032-I"}}, "hikvision"},
		{Banner{Scopes: []string{"onvif://www.onvif.org/name/AXIS%20P1224"}}, "axis"},
		{Banner{Scopes: []string{"onvif://www.onvif.org/hardware/UVC-G3"}}, "ubiquiti"},
		{Banner{Scopes: []string{"onvif://www.onvif.org/mfr/LILIN"}}, "lilin"},
		{Banner{Scopes: []string{"onvif://www.onvif.org/name/%zzBosch"}}, ""},
		{Banner{Scopes: []string{"onvif://www.onvif.org/name/Bosch%20100%"}}, "bosch"},
		{Banner{Scopes: []string{"onvif://www.onvif.org/location/Sony%20Center"}}, ""}, // a place is no maker

		{Banner{HTTPServer: "App-webs/"}, "hikvision"},
		{Banner{HTTPServer: "DNVRS-Webs"}, "hikvision"},
		{Banner{HTTPServer: "Hikvision-Webs"}, "hikvision"},
		{Banner{HTTPServer: "VCS-VideoJet-Webserver"}, "bosch"},
		{Banner{HTTPServer: "gen5th/1.82.01"}, "sony"},
		{Banner{HTTPServer: "uc-httpd 1.0.0"}, "xiongmai"},
		{Banner{HTTPServer: "GeoHttpServer"}, "geovision"},
		{Banner{HTTPTitle: "WEB SERVICE"}, "dahua"},
		{Banner{HTTPTitle: "NETSurveillance WEB"}, "xiongmai"},
		{Banner{HTTPTitle: "Network Camera FOSCAM"}, "foscam"},
		{Banner{HTTPTitle: "Reolink"}, "reolink"},
		{Banner{HTTPRealm: "AXIS_00408CDEADBE"}, "axis"},
		{Banner{HTTPRealm: "DCS-932L"}, "dlink"},
		{Banner{HTTPRealm: "TV-IP310PI"}, "trendnet"},
		{Banner{HTTPRealm: "MOBOTIX Camera User"}, "mobotix"},
		{Banner{RTSPRealm: "IP Camera(C1234)"}, "hikvision"},
		{Banner{RTSPRealm: "Login to 2C0A1B2PAA00001"}, "dahua"},
		{Banner{RTSPRealm: "BC Streaming Media"}, "reolink"},
		{Banner{RTSPRealm: "TP-Link IP-Camera"}, "tplink"},
		{Banner{RTSPRealm: "iPolis"}, "hanwha"},
		{Banner{RTSPServer: "Hipcam RealServer/V1.0"}, "hipcam"},
		{Banner{RTSPServer: "H264DVR 1.0"}, "xiongmai"},

		// A name counts more than a habit, and the maker's field most.
		{Banner{ONVIFMaker: "Amcrest", RTSPRealm: "Login to AMC0001"}, "amcrest"},
		{Banner{SSDPMaker: "Lorex", HTTPTitle: "Dahua"}, "lorex"},
		{Banner{HTTPServer: "App-webs/", RTSPRealm: "EZVIZ"}, "ezviz"},

		{Banner{}, ""},
		{Banner{HTTPServer: "nginx", HTTPTitle: "Welcome", RTSPServer: "GStreamer RTSP server"}, ""},
		{Banner{HTTPTitle: "Active Directory"}, ""},      // no ACTi
		{Banner{HTTPTitle: "Personystem and Sonya"}, ""}, // no Sony
		{Banner{SSDPMaker: "Samsung Electronics"}, ""},   // mostly television sets
		{Banner{HTTPTitle: strings.Repeat("x", 1<<20)}, ""},
		{Banner{SSDPMaker: " \t\n"}, ""},
	} {
		m, ok := Identify(c.banner)
		if m.ID != c.want || ok != (c.want != "") {
			t.Errorf("%.200q is %q, %v; want %q", c.banner, m.ID, ok, c.want)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		maker     string
		channel   int
		main, sub string // of the first
		count     int
	}{
		{"hikvision", 1, "/Streaming/Channels/101", "/Streaming/Channels/102", 3},
		{"HIKVISION", 12, "/Streaming/Channels/1201", "/Streaming/Channels/1202", 3},
		{"Dahua Technology", 3, "/cam/realmonitor?channel=3&subtype=0", "/cam/realmonitor?channel=3&subtype=1", 1},
		{"dahua", 0, "/cam/realmonitor?channel=1&subtype=0", "/cam/realmonitor?channel=1&subtype=1", 1},
		{"dahua", -7, "/cam/realmonitor?channel=1&subtype=0", "/cam/realmonitor?channel=1&subtype=1", 1},
		{"reolink", 9, "/Preview_09_main", "/Preview_09_sub", 2},
		{"reolink", 16, "/Preview_16_main", "/Preview_16_sub", 2},
		{"axis", 1, "/axis-media/media.amp", "/axis-media/media.amp?resolution=640x360", 3},
		{"axis", 2, "/axis-media/media.amp?camera=2", "/axis-media/media.amp?camera=2&resolution=640x360", 1},
		{"Hanwha Vision", 4, "/3/profile2/media.smp", "", 2},
		{"geovision", 7, "/CH007.sdp", "", 1},
		{"zmodo", 1, "/tcp/av0_0", "/tcp/av0_1", 1},
		{"tp-link", 1, "/stream1", "/stream2", 1},
		{"tplink", 2, "", "", 0}, // no channels
		{"xiongmai", 1, "", "", 0},
		{"nobody", 1, "", "", 0},
		{"", 1, "", "", 0},
	} {
		got := Paths(c.maker, c.channel)
		if len(got) != c.count {
			t.Errorf("%q, channel %d: %d candidates, want %d", c.maker, c.channel, len(got), c.count)
			continue
		}
		if c.count > 0 && (got[0].Main != c.main || got[0].Sub != c.sub) {
			t.Errorf("%q, channel %d: first is %q and %q, want %q and %q", c.maker, c.channel, got[0].Main, got[0].Sub, c.main, c.sub)
		}
	}
	if got := Paths("foscam", 1); got[0].Port != 88 {
		t.Errorf("Foscam's port is %d", got[0].Port)
	}
}

func TestGeneric(t *testing.T) {
	t.Parallel()
	first, second := Generic(1), Generic(2)
	if len(first) < 10 || first[0].Main != "/Streaming/Channels/101" || first[len(first)-1].Main != "/" {
		t.Errorf("channel 1: %v", first)
	}
	if len(second) == 0 || len(second) >= len(first) {
		t.Errorf("channel 2 has %d candidates, channel 1 %d", len(second), len(first))
	}
	for _, c := range second {
		if !strings.Contains(c.Main, "2") {
			t.Errorf("%q is not the second channel's", c.Main)
		}
	}
}

// TestTable: what holds of each row.
func TestTable(t *testing.T) {
	t.Parallel()
	signIn := regexp.MustCompile(`(?i)passw|pwd|user|auth|@`)
	seen := map[string]bool{}
	withPaths := map[string]bool{}
	for _, r := range paths {
		if r.source == "" || len(r.source) < 10 {
			t.Errorf("%s %s has no source", r.maker, r.main)
		}
		if r.maker != anybody && !slices.ContainsFunc(brands, func(b brand) bool { return b.ID == r.maker }) {
			t.Errorf("%s has a row, but is no brand", r.maker)
		}
		if key := r.maker + " " + r.main; seen[key] {
			t.Errorf("%s is there twice", key)
		} else {
			seen[key] = true
		}
		withPaths[r.maker] = true
		for _, path := range []string{expand(r.main, 1), expand(r.sub, 1), expand(r.main, 64), expand(r.sub, 64)} {
			if path == "" && r.sub == "" {
				continue
			}
			u, err := url.Parse("rtsp://192.0.2.1:554" + path)
			if err != nil || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "{} ") || u.Host != "192.0.2.1:554" || signIn.MatchString(path) {
				t.Errorf("%s: path %q, %v", r.maker, path, err)
			}
		}
		if strings.Contains(r.main, "{") != strings.Contains(r.sub, "{") && r.sub != "" {
			t.Errorf("%s: %q and %q are not of one channel", r.maker, r.main, r.sub)
		}
	}
	for _, b := range brands {
		if !withPaths[b.ID] && b.ID != "xiongmai" {
			t.Errorf("%s has no path", b.ID)
		}
		if m, ok := Identify(Banner{ONVIFMaker: b.Name}); !ok || m != b.Maker {
			t.Errorf("%s is taken for %v", b.Name, m)
		}
	}
	if len(withPaths) < 26 {
		t.Errorf("%d makers have paths", len(withPaths)-1)
	}
}

func TestOnvifHint(t *testing.T) {
	t.Parallel()
	if got := OnvifHint("HIKVISION"); !strings.Contains(got, "Integration Protocol") {
		t.Errorf("Hikvision: %q", got)
	}
	if got := OnvifHint("nobody"); got != "" {
		t.Errorf("nobody: %q", got)
	}
	for id, hint := range switches {
		if m, ok := find(id); !ok || m.ID != id {
			t.Errorf("hint for %q, which is no brand", id)
		}
		if hint == "" || strings.HasSuffix(hint, ".") || hint[0] < 'a' || hint[0] > 'z' {
			t.Errorf("%s: %q does not follow a colon", id, hint)
		}
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("Hikvision", "onvif://www.onvif.org/name/A%20B", "Login to 1", "App-webs/")
	f.Add("\xff\xfe", "onvif://www.onvif.org/name/%", "IP Camera(", "uc-httpd")
	f.Fuzz(func(t *testing.T, maker, scope, realm, server string) {
		m, ok := Identify(Banner{SSDPMaker: maker, Scopes: []string{scope}, HTTPRealm: realm, HTTPServer: server, HTTPTitle: server, RTSPRealm: realm})
		if known := slices.ContainsFunc(brands, func(b brand) bool { return b.Maker == m }); known != ok {
			t.Errorf("found %v, %v", m, ok)
		}
		for _, c := range Paths(maker, len(scope)) {
			if c.Main == "" || c.Main[0] != '/' {
				t.Errorf("path %q", c.Main)
			}
		}
	})
}
