package simcam

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/format"

	"camwall/internal/framemark"
)

func TestDemoMeetsItsPromises(t *testing.T) {
	server := startServer(t, nil)
	infos := server.Streams()
	first := infos[0]
	if first.Path != "cam1/main" || first.Codec != CodecH264 || first.Width != 1920 || first.Height != 1080 || first.FPS != 25 || first.User != "" {
		t.Errorf("the first stream is %+v", first)
	}
	codecs, signIns := map[string]int{}, 0
	for _, info := range infos {
		codecs[info.Codec]++
		if info.User != "" {
			signIns++
		}
		if strings.Contains(info.URL, "@") || !strings.HasPrefix(info.URL, "rtsp://"+server.Addr()+"/") {
			t.Errorf("address %q", info.URL)
		}
		if info.Camera == "" || info.Name == "" || info.Role != RoleMain && info.Role != RoleSub {
			t.Errorf("incomplete: %+v", info)
		}
	}
	if codecs[CodecH264] < 5 || codecs[CodecH265] < 1 || codecs[CodecMJPEG] < 1 || signIns != 1 {
		t.Errorf("codecs %v, %d sign-ins", codecs, signIns)
	}
}

func TestEveryDemoStreamPlays(t *testing.T) {
	server := startServer(t, nil)
	for _, info := range server.Streams() {
		p := play(t, info)
		if len(p.desc.Medias) != 1 {
			t.Fatalf("%s: %d media", info.Path, len(p.desc.Medias))
		}
		codec := map[string]string{"H264": CodecH264, "H265": CodecH265, "M-JPEG": CodecMJPEG}[p.desc.Medias[0].Formats[0].Codec()]
		if codec != info.Codec {
			t.Errorf("%s: the SDP says %q, want %q", info.Path, codec, info.Codec)
		}
		switch f := p.desc.Medias[0].Formats[0].(type) {
		case *format.H264:
			if f.SPS == nil || f.PPS == nil {
				t.Errorf("%s: no parameter sets in the SDP", info.Path)
			}
		case *format.H265:
			if f.VPS == nil || f.SPS == nil || f.PPS == nil {
				t.Errorf("%s: no parameter sets in the SDP", info.Path)
			}
		}
		p.packet(t)
	}
}

// TestSentMatchesWhatComes reads the pictures of the live camera off the
// network and looks their numbers up.
func TestSentMatchesWhatComes(t *testing.T) {
	server := startServer(t, func(cfg *Config) {
		cfg.Streams = []StreamSpec{LiveStream("live", "live", Live{Width: 320, Height: 184, FPS: 20})}
	})
	p := play(t, server.Streams()[0])
	decoder, err := p.desc.Medias[0].Formats[0].(*format.MJPEG).CreateDecoder()
	if err != nil {
		t.Fatal(err)
	}
	for pictures := 0; pictures < 6; {
		packet := p.packet(t)
		data, err := decoder.Decode(packet)
		if err != nil {
			continue // not the last packet of a picture
		}
		pictures++
		picture, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		number, ok := framemark.Read(picture, image.Rectangle{})
		if !ok {
			t.Fatal("no mark in the picture")
		}
		now := time.Now()
		at, ok := server.SentAt("live", number, now)
		if !ok || now.Sub(at) > 5*time.Second || now.Before(at) {
			t.Errorf("picture %d was sent at %v (%v), and is here at %v", number, at, ok, now)
		}
	}
	if _, ok := server.SentAt("none", 1, time.Now()); ok {
		t.Error("a stream that does not exist has sent something")
	}
}

func TestSentMatchesAccessUnits(t *testing.T) {
	server, stream := oneStream(t, nil)
	c, err := loadClip("street-360")
	if err != nil {
		t.Fatal(err)
	}
	p := play(t, stream.Info())
	for _, unit := range p.units(t, 5)[1:] { // the first may be half of one
		place := -1
		for _, known := range c.units {
			if bytes.Equal(known.nalus[len(known.nalus)-1], unit[len(unit)-1]) {
				place = known.place
			}
		}
		if _, ok := server.SentAt("cam", uint16(place), time.Now()); place < 0 || !ok {
			t.Errorf("picture %d came but is not in the list", place)
		}
	}
}

