package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/camera"
	"camwall/internal/discovery"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/logtail"
	"camwall/internal/media"
	"camwall/internal/secret"
	"camwall/internal/streaming"
	"camwall/internal/wall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kept is a password of the stage: no answer and no log may have it.
const kept = "hunter2"

var noon = time.Date(2026, 11, 21, 9, 15, 0, 123_456_789, time.FixedZone("", 8*3600))

// stage is an inventory and what plays its cameras, small and in memory. It keeps
// the rules of revisions; all else it notes and answers.
type stage struct {
	// mu guards the fields below.
	mu       sync.Mutex
	cameras  []inventory.Camera
	infos    []streaming.CameraInfo
	devices  []inventory.Device
	walls    []inventory.Wall
	settings inventory.Settings
	said     []string // what was asked for, with secrets
	fail     error    // of everything that may fail
	panics   bool
	revision int64
	found    discovery.List
	block    chan struct{} // Describe waits for it when it is not nil

	changes chan inventory.Change
	states  chan streaming.StateChange
	events  chan discovery.Event
	left    chan struct{} // gets one for each listener that has left
}

func newStage() *stage {
	nvr := &camera.Device{
		ID: "nvr", Name: "Recorder", Address: "192.0.2.1:554", ONVIF: "http://192.0.2.1/onvif/device_service", Recorder: true,
		Maker: "Maker", Model: "N16", Credentials: camera.Credentials{User: "admin", Password: secret.NewText(kept)},
	}
	file := &camera.Device{ID: "file", Address: "192.0.2.2:554", Provisioned: true}
	s := &stage{
		cameras: []inventory.Camera{
			{Revision: 3, Camera: camera.Camera{
				ID: "door", Name: "門口", Number: 7, Text: "ground floor", Device: nvr, PTZ: true, UnchangedAfter: 30 * time.Second,
				Streams: []camera.Stream{
					{Name: "main", URL: "rtsp://192.0.2.1/main", Profile: "P1", ProfileName: "mainStream"},
					{Name: "sub", URL: "rtsp://192.0.2.1/user=admin&password=" + kept + "&ch=1"},
				},
			}},
			{Camera: camera.Camera{
				ID: "yard", Name: "yard", Device: file, Provisioned: true, Rotation: 90, Transport: camera.TransportUDP,
				Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.2/a", Codec: media.H265, Width: 640, Height: 360}},
			}},
		},
		devices: []inventory.Device{
			{Device: *nvr, Revision: 2, Cameras: []camera.ID{"door"}, ClockOffset: 3 * time.Hour, Events: true},
			{Device: *file, Problem: fault.New(fault.Unauthorized, "refused rtsp://u:"+kept+"@192.0.2.2/a", "change it")},
		},
		walls: []inventory.Wall{{Revision: 5, Wall: wall.Wall{
			Name: "lobby", Title: "Lobby", Columns: 2, Rows: 1,
			Pages: []wall.Page{{Dwell: 20 * time.Second, Tiles: []wall.Tile{{Width: 1, Height: 1, Cameras: []camera.ID{"door"}, Fit: wall.Cover}, {Column: 1, Width: 1, Height: 1}}}},
		}}, {Provisioned: true, Wall: wall.Wall{
			Name: "stairs", Columns: 1, Rows: 1,
			Pages: []wall.Page{{Tiles: []wall.Tile{{Width: 1, Height: 1, Cameras: []camera.ID{"yard"}, Crop: wall.Crop{X: 0.5, Width: 0.5, Height: 0.25}}}}},
		}}},
		settings: inventory.Settings{SiteName: "Site", Ranges: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
		found: discovery.List{
			Devices: []discovery.Device{{
				ID: "urn:uuid:1", Kind: discovery.Camera, Name: "Cam", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.9")},
				XAddrs: []string{"http://u:" + kept + "@192.0.2.9/onvif"}, FoundBy: []string{"ws-discovery", "ssdp"}, FirstSeen: noon, LastSeen: noon,
				ClockOffset: 1500 * time.Millisecond,
			}},
			Problems: []*fault.Error{fault.New("no_multicast", "interface eth1 has no multicast route", "add one")},
		},
		revision: 10,
		changes:  make(chan inventory.Change), states: make(chan streaming.StateChange), events: make(chan discovery.Event),
		left: make(chan struct{}, 100),
	}
	info := func(name string, status camera.Status) streaming.StreamInfo {
		return streaming.StreamInfo{Name: name, Codec: media.H264, Width: 1920, Height: 1080, FPS: 24.998, Status: status, Transport: "tcp", Viewers: 2}
	}
	s.infos = []streaming.CameraInfo{{Camera: &s.cameras[0].Camera, Streams: []streaming.StreamInfo{
		info("main", camera.Status{State: camera.Idle, Reason: fault.Idle, Since: noon}),
		info("sub", camera.Status{State: camera.Live, Since: noon, UnchangedSince: noon, Behind: 2400 * time.Millisecond}),
	}}}
	return s
}

// note keeps what was asked for and returns the error of the stage.
func (s *stage) note(format string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panics {
		panic("the stage broke at " + kept)
	}
	s.said = append(s.said, fmt.Sprintf(format, args...))
	return s.fail
}

// asked returns what was asked for since the last call.
func (s *stage) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := strings.Join(s.said, "; ")
	s.said = nil
	return said
}

