package simcam

import (
	"fmt"
	"time"
)

// Role says which of a camera's streams one is.
type Role string

// Roles of streams.
const (
	RoleMain Role = "main"
	RoleSub  Role = "sub"
)

// Auth is how a stream asks for a sign-in.
type Auth int

// Ways to sign in. AuthDigest offers SHA-256 and MD5, as new cameras do;
// ffmpeg's command line only knows MD5.
const (
	AuthNone Auth = iota
	AuthBasic
	AuthDigestMD5
	AuthDigestSHA256
	AuthDigest
)

// ParameterSets says where a stream carries its SPS, PPS and VPS.
type ParameterSets int

// Places of parameter sets: in the SDP and before each key frame, as most
// cameras do, or only one of both.
const (
	ParametersBoth ParameterSets = iota
	ParametersInBand
	ParametersOutOfBand
)

// StreamSpec describes one simulated stream. Exactly one of Clip, Live, Audio
// alone and Unknown makes its pictures; use the constructors.
type StreamSpec struct {
	// Path is the path of the URL without the leading slash, "cam1/main".
	Path string
	// Camera is the id of the camera that the stream belongs to.
	Camera string
	// Role is main or sub. Empty is main.
	Role Role
	// Name is what people call the camera.
	Name string

	// Auth, User and Password say who may play. User must not be empty unless
	// Auth is AuthNone; with AuthBasic it must not hold a colon.
	Auth           Auth
	User, Password string

	// Clip names a committed clip: a name that ClipNames returns.
	Clip string
	// Live draws MJPEG while somebody plays; used when Clip is empty.
	Live *Live
	// Audio adds a G.711 (mu-law, 8 kHz) track with a soft tone, another each
	// second. Without Clip and Live the stream has no video at all.
	Audio bool
	// AAC makes it AAC-LC at 16 kHz.
	AAC bool
	// UnknownCodec announces video of a codec that nobody knows, and sends
	// nothing; used when Clip and Live are empty.
	UnknownCodec bool

	// Parameters says where SPS, PPS and VPS are.
	Parameters ParameterSets
	// KeyOnPlay starts the loop again at its key frame at each PLAY, as smart
	// codecs with very long GOPs do.
	KeyOnPlay bool
	// Ahead is how far the stream's loop is ahead of those of others: cameras
	// that play one clip needn't send each picture at the same moment.
	Ahead time.Duration
	// ReportEvery is the time between RTCP sender reports; 0 is 5 s. The first
	// goes out with the first picture of a session.
	ReportEvery time.Duration
}

// Live describes an MJPEG camera drawn while it plays.
type Live struct {
	// Width and Height are in pixels, multiples of 8, at most 2040.
	Width, Height int
	// FPS is pictures a second, above 0; 0.5 is one every two seconds.
	FPS float64
	// Quality is that of the JPEG, 1 to 100; 0 is 75.
	Quality int
	// Noise is the standard deviation of the sensor noise, in levels.
	Noise float64
	// Still draws a scene in which nothing moves but the noise. There is no
	// clock in it, and the number in the frame mark stays 0.
	Still bool
	// Variant picks the street.
	Variant uint64
}

// ClipStream makes a stream that plays a clip without a sign-in.
func ClipStream(path, camera, clip string) StreamSpec {
	return StreamSpec{Path: path, Camera: camera, Role: RoleMain, Name: camera, Clip: clip}
}

// LiveStream makes an MJPEG stream drawn while it plays.
func LiveStream(path, camera string, live Live) StreamSpec {
	return StreamSpec{Path: path, Camera: camera, Role: RoleMain, Name: camera, Live: &live}
}

// StillNoisy makes an MJPEG stream of a scene in which nothing moves but the
// noise of the sensor.
func StillNoisy(path, camera string) StreamSpec {
	return LiveStream(path, camera, Live{Width: 320, Height: 184, FPS: 5, Noise: 3, Still: true})
}

// Slow makes an MJPEG stream of one picture a second.
func Slow(path, camera string) StreamSpec {
	return LiveStream(path, camera, Live{Width: 320, Height: 184, FPS: 1, Noise: 1})
}

// WithSignIn returns the spec with a sign-in.
func (s StreamSpec) WithSignIn(auth Auth, user, password string) StreamSpec {
	s.Auth, s.User, s.Password = auth, user, password
	return s
}

// Recorder makes the streams of one device with n channels that share one clip
// and one sign-in: ch1 to chN, cameras of the same names.
func Recorder(n int, clip string, auth Auth, user, password string) []StreamSpec {
	specs := make([]StreamSpec, n)
	for i := range specs {
		id := fmt.Sprintf("ch%d", i+1)
		specs[i] = ClipStream(id, id, clip).WithSignIn(auth, user, password)
	}
	return specs
}

// RecorderPairs makes the streams of one device with n channels, each with a
// main and a sub stream: ch1/main, ch1/sub, ... All have one sign-in.
func RecorderPairs(n int, main, sub string, auth Auth, user, password string) []StreamSpec {
	var specs []StreamSpec
	for i := range n {
		id, name := fmt.Sprintf("ch%d", i+1), fmt.Sprintf("Channel %d", i+1)
		for _, one := range []StreamSpec{
			{Path: id + "/main", Role: RoleMain, Clip: main},
			{Path: id + "/sub", Role: RoleSub, Clip: sub},
		} {
			one.Camera, one.Name = id, name
			specs = append(specs, one.WithSignIn(auth, user, password))
		}
	}
	return specs
}

// Validate says what is wrong with the spec, if anything.
func (s StreamSpec) Validate() error {
	switch {
	case s.Path == "":
		return fmt.Errorf("stream without a path")
	case s.Auth != AuthNone && s.User == "":
		return fmt.Errorf("stream %s: sign-in without a user", s.Path)
	case s.Ahead < 0:
		return fmt.Errorf("stream %s: ahead by %v", s.Path, s.Ahead)
	case s.Clip == "" && s.Live == nil && !s.Audio && !s.UnknownCodec:
		return fmt.Errorf("stream %s: nothing to show", s.Path)
	}
	if s.Clip == "" && s.Live != nil {
		if err := s.Live.validate(); err != nil {
			return fmt.Errorf("stream %s: %w", s.Path, err)
		}
	}
	return nil
}

// validate holds to what RFC 2435 section 3.1 can carry: sizes in units of 8
// pixels, up to 255 of them.
func (l Live) validate() error {
	if l.Width%8 != 0 || l.Height%8 != 0 || l.Width < 16 || l.Height < 16 || l.Width > 2040 || l.Height > 2040 {
		return fmt.Errorf("live size %dx%d: want multiples of 8 from 16 to 2040", l.Width, l.Height)
	}
	if l.FPS <= 0 || l.FPS > 120 {
		return fmt.Errorf("live rate %g: want more than 0 and at most 120 pictures a second", l.FPS)
	}
	return nil
}