func TestSentOverHTTP(t *testing.T) {
	server, stream := oneStream(t, nil)
	get := func(path string) (int, []map[string]any) {
		t.Helper()
		response, err := http.Get("http://" + server.SentAddr() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		defer http.DefaultClient.CloseIdleConnections()
		var list []map[string]any
		if response.StatusCode == http.StatusOK {
			if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
				t.Fatal(err)
			}
		}
		return response.StatusCode, list
	}
	if status, list := get("/sent"); status != 200 || list == nil || len(list) != 0 {
		t.Errorf("before anybody plays: %d, %v", status, list)
	}
	play(t, stream.Info())
	await(t, server, "pictures", func(c Counters) bool { return c.Streams["cam"].Pictures >= 5 })
	status, list := get("/sent")
	if status != 200 || len(list) < 5 {
		t.Fatalf("%d, %d pictures", status, len(list))
	}
	if one := list[0]; one["path"] != "cam" || one["frame"] == nil || one["sentUnixMicros"] == nil || len(one) != 3 {
		t.Errorf("one picture is %v", one)
	}
	if status, list = get("/sent?path=cam"); status != 200 || len(list) < 5 {
		t.Errorf("of one stream: %d, %d pictures", status, len(list))
	}
	if status, _ = get("/sent?path=none"); status != 404 {
		t.Errorf("of a stream that does not exist: %d", status)
	}
	if status, _ = get("/"); status != 404 {
		t.Errorf("another address: %d", status)
	}
}

func TestUDP(t *testing.T) {
	_, stream := oneStream(t, nil)
	p, err := dial(t, stream.Info(), gortsplib.TransportUDP)
	if err != nil {
		t.Fatal(err)
	}
	p.units(t, 2)
}

func TestNoUDP(t *testing.T) {
	server := startServer(t, func(cfg *Config) { cfg.NoUDP = true })
	if _, err := dial(t, server.Streams()[1], gortsplib.TransportUDP); statusOf(err) != 461 {
		t.Errorf("UDP without UDP: %v", err)
	}
}

func TestRestartOnTheSamePort(t *testing.T) {
	server, stream := oneStream(t, nil)
	play(t, stream.Info()).packet(t)
	server.Close()
	server.Close() // again does nothing
	again := startServer(t, func(cfg *Config) {
		cfg.Listen = server.Addr()
		cfg.SentListen = server.SentAddr()
		cfg.Streams = []StreamSpec{ClipStream("cam", "cam", "street-360")}
	})
	if again.Addr() != server.Addr() {
		t.Errorf("listens on %s, want %s", again.Addr(), server.Addr())
	}
	play(t, again.Streams()[0]).packet(t)
}

func TestCounters(t *testing.T) {
	server, stream := oneStream(t, nil)
	p := play(t, stream.Info())
	p.packet(t)
	c := server.Counters()
	one := c.Streams["cam"]
	if c.ConnectionsOpen != 1 || c.ConnectionsTotal != 1 || c.Describes != 1 || c.SessionsOpen != 1 || c.Playing != 1 {
		t.Errorf("counters %+v", c)
	}
	if one.Describes != 1 || one.Setups != 1 || one.Plays != 1 || one.Playing != 1 || one.Packets == 0 || one.Bytes == 0 {
		t.Errorf("counters of the stream %+v", one)
	}
	if _, err := p.client.Pause(); err != nil {
		t.Fatal(err)
	}
	if got := server.Counters().Playing; got != 0 {
		t.Errorf("%d play after PAUSE", got)
	}
	if _, err := p.client.Play(nil); err != nil {
		t.Fatal(err)
	}
	p.client.Close()
	await(t, server, "end", func(c Counters) bool { return c.ConnectionsOpen == 0 && c.SessionsOpen == 0 && c.Playing == 0 })
	if got := server.Counters().ConnectionsTotal; got != 1 {
		t.Errorf("%d connections in all", got)
	}
}

func TestSoundAndOddStreams(t *testing.T) {
	sound := ClipStream("sound", "a", "street-360")
	sound.Audio = true
	server := startServer(t, func(cfg *Config) {
		cfg.Streams = []StreamSpec{sound, {Path: "deaf", Audio: true}, {Path: "odd", UnknownCodec: true}}
	})
	infos := server.Streams()
	p := play(t, infos[0])
	p.packet(t)
	<-p.sound
	p = play(t, infos[1])
	<-p.sound
	if _, ok := p.desc.Medias[0].Formats[0].(*format.G711); !ok || len(p.desc.Medias) != 1 {
		t.Errorf("the stream without video has %d media", len(p.desc.Medias))
	}
	p = play(t, infos[2])
	if f, ok := p.desc.Medias[0].Formats[0].(*format.Generic); !ok {
		t.Errorf("the unknown codec is %v", f)
	}
	if err := server.Stream("deaf").SetLive(Live{Width: 160, Height: 96, FPS: 1}); err == nil {
		t.Error("a stream without video went live")
	}
	if err := server.Stream("deaf").SetClip("street-360"); err == nil {
		t.Error("a stream without video took a clip")
	}
}

func TestParameterSetsOnlyInBand(t *testing.T) {
	_, stream := oneStream(t, func(spec *StreamSpec) { spec.Parameters, spec.KeyOnPlay = ParametersInBand, true })
	p := play(t, stream.Info())
	if f := p.desc.Medias[0].Formats[0].(*format.H264); f.SPS != nil {
		t.Error("the SDP has parameter sets")
	}
	if unit := p.units(t, 1)[0]; len(unit) != 3 {
		t.Errorf("the first picture has %d NAL units, want SPS, PPS and IDR", len(unit))
	}
}