func missing(what, id string) error {
	return fault.Errorf(fault.NotFound, "there is no %s %q", what, id)
}

// matchRevision is what the inventory says of an expectation.
func matchRevision(expect, is int64, provisioned bool) error {
	switch {
	case provisioned:
		return fault.New(fault.NotEditable, "it stands in camwall.yaml", "edit camwall.yaml")
	case expect != 0 && expect != is:
		return fault.New(fault.Conflict, "somebody else changed it", "read it again")
	}
	return nil
}

func (s *stage) Snapshot() []streaming.CameraInfo { return s.infos }

func (s *stage) Info(id camera.ID) (streaming.CameraInfo, error) {
	for _, info := range s.infos {
		if info.Camera.ID == id {
			return info, nil
		}
	}
	return streaming.CameraInfo{}, missing("camera", string(id))
}

func (s *stage) known(verb string, id camera.ID) error {
	if _, err := s.Camera(string(id)); err != nil {
		return err
	}
	return s.note("%s %s", verb, id)
}

func (s *stage) Retry(id camera.ID) error   { return s.known("retry", id) }
func (s *stage) Restart(id camera.ID) error { return s.known("restart", id) }
func (s *stage) RestartAll()                { _ = s.note("restart all") }

func (s *stage) Cameras() []inventory.Camera { return s.cameras }

func (s *stage) Camera(id string) (inventory.Camera, error) {
	for _, c := range s.cameras {
		if string(c.ID) == id {
			return c, nil
		}
	}
	return inventory.Camera{}, missing("camera", id)
}

func (s *stage) AddCamera(_ context.Context, c inventory.NewCamera) (inventory.Camera, error) {
	signIn := "none"
	if c.SignIn != nil {
		signIn = c.SignIn.User + ":" + c.SignIn.Password.Reveal()
	}
	if err := s.note("add camera %q %q %d %v %s%s %s %s %v", c.ID, c.URL, c.Number, c.Streams, c.Address, c.Profile, signIn, c.Transport, c.UnchangedAfter); err != nil {
		return inventory.Camera{}, err
	}
	device := &camera.Device{ID: "new", Address: "192.0.2.3:554"}
	return inventory.Camera{Revision: 1, Camera: camera.Camera{
		ID: "new", Name: c.Name, Number: 8, Device: device, Streams: []camera.Stream{{Name: "main", URL: "rtsp://192.0.2.3/"}},
	}}, nil
}

func (s *stage) EditCamera(_ context.Context, id string, expect int64, edit inventory.CameraEdit) (inventory.Camera, error) {
	c, err := s.Camera(id)
	if err != nil {
		return c, err
	}
	if err := matchRevision(expect, c.Revision, c.Provisioned); err != nil {
		return inventory.Camera{}, err
	}
	said := fmt.Sprintf("edit camera %s", id)
	for name, value := range map[string]*string{"name": edit.Name, "text": edit.Text} {
		if value != nil {
			said += fmt.Sprintf(" %s=%q", name, *value)
		}
	}
	if edit.SignIn != nil {
		said += " sign-in " + edit.SignIn.User + ":" + edit.SignIn.Password.Reveal()
	}
	if edit.Transport != nil {
		said += " " + edit.Transport.String()
	}
	if edit.UnchangedAfter != nil {
		said += " " + edit.UnchangedAfter.String()
	}
	c.Revision++
	return c, s.note("%s", said)
}

