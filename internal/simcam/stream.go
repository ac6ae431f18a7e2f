package simcam

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// Info describes a stream to those who connect.
type Info struct {
	// Path is that of the URL, without the leading slash.
	Path string
	// URL is the whole address, without a sign-in.
	URL string
	// User and Password are the sign-in; both are empty when there is none.
	User, Password string
	// Codec is H264, H265 or MJPEG; empty without video or with an unknown one.
	Codec string
	// Width and Height are the coded size, in pixels; 0 without video.
	Width, Height int
	// FPS is pictures a second.
	FPS float64
	// GOP is how many pictures there are from one key frame to the next; 1 for
	// MJPEG, 0 without video.
	GOP int
	// Kbps is the rate of the video in 1,000 bits a second; 0 when it is not
	// known before the pictures are drawn.
	Kbps int
	// Audio says that there is sound.
	Audio bool
	// Camera is the id of the camera, Role which of its streams this is, and
	// Name what people call it.
	Camera string
	Role   Role
	Name   string
}

// Stream is one running stream of a Server. Its methods switch faults; all may
// be called from any goroutine.
type Stream struct {
	server *Server
	spec   StreamSpec
	log    *slog.Logger
	served *gortsplib.ServerStream // nil before start
	out    outlet                  // served
	tracks []*track                // video first; immutable
	sent   *sentLog

	mu      sync.Mutex    // guards the fields below, and pending of the tracks
	mended  chan struct{} // closed and replaced when requests are answered again
	info    Info
	faults  faults
	players int
	count   StreamCounters
}

// outlet takes packets for all who play. It may be called from several
// goroutines and never waits for a client.
type outlet interface {
	WritePacketRTP(*description.Media, *rtp.Packet) error
	WritePacketRTCP(*description.Media, rtcp.Packet) error
}

// newStream makes the tracks of a stream; start connects them to the network.
func newStream(server *Server, spec StreamSpec) (*Stream, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	s := &Stream{server: server, spec: spec, log: server.cfg.Log, mended: make(chan struct{}), faults: faults{limit: -1}}
	s.info = Info{Path: spec.Path, Camera: spec.Camera, Role: spec.Role, Name: spec.Name, User: spec.User, Password: spec.Password, Audio: spec.Audio}
	if s.info.Role == "" {
		s.info.Role = RoleMain
	}
	if spec.Auth == AuthNone {
		s.info.User, s.info.Password = "", ""
	}
	if err := s.addVideo(); err != nil {
		return nil, fmt.Errorf("stream %s: %w", spec.Path, err)
	}
	if spec.Audio {
		sound, err := newAudioTrack(s)
		if err != nil {
			return nil, fmt.Errorf("stream %s: %w", spec.Path, err)
		}
		s.tracks = append(s.tracks, sound)
	}
	for _, t := range s.tracks {
		t.reports.every = spec.ReportEvery
		if t.reports.every <= 0 {
			t.reports.every = defaultReportEvery
		}
	}
	s.sent = newSentLog(spec.Path, s.info.FPS)
	return s, nil
}

// tellClip takes over what a clip is.
func (i *Info) tellClip(c *clip) {
	i.Width, i.Height, i.FPS = c.Width, c.Height, float64(c.FPS)
	i.GOP, i.Kbps = c.gop(), c.kbps()
}

func (s *Stream) addVideo() error {
	var forma format.Format
	var src source
	switch {
	case s.spec.Clip != "":
		loaded, err := s.server.clips.get(s.spec.Clip)
		if err != nil {
			return err
		}
		s.info.Codec = loaded.Codec
		s.info.tellClip(loaded)
		forma = formatOf(loaded, s.spec.Parameters)
		src = newClipSource(loaded, s.spec.Parameters)
	case s.spec.Live != nil:
		live, err := newLiveSource(s.spec.Name, *s.spec.Live)
		if err != nil {
			return err
		}
		s.info.Codec, s.info.Width, s.info.Height, s.info.FPS = CodecMJPEG, live.live.Width, live.live.Height, live.live.FPS
		s.info.GOP = 1
		forma, src = &format.MJPEG{}, live
	default:
		return nil
	}
	video, err := newVideoTrack(s, src, forma)
	if err != nil {
		return err
	}
	s.tracks = append(s.tracks, video)
	return nil
}

