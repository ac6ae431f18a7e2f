package simcam

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrNoStream is returned for a path that no stream or camera has.
var ErrNoStream = errors.New("there is no stream or camera")

// Fault is a fault of streams as POST /fault takes it and GET /fault tells it.
type Fault struct {
	// Path is that of a stream ("cam1/main"), the id of a camera ("cam1": all
	// its streams), or "*": all there are.
	Path string `json:"path,omitempty"`
	// Fault is one of FaultNames.
	Fault string `json:"fault"`
	// On ends the fault when it is false; nil is true.
	On *bool `json:"on,omitempty"`
	// Status is the RTSP status that refuses; 0 is the usual one.
	Status int `json:"status,omitempty"`
	// Methods are those that are refused; empty: DESCRIBE, SETUP and PLAY.
	Methods []string `json:"methods,omitempty"`
	// N is a number of sessions or packets.
	N int `json:"n,omitempty"`
	// MS is a time in milliseconds.
	MS float64 `json:"ms,omitempty"`
	// Share is a share of all packets, 0 to 1.
	Share float64 `json:"share,omitempty"`
	// PPM is a drift in parts per million.
	PPM float64 `json:"ppm,omitempty"`
	// Clip is the name of a clip.
	Clip string `json:"clip,omitempty"`
	// User and Password are a new sign-in; an empty user is the one before.
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
}

// maxFaultTime bounds times of faults: a camera's clock may be years off.
const maxFaultTime = 100 * 365 * 24 * time.Hour

func (f *Fault) on() bool { return f.On == nil || *f.On }

// time returns MS, 0 when the fault ends.
func (f *Fault) time() time.Duration {
	if !f.on() {
		return 0
	}
	return time.Duration(f.MS * float64(time.Millisecond))
}

// share returns Share, 0 when the fault ends.
func (f *Fault) share() float64 {
	if !f.on() {
		return 0
	}
	return f.Share
}

// status returns the RTSP status to refuse with, 0 when the fault ends.
func (f *Fault) status(usual int) int {
	switch {
	case !f.on():
		return 0
	case f.Status == 0:
		return usual
	}
	return f.Status
}

// faultSwitches switch the faults of a stream, by name.
func faultSwitches() map[string]func(*Stream, *Fault) error {
	simple := func(do func(*Stream, *Fault)) func(*Stream, *Fault) error {
		return func(s *Stream, f *Fault) error {
			do(s, f)
			return nil
		}
	}
	return map[string]func(*Stream, *Fault) error{
		"silent":          simple(func(s *Stream, f *Fault) { s.SetSilent(f.on()) }),
		"cut_off":         simple(func(s *Stream, f *Fault) { s.SetCutOff(f.on()) }),
		"gone":            simple(func(s *Stream, f *Fault) { s.SetGone(f.on()) }),
		"frozen":          simple(func(s *Stream, f *Fault) { s.SetFrozen(f.on()) }),
		"refuse":          simple(func(s *Stream, f *Fault) { s.Refuse(f.status(503), f.Methods...) }),
		"refuse_tcp":      simple(func(s *Stream, f *Fault) { s.RefuseTCP(f.status(461)) }),
		"refuse_udp":      simple(func(s *Stream, f *Fault) { s.RefuseUDP(f.status(461)) }),
		"limit":           simple(func(s *Stream, f *Fault) { s.LimitSessions(f.sessions(), f.status(453)) }),
		"close":           simple(func(s *Stream, _ *Fault) { s.CloseConnections() }),
		"delay":           simple(func(s *Stream, f *Fault) { s.SetDelay(f.time()) }),
		"grow_delay":      simple(func(s *Stream, f *Fault) { s.GrowDelay(f.time()) }),
		"loss":            simple(func(s *Stream, f *Fault) { s.SetLoss(f.share()) }),
		"lose_next":       simple(func(s *Stream, f *Fault) { s.LoseNext(f.packets()) }),
		"reorder":         simple(func(s *Stream, f *Fault) { s.SetReorder(f.share()) }),
		"clock_offset":    simple(func(s *Stream, f *Fault) { s.SetClockOffset(f.time()) }),
		"clock_drift":     simple(func(s *Stream, f *Fault) { s.SetClockDrift(f.time()) }),
		"no_reports":      simple(func(s *Stream, f *Fault) { s.SetNoReports(f.on()) }),
		"timestamp_drift": simple(func(s *Stream, f *Fault) { s.SetTimestampDrift(f.drift()) }),
		"jump":            simple(func(s *Stream, f *Fault) { s.JumpTimestamps(f.time()) }),
		"key":             simple(func(s *Stream, _ *Fault) { s.RequestKey() }),
		"clip":            func(s *Stream, f *Fault) error { return s.SetClip(f.Clip) },
		"password":        (*Stream).takePassword,
		"clear":           simple(func(s *Stream, _ *Fault) { s.ClearFaults() }),
	}
}

