package inventory

import (
	"strings"
	"testing"

	"camwall/internal/fault"
)

const go2rtc = `
streams:
  front_door: rtsp://admin:p@ss?w#rd@192.0.2.10/Streaming/Channels/101
  yard:
    - rtsp://viewer:${YARD_PASSWORD}@192.0.2.11:8554/main
  radio: exec:ffmpeg -i something -f rtsp {output}
`

func TestImport(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	env := map[string]string{"YARD_PASSWORD": "from the environment"}
	shown, err := s.Import(t.Context(), "go2rtc.yaml", go2rtc, env, false)
	if err != nil || shown.Format != "go2rtc" || len(shown.Cameras) != 2 || len(shown.Left) == 0 || len(s.Cameras()) != 0 {
		t.Fatalf("%+v, %v", shown, err)
	}
	for _, c := range shown.Cameras {
		if c.Added || c.Problem != nil || !c.SignIn || strings.Contains(c.Streams["main"], "@") {
			t.Errorf("%+v", c)
		}
	}
	written, err := s.Import(t.Context(), "go2rtc.yaml", go2rtc, env, true)
	if err != nil || !written.Cameras[0].Added || !written.Cameras[1].Added {
		t.Fatalf("%+v, %v", written, err)
	}
	if c := cam(s, "front_door"); c.SignIn().User != "admin" || c.SignIn().Password.Reveal() != "p@ss?w#rd" || c.Streams[0].URL != "rtsp://192.0.2.10/Streaming/Channels/101" {
		t.Errorf("front_door: %+v", c)
	}
	if c := cam(s, "yard"); c.SignIn().Password.Reveal() != "from the environment" {
		t.Errorf("yard signs in with %q", c.SignIn().Password.Reveal())
	}
	again, err := s.Import(t.Context(), "go2rtc.yaml", go2rtc, env, true)
	if err != nil || again.Cameras[0].Added || again.Cameras[0].Problem == nil || again.Cameras[0].ID != "front_door" || len(s.Cameras()) != 2 {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	_, err = s.Import(t.Context(), "x", "\x00\x01", nil, true)
	if code := fault.CodeOf(err); code != fault.BadRequest {
		t.Errorf("garbage gives %v (%s)", err, code)
	}
}

func TestImportOfAnONVIFSource(t *testing.T) {
	t.Parallel()
	r := recorder(t, 1, nil)
	s := opened(t, "", nil)
	host := strings.TrimSuffix(strings.TrimPrefix(r.XAddr(), "http://"), "/onvif/device_service")
	text := "streams:\n  lobby: 'onvif://admin:" + strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(rightPassword, "%", "%25"), "@", "%40"), "?", "%3F"), "#", "%23"), "/", "%2F") + "@" + host + "'\n"
	got, err := s.Import(t.Context(), "go2rtc.yaml", text, nil, true)
	if err != nil || len(got.Cameras) != 1 || !got.Cameras[0].Added {
		t.Fatalf("%+v, %v", got, err)
	}
	s.live("lobby")
}