func (s *stage) RemoveCamera(_ context.Context, id string, expect int64) error {
	c, err := s.Camera(id)
	if err == nil {
		err = matchRevision(expect, c.Revision, c.Provisioned)
	}
	if err != nil {
		return err
	}
	return s.note("remove camera %s", id)
}

func (s *stage) Devices() []inventory.Device { return s.devices }

func (s *stage) Device(id string) (inventory.Device, error) {
	for _, d := range s.devices {
		if d.ID == id {
			return d, nil
		}
	}
	return inventory.Device{}, missing("device", id)
}

func (s *stage) AddDevice(_ context.Context, d inventory.NewDevice) (inventory.Device, []inventory.Camera, error) {
	err := s.note("add device %q %s %s:%s %v %d %s", d.ID, d.Address, d.SignIn.User, d.SignIn.Password.Reveal(), d.Sources, d.MaxConnections, d.TLS)
	return s.devices[0], s.cameras[:1], err
}

func (s *stage) EditDevice(_ context.Context, id string, expect int64, edit inventory.DeviceEdit) (inventory.Device, error) {
	d, err := s.Device(id)
	if err == nil {
		err = matchRevision(expect, d.Revision, d.Provisioned)
	}
	if err != nil {
		return inventory.Device{}, err
	}
	said := "edit device " + id
	if edit.SignIn != nil {
		said += " sign-in " + edit.SignIn.User + ":" + edit.SignIn.Password.Reveal()
	}
	return d, s.note("%s", said)
}

func (s *stage) RemoveDevice(_ context.Context, id string, expect int64) error {
	d, err := s.Device(id)
	if err == nil {
		err = matchRevision(expect, d.Revision, d.Provisioned)
	}
	if err != nil {
		return err
	}
	return s.note("remove device %s", id)
}

func (s *stage) Refresh(_ context.Context, id string) (inventory.Device, error) {
	d, err := s.Device(id)
	if err != nil {
		return d, err
	}
	return d, s.note("refresh %s", id)
}

func (s *stage) Describe(ctx context.Context, t inventory.Target) (inventory.Description, error) {
	if s.block != nil {
		select {
		case s.block <- struct{}{}:
		case <-ctx.Done():
		}
		<-ctx.Done()
		return inventory.Description{}, fmt.Errorf("describe: %w", ctx.Err())
	}
	d := inventory.Description{
		Device: s.devices[0].Device, Hostname: "nvr.lan", PTZ: true,
		Channels: []inventory.Channel{{Source: "V1", Name: "one", Number: 1, Main: "P1", Sub: "P2", Camera: "door"}},
		Profiles: []inventory.Profile{{Token: "P1", Codec: media.H265, CodecName: "H265", Width: 1920, Height: 1080, FPS: 25, URL: "rtsp://u:" + kept + "@192.0.2.1/x"}},
		Problems: []*fault.Error{fault.New(fault.Protocol, "no imaging at rtsp://u:"+kept+"@192.0.2.1", "")},
	}
	return d, s.note("describe %s%s %s:%s %s", t.Device, t.Address, t.SignIn.User, t.SignIn.Password.Reveal(), t.TLS)
}

func (s *stage) ChannelPicture(_ context.Context, t inventory.Target, source string) ([]byte, error) {
	return []byte("\xff\xd8jpeg"), s.note("picture %s%s %s", t.Device, t.Address, source)
}

func (s *stage) Test(_ context.Context, t inventory.Test) (inventory.TestResult, error) {
	signIn := "none"
	if t.SignIn != nil {
		signIn = t.SignIn.User + ":" + t.SignIn.Password.Reveal()
	}
	return inventory.TestResult{
		Tracks:    []media.Track{{Codec: media.H264, Width: 640, Height: 360}, {Codec: media.PCMA, SampleRate: 8000, Channels: 1}, {}},
		Transport: "tcp", Width: 640, Height: 360, Address: "rtsp://192.0.2.1/x", Picture: []byte("jpeg"),
	}, s.note("test %s %s %s %v %v", t.URL, t.Camera, signIn, t.Guess, t.Picture)
}

func (s *stage) PTZ(_ context.Context, id string) (inventory.PTZ, error) {
	return inventory.PTZ{Position: inventory.Vector{Pan: 0.123456, Tilt: nan}, Presets: []inventory.Preset{{Token: "1", Name: "gate"}}}, s.known("ptz", camera.ID(id))
}

