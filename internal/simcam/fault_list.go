package simcam

import "time"

// StreamFaults is what is wrong with a stream.
type StreamFaults struct {
	Path    string  `json:"path"`
	Camera  string  `json:"camera"`
	Playing int     `json:"playing"` // sessions
	Faults  []Fault `json:"faults"`
}

// Faults returns what is wrong with each stream, in the order of the Config.
func (s *Server) Faults() []StreamFaults {
	list := make([]StreamFaults, len(s.streams))
	for i, stream := range s.streams {
		stream.mu.Lock()
		list[i] = StreamFaults{Path: stream.spec.Path, Camera: stream.spec.Camera, Playing: stream.players, Faults: stream.faults.list()}
		stream.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit >= 0 {
		list = append(list, StreamFaults{Path: everything, Playing: len(s.sessions), Faults: []Fault{{Fault: "limit", N: s.limit, Status: s.overLimit}}})
	}
	return list
}

// list tells the faults that last; it is never nil.
func (f *faults) list() []Fault {
	milliseconds := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	list := []Fault{}
	for _, one := range []struct {
		is bool
		f  Fault
	}{
		{f.silent, Fault{Fault: "silent"}},
		{f.reach == reachCut, Fault{Fault: "cut_off"}},
		{f.reach == reachGone, Fault{Fault: "gone"}},
		{f.frozen, Fault{Fault: "frozen"}},
		{f.refusal != 0, Fault{Fault: "refuse", Status: f.refusal, Methods: f.refusedMethods()}},
		{f.refuseTCP != 0, Fault{Fault: "refuse_tcp", Status: f.refuseTCP}},
		{f.refuseUDP != 0, Fault{Fault: "refuse_udp", Status: f.refuseUDP}},
		{f.limit >= 0, Fault{Fault: "limit", N: f.limit, Status: f.overLimit}},
		{f.delay != 0, Fault{Fault: "delay", MS: milliseconds(f.delay)}},
		{f.delayRamp != 0, Fault{Fault: "grow_delay", MS: f.delayRamp * 1000}},
		{f.loseShare != 0, Fault{Fault: "loss", Share: f.loseShare}},
		{f.loseNext != 0, Fault{Fault: "lose_next", N: f.loseNext}},
		{f.reorder != 0, Fault{Fault: "reorder", Share: f.reorder}},
		{f.clockOffset != 0, Fault{Fault: "clock_offset", MS: milliseconds(f.clockOffset)}},
		{f.clockDrift != 0, Fault{Fault: "clock_drift", MS: f.clockDrift * 1000}},
		{f.noReports, Fault{Fault: "no_reports"}},
		{f.rtpDrift != 0, Fault{Fault: "timestamp_drift", PPM: f.rtpDrift * 1e6}},
	} {
		if one.is {
			list = append(list, one.f)
		}
	}
	return list
}

func (f *faults) refusedMethods() []string {
	list := make([]string, len(f.refusedAt))
	for i, method := range f.refusedAt {
		list[i] = string(method)
	}
	return list
}