// sessions returns how many sessions there may be, -1 when there is no limit.
func (f *Fault) sessions() int {
	if !f.on() {
		return -1
	}
	return f.N
}

// packets returns how many packets are lost, 1 unless N says otherwise.
func (f *Fault) packets() int {
	switch {
	case !f.on():
		return 0
	case f.N == 0:
		return 1
	}
	return f.N
}

func (f *Fault) drift() float64 {
	if !f.on() {
		return 0
	}
	return f.PPM
}

func (s *Stream) takePassword(f *Fault) error {
	user := f.User
	if user == "" {
		user = s.Info().User
	}
	return s.SetPassword(user, f.Password)
}

// FaultNames returns the names of all faults, sorted.
func FaultNames() []string {
	var names []string
	for name := range faultSwitches() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// validate holds to what the methods of Stream can take.
func (f *Fault) validate() error {
	switch {
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status is %d, must be 400 to 599", f.Status)
	case f.N < 0 || f.N > 1_000_000:
		return fmt.Errorf("n is %d, must be 0 to 1000000", f.N)
	case !(f.Share >= 0 && f.Share <= 1):
		return fmt.Errorf("share is %g, must be 0 to 1", f.Share)
	case !(f.MS >= -float64(maxFaultTime.Milliseconds()) && f.MS <= float64(maxFaultTime.Milliseconds())):
		return fmt.Errorf("ms is %g, must be within 100 years", f.MS)
	case (f.Fault == "delay" || f.Fault == "grow_delay") && f.MS < 0:
		return fmt.Errorf("ms is %g, must be 0 or more", f.MS)
	case !(f.PPM >= -1e5 && f.PPM <= 1e5):
		return fmt.Errorf("ppm is %g, must be -100000 to 100000", f.PPM)
	}
	return nil
}

// SwitchFault switches a fault of the streams that f.Path names. Several are
// switched one after the other; the first error ends that.
func (s *Server) SwitchFault(f Fault) error {
	change := faultSwitches()[f.Fault]
	if change == nil {
		return fmt.Errorf("there is no fault %.80q: there are %s", f.Fault, strings.Join(FaultNames(), ", "))
	}
	if err := f.validate(); err != nil {
		return fmt.Errorf("fault %s: %w", f.Fault, err)
	}
	streams := s.named(f.Path)
	if len(streams) == 0 {
		return fmt.Errorf("%w %.80q", ErrNoStream, f.Path)
	}
	if f.Path == everything {
		switch f.Fault {
		case "limit": // of all together
			s.LimitSessions(f.sessions(), f.status(453))
			return nil
		case "close":
			s.CloseConnections()
			return nil
		case "clear":
			s.LimitSessions(-1, 0)
		}
	}
	for _, stream := range streams {
		if err := change(stream, &f); err != nil {
			return err
		}
	}
	return nil
}

// everything is the path of all streams.
const everything = "*"

// named returns the streams of a path or a camera, or all.
func (s *Server) named(path string) []*Stream {
	if path == everything {
		return s.streams
	}
	if stream := s.Stream(path); stream != nil {
		return []*Stream{stream}
	}
	var list []*Stream
	for _, stream := range s.streams {
		if stream.spec.Camera == path {
			list = append(list, stream)
		}
	}
	return list
}