// formatOf makes the description of a clip for the SDP.
func formatOf(c *clip, parameters ParameterSets) format.Format {
	const dynamicType = 96 // the first dynamic payload type, RFC 3551 section 6
	if c.Codec == CodecH265 {
		f := &format.H265{PayloadTyp: dynamicType}
		if parameters != ParametersInBand {
			f.VPS, f.SPS, f.PPS = c.vps, c.sps, c.pps
		}
		return f
	}
	f := &format.H264{PayloadTyp: dynamicType, PacketizationMode: 1}
	if parameters != ParametersInBand {
		f.SPS, f.PPS = c.sps, c.pps
	}
	return f
}

// announce puts the parameter sets of a new clip in later answers to DESCRIBE.
func (s *Stream) announce(c *clip) {
	if s.spec.Parameters == ParametersInBand {
		return
	}
	switch f := s.videoTrack().media.Formats[0].(type) {
	case *format.H264:
		f.SafeSetParams(c.sps, c.pps)
	case *format.H265:
		f.SafeSetParams(c.vps, c.sps, c.pps)
	}
}

// videoTrack returns the track of pictures, nil without one.
func (s *Stream) videoTrack() *track {
	if len(s.tracks) > 0 && s.tracks[0].video {
		return s.tracks[0]
	}
	return nil
}

// start connects the stream to a server that is listening.
func (s *Stream) start(server *gortsplib.Server) error {
	desc := &description.Session{Title: s.spec.Name}
	for _, t := range s.tracks {
		desc.Medias = append(desc.Medias, t.media)
	}
	if s.spec.UnknownCodec {
		desc.Medias = append(desc.Medias, unknownMedia())
	}
	served := &gortsplib.ServerStream{Server: server, Desc: desc}
	if err := served.Initialize(); err != nil {
		return fmt.Errorf("start stream %s: %w", s.spec.Path, err)
	}
	s.served, s.out = served, served
	stats := served.Stats()
	for _, t := range s.tracks {
		t.reports.ssrc = stats.Medias[t.media].Formats[t.media.Formats[0]].LocalSSRC
	}
	return nil
}

// unknownMedia is video of a codec that nobody knows.
func unknownMedia() *description.Media {
	forma := &format.Generic{PayloadTyp: 97, RTPMa: "X-CAMWALL-NONE/90000"}
	if err := forma.Init(); err != nil {
		panic("simcam: the made-up codec is not valid: " + err.Error())
	}
	return &description.Media{Type: description.MediaTypeVideo, Formats: []format.Format{forma}}
}

// run sends until ctx ends, and returns when all is still.
func (s *Stream) run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, t := range s.tracks {
		wg.Go(func() { t.run(ctx) })
	}
	wg.Wait()
}

// Info returns what the stream is now.
func (s *Stream) Info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

func (s *Stream) setURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.info.URL = url
}

func (s *Stream) hasPlayers() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.players > 0
}

// addPlayers counts sessions that play, up or down.
func (s *Stream) addPlayers(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.players += n
	if n > 0 {
		s.count.Plays += n
	}
}

// greet is called when a new player can receive: the tracks wake up, report
// their time, and start with a key frame when the camera is such a one.
func (s *Stream) greet() {
	s.order(func(o *orders) {
		o.report = true
		if s.spec.KeyOnPlay {
			o.key, o.start = true, true
		}
	})
	for _, t := range s.tracks {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// takeOrders returns the faults, and what a track is to do once.
func (s *Stream) takeOrders(t *track) (faults, orders) {
	s.mu.Lock()
	defer s.mu.Unlock()
	once := t.pending
	t.pending = orders{}
	return s.faults, once
}

// throughLine sends packets through the fault of losing and reordering.
func (s *Stream) throughLine(line *lossyLine, packets []*rtp.Packet, f faults) (through []*rtp.Packet, lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return line.pass(packets, f, &s.faults.loseNext)
}

func (s *Stream) countSent(video bool, packets, bytes, lost int) {
	defer s.server.changed.Ring()
	s.mu.Lock()
	defer s.mu.Unlock()
	if video {
		s.count.Pictures++
	}
	s.count.Packets += packets
	s.count.Bytes += bytes
	s.count.PacketsLost += lost
}
