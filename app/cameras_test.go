package main

import (
	"slices"
	"strings"
	"testing"

	"camwall/internal/apiclient"
	"camwall/internal/fault"
	"camwall/internal/simcam/device"
)

func TestAddStream(t *testing.T) {
	s := served(t, serverFlags{})
	s.wants(0, "cameras add rtsp://u:p@ss:w/rd#1@192.0.2.10:8554/main --id gate --transport udp", "Added camera gate: 192.0.2.10:8554", "other users", "!p@ss")
	s.wants(0, "cameras info gate --json", `"user": "u"`, `"hasPassword": true`, `"transport": "udp"`, `"url": "rtsp://192.0.2.10:8554/main"`, "!p@ss")
	s.who = &person{answers: []string{"typed"}}
	s.wants(0, "cameras add rtsps://192.0.2.11/x --user joe --tls off --name Yard", "Added camera yard: Yard", "!typed")
	if got := strings.Join(s.who.questions, ""); got != "Password of joe: " {
		t.Errorf("it asked %q", got)
	}
	s.who = nil
	s.wants(2, "cameras add ftp://192.0.2.1/x", `"ftp"`)
	s.wants(2, "cameras add rtsp://192.0.2.1/x --all", "--all")
	s.wants(2, "cameras add 192.0.2.1 --transport tcp", "--transport")
	s.wants(2, "cameras add 192.0.2.1 --all --profile x", "only one of")
	s.wants(2, "cameras add rtsp://192.0.2.1/x --transport pigeon", "transport")
	s.wants(2, "cameras add rtsp://u:hidden@/x", "!hidden")
}

func TestAddDevice(t *testing.T) {
	r := recorder(t)
	s := served(t, serverFlags{})
	password := secretFile(t, "camwall-16\n")
	s.wants(1, "cameras add "+r.Addr(), "asks for a user", "--password-file")
	s.wants(1, "cameras add "+r.Addr()+" --user admin --channel 4 --password-file "+password, "no channel 4", "3 channels")
	got := s.wants(0, "cameras add "+r.Addr()+" --user admin --id nvr --channel 3 --channel 1 --password-file "+password,
		"Added device nvr", "Added 2 cameras.", "nvr-1", "nvr-3", "!nvr-2", "!camwall-16")
	if got.err != "" {
		t.Errorf("it said %s", got.err)
	}
	s.wants(0, "cameras add "+r.Addr()+" --user admin --all --id nvr --password-file "+password, "Added device nvr", "nvr-2")
	s.wants(0, "devices list", "nvr", "recorder", "3")
	s.wants(0, "devices info nvr", "nvr-1, nvr-3, nvr-2", "02:00:5e:00:00:16", "admin", "kept")
	s.wants(0, "devices refresh nvr", "3 cameras")
	s.wants(0, "cameras info nvr-1 --profiles", "/ch2/main", "nvr-1/main", "nvr-1/sub")
	s.wants(0, "devices remove NVR", "Removed device nvr")
	s.wants(0, "cameras list", "No camera.")
}

func TestAddDeviceByQuestions(t *testing.T) {
	r := recorder(t)
	s := served(t, serverFlags{})
	s.who = &person{answers: []string{"admin", "camwall-16", "2-3"}}
	s.wants(0, "cameras add "+r.Addr()+" --name NVR", "CHANNEL", "Channel 2", "Added 2 cameras.", "nvr-2", "nvr-3", "!nvr-1", "!camwall-16")
	if len(s.who.questions) != 3 || !strings.HasPrefix(s.who.questions[2], "Which ones") {
		t.Errorf("it asked %q", s.who.questions)
	}
	s.wants(0, "devices remove 127-0-0-1")
	s.who = &person{answers: []string{"admin", "wrong", "admin", "camwall-16"}}
	s.wants(1, "cameras add "+r.Addr(), "refuse")
	if len(s.who.answers) != 2 {
		t.Errorf("it asked %q", s.who.questions)
	}
	s.who = &person{answers: []string{"admin", "camwall-16"}}
	s.wants(0, "cameras add "+r.Addr(), "!Added") // given up at the question which
	s.wants(0, "cameras list", "No camera.")
}