func (s *stage) Move(_ context.Context, id string, m inventory.Move) error {
	said := fmt.Sprintf("move %s %q home=%v stop=%v", id, m.Preset, m.Home, m.Stop)
	for name, v := range map[string]*inventory.Vector{"continuous": m.Continuous, "relative": m.Relative, "absolute": m.Absolute} {
		if v != nil {
			said += fmt.Sprintf(" %s %v", name, *v)
		}
	}
	return s.note("%s %v", said, m.Timeout)
}

func (s *stage) SetPreset(_ context.Context, id, name string) (inventory.Preset, error) {
	return inventory.Preset{Token: "a/b", Name: name}, s.note("set preset %s %s", id, name)
}

func (s *stage) RemovePreset(_ context.Context, id, token string) error {
	return s.note("remove preset %s %s", id, token)
}

func (s *stage) SetHome(_ context.Context, id string) error { return s.note("set home %s", id) }

func (s *stage) Imaging(_ context.Context, id string) (inventory.Imaging, error) {
	return inventory.Imaging{Brightness: &inventory.Range{Value: 50, Max: 100}, NightMode: "auto"}, s.known("imaging", camera.ID(id))
}

func (s *stage) SetImaging(ctx context.Context, id string, want inventory.Imaging) (inventory.Imaging, error) {
	if want.Brightness != nil {
		_ = s.note("brightness %v", want.Brightness.Value)
	}
	return s.Imaging(ctx, id)
}

func (s *stage) Import(_ context.Context, name, content string, environment map[string]string, write bool) (inventory.Imported, error) {
	return inventory.Imported{
		Format:  "go2rtc",
		Cameras: []inventory.ImportedCamera{{ID: "a", Streams: map[string]string{"main": "rtsp://192.0.2.1/a"}, From: "streams.a", Added: write, SignIn: true}},
		Left:    []inventory.ImportLeft{{From: "streams.b", Why: "exec:ffmpeg rtsp://u:" + kept + "@192.0.2.1/b"}},
	}, s.note("import %s %s %v %v", name, content, environment, write)
}

func (s *stage) Walls() []inventory.Wall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.walls)
}

func (s *stage) Wall(name string) (inventory.Wall, error) {
	for _, w := range s.Walls() {
		if w.Name == name {
			return w, nil
		}
	}
	return inventory.Wall{}, missing("wall", name)
}

func (s *stage) PutWall(_ context.Context, w wall.Wall, expect int64) (inventory.Wall, error) {
	if old, err := s.Wall(w.Name); err == nil && old.Provisioned {
		return inventory.Wall{}, matchRevision(expect, old.Revision, true)
	}
	if err := s.note("put wall %s", w.Name); err != nil {
		return inventory.Wall{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	put := inventory.Wall{Wall: w, Revision: s.revision}
	for i, old := range s.walls {
		if old.Name == w.Name {
			if err := matchRevision(expect, old.Revision, false); err != nil {
				return inventory.Wall{}, err
			}
			s.walls[i] = put
			return put, nil
		}
	}
	s.walls = append(s.walls, put)
	return put, nil
}

func (s *stage) RemoveWall(_ context.Context, name string, expect int64) error {
	w, err := s.Wall(name)
	if err == nil {
		err = matchRevision(expect, w.Revision, w.Provisioned)
	}
	if err != nil {
		return err
	}
	return s.note("remove wall %s", name)
}

func (s *stage) Settings() inventory.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

func (s *stage) SetSettings(_ context.Context, settings inventory.Settings) error {
	if err := s.note("set settings %s %v %v", settings.SiteName, settings.Interfaces, settings.Ranges); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = settings
	return nil
}

func (s *stage) Found() discovery.List { return s.found }

func (s *stage) FindProgress() discovery.Progress {
	return discovery.Progress{Running: true, Interfaces: []string{"eth0"}, Devices: 1, Left: 2500 * time.Millisecond}
}

func (s *stage) SearchNow(interfaces []string, ranges []netip.Prefix) error {
	return s.note("search %v %v", interfaces, ranges)
}

func (s *stage) ClearFound() { _ = s.note("clear") }

func (s *stage) FoundDevice(id string) string { return strings.TrimPrefix(id, "urn:uuid:") }

func (s *stage) Tail(n int, level slog.Level) []logtail.Record {
	_ = s.note("tail %d %v", n, level)
	return []logtail.Record{{Time: noon, Level: slog.LevelWarn, Message: "away", Attributes: []logtail.Attribute{{Key: "camera", Value: "door"}}}}
}