func TestNewErrors(t *testing.T) {
	good := ClipStream("a", "a", "street-360")
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for name, cfg := range map[string]Config{
		"no path":      {Listen: "127.0.0.1:0", Streams: []StreamSpec{{Clip: "street-360"}}},
		"twice":        {Listen: "127.0.0.1:0", Streams: []StreamSpec{good, good}},
		"no clip":      {Listen: "127.0.0.1:0", Streams: []StreamSpec{ClipStream("a", "a", "none")}},
		"nothing":      {Listen: "127.0.0.1:0", Streams: []StreamSpec{{Path: "a"}}},
		"no user":      {Listen: "127.0.0.1:0", Streams: []StreamSpec{good.WithSignIn(AuthBasic, "", "x")}},
		"odd size":     {Listen: "127.0.0.1:0", Streams: []StreamSpec{LiveStream("a", "a", Live{Width: 321, Height: 240, FPS: 5})}},
		"no rate":      {Listen: "127.0.0.1:0", Streams: []StreamSpec{LiveStream("a", "a", Live{Width: 320, Height: 240})}},
		"bad address":  {Listen: "127.0.0.1:99999", Streams: []StreamSpec{good}},
		"port taken":   {Listen: busy.Addr().String(), Streams: []StreamSpec{good}},
		"port 2 taken": {Listen: "127.0.0.1:0", SentListen: busy.Addr().String(), Streams: []StreamSpec{good}},
	} {
		if server, err := New(cfg); err == nil {
			server.Close()
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New(Config{Listen: "127.0.0.1:0", Streams: []StreamSpec{ClipStream("a", "a", "none")}}); !errors.Is(err, ErrNoClip) {
		t.Errorf("error is %v, want ErrNoClip", err)
	}
}

func TestAllAddresses(t *testing.T) {
	server := startServer(t, func(cfg *Config) {
		cfg.Listen = "0.0.0.0:0"
		cfg.Streams = []StreamSpec{ClipStream("cam", "cam", "street-360")}
	})
	_, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if want := "rtsp://127.0.0.1:" + port + "/cam"; server.Streams()[0].URL != want {
		t.Errorf("address %q, want %q", server.Streams()[0].URL, want)
	}
	if number, err := strconv.Atoi(port); err != nil || number == 0 {
		t.Errorf("port %q", port)
	}
}

func TestSignInsOfOtherServices(t *testing.T) {
	server, _ := oneStream(t, nil)
	server.CountSignIn("onvif", false)
	server.CountSignIn("onvif", true)
	server.CountSignIn("snapshot", false)
	c := server.Counters()
	if c.FailedSignIns != 2 || c.SignIns["onvif"] != (SignIns{OK: 1, Failed: 1}) || c.SignIns["snapshot"].Failed != 1 {
		t.Errorf("counters %+v", c)
	}
	c.SignIns["onvif"] = SignIns{}
	if server.Counters().SignIns["onvif"].OK != 1 {
		t.Error("a snapshot of the counters is not one")
	}
}

func TestPartsEndWithTheServer(t *testing.T) {
	server, _ := oneStream(t, nil)
	var ended []int
	for i := range 3 {
		server.Attach(func() { ended = append(ended, i) })
	}
	server.Close()
	server.Close()
	if !slices.Equal(ended, []int{2, 1, 0}) {
		t.Errorf("ended %v", ended)
	}
}

func TestStreamsTellWhatTheySend(t *testing.T) {
	server := startServer(t, nil)
	for path, want := range map[string]struct{ gop, least, most int }{
		"cam1/main": {50, 3500, 4500}, "cam2/main": {50, 300, 800}, "cam5/main": {1800, 10, 100}, "cam6/main": {1, 0, 0},
	} {
		info := server.Stream(path).Info()
		if info.GOP != want.gop || info.Kbps < want.least || info.Kbps > want.most || info.Audio {
			t.Errorf("%s: %+v", path, info)
		}
	}
}

func TestRecorderPairs(t *testing.T) {
	specs := RecorderPairs(3, "autumn-720", "overcast-360-gop10", AuthDigest, "admin", "p")
	if len(specs) != 6 || specs[5].Path != "ch3/sub" || specs[5].Name != "Channel 3" || specs[4].Role != RoleMain || specs[4].Camera != specs[5].Camera {
		t.Fatalf("streams %+v", specs)
	}
	server := startServer(t, func(cfg *Config) { cfg.Streams = specs })
	if info := server.Stream("ch3/sub").Info(); info.Width != 640 || info.FPS != 10 || info.User != "admin" || info.GOP != 100 {
		t.Errorf("ch3/sub: %+v", info)
	}
}