func TestAddOneProfile(t *testing.T) {
	d := gate(t, nil)
	s := served(t, serverFlags{})
	s.wants(1, "cameras add "+d.Addr()+" --profile nothing", "main")
	s.wants(0, "cameras add "+d.Addr()+" --profile main --id door", "Added camera door")
	s.wants(0, "cameras streams door", "/gate/main", "H264", "640x360")
}

func TestPTZ(t *testing.T) {
	d := gate(t, nil)
	still := gate(t, func(cfg *device.Config) {
		cfg.NoPTZ, cfg.MAC, cfg.UUID, cfg.Serial = true, "02:00:5e:00:00:02", "00000000-0000-0000-0000-000000000002", "S-2"
		cfg.Channels[0].PTZ = false
	})
	s := served(t, serverFlags{})
	s.wants(0, "cameras add "+d.Addr()+" --id gate")
	s.wants(0, "cameras add "+still.Addr()+" --id still")
	s.wants(0, "ptz gate presets", "No preset.")
	s.wants(0, "ptz gate save Door", "Kept where it looks as Door")
	s.wants(0, "ptz gate presets", "Door")
	s.wants(0, "ptz gate presets --json", `"name": "Door"`)
	s.wants(0, "ptz GATE right --for 100ms --speed 1")
	s.wants(0, "ptz gate stop")
	s.wants(0, "ptz gate goto Door")
	s.wants(0, "ptz gate home")
	s.wants(0, "ptz gate status", "Pan", "Tilt", "Zoom")
	s.wants(0, "ptz gate status --json", `"position"`)
	s.wants(1, "ptz gate goto nowhere", "nowhere")
	s.wants(1, "ptz still left", "!Pan")
	s.wants(1, "ptz other left", "other")
	s.wants(2, "ptz gate dance", `"dance"`, "goto PRESET")
	s.wants(2, "ptz gate goto", "wants a name")
	s.wants(2, "ptz gate left fast", "takes nothing")
	s.wants(2, "ptz gate left --speed 2", "--speed")
	s.wants(2, "ptz gate left --for 1m", "--for")
	s.server = ""
	s.wants(0, "ptz gate stop", "reading configuration and store")
}

func TestMoves(t *testing.T) {
	for action, want := range map[string]apiclient.Position{
		"left": {Pan: -0.5}, "right": {Pan: 0.5}, "up": {Tilt: 0.5}, "down": {Tilt: -0.5}, "in": {Zoom: 0.5}, "out": {Zoom: -0.5},
	} {
		c := ptzCommand{Speed: 0.5, For: 1500e6}
		if m, err := c.move(action); err != nil || *m.Continuous != want || m.Timeout != 1.5 {
			t.Errorf("%s: %+v, %v", action, m, err)
		}
	}
}

func TestNumbersOfChannels(t *testing.T) {
	for text, want := range map[string][]int{"": nil, " ALL ": nil, "1,3-5": {1, 3, 4, 5}, "2 4": {2, 4}, "7": {7}} {
		if got, err := numbersIn(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"x", "0", "3-1", "1-", "-1", "1-99999999"} {
		if got, err := numbersIn(text); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	channels := []apiclient.Channel{{Number: 1, Source: "a"}, {Number: 2, Source: "b"}}
	if got, err := sourcesOf(channels, []int{2, 1, 2}); err != nil || !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestStateWords(t *testing.T) {
	for want, s := range map[string]apiclient.Status{
		"live":                        {State: "live"},
		"live, unchanged":             {State: "live", Marks: apiclient.Marks{Unchanged: true, BehindMs: 5}},
		"live, 2.5s behind":           {State: "live", Marks: apiclient.Marks{BehindMs: 2500}},
		"idle":                        {State: "idle", Reason: fault.Idle},
		"retrying (stream not found)": {State: "retrying", Reason: fault.StreamNotFound},
		"unauthorized":                {State: "unauthorized", Reason: fault.Unauthorized},
	} {
		if got := stateWords(&s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestADeviceThatHasGone(t *testing.T) {
	d := gate(t, nil)
	s := served(t, serverFlags{})
	s.wants(0, "cameras add "+d.Addr()+" --id gate")
	d.Close()
	s.wants(0, "cameras info gate --profiles", "/gate/main", "refuses the connection")
	s.wants(1, "devices refresh gate", "refuses the connection")
	s.in = "cctv onvif\ncctv info gate"
	s.wants(0, "console", "gate: Camwall Simulated camera", "refuses the connection", "/gate/main")
}
