package simcam

import (
	"context"
	"maps"
)

// Counters is what a Server has seen. All but ConnectionsOpen, SessionsOpen
// and Playing only grow.
type Counters struct {
	// ConnectionsOpen and ConnectionsTotal count TCP connections.
	ConnectionsOpen, ConnectionsTotal int
	// Describes counts DESCRIBE requests, whatever the answer.
	Describes int
	// FailedSignIns counts 401 answers to a request that carried credentials,
	// and what other services counted with CountSignIn: over RTSP, ONVIF and
	// snapshots together. The first request of a digest sign-in carries none.
	FailedSignIns int
	// SignIns holds what other services than RTSP counted, by their names.
	SignIns map[string]SignIns
	// SessionsOpen counts sessions that are set up, Playing those that play.
	SessionsOpen, Playing int
	// Streams holds the counters of each stream, by path.
	Streams map[string]StreamCounters
}

// SignIns counts requests that carried credentials, by what came of them.
type SignIns struct{ OK, Failed int }

// StreamCounters is what one stream has seen and sent.
type StreamCounters struct {
	// Describes, Setups and Plays count requests; Plays only those granted.
	Describes, Setups, Plays int
	// FailedSignIns is as in Counters. Refused counts all other answers that
	// were not a success.
	FailedSignIns, Refused int
	// Playing is how many sessions play now.
	Playing int
	// Pictures, Packets and Bytes were sent (to nobody or to many: counted
	// once); Bytes holds RTP headers. PacketsLost were lost by a fault.
	Pictures, Packets, Bytes, PacketsLost int
}

// Counters returns a snapshot.
func (s *Server) Counters() Counters {
	s.mu.Lock()
	c := s.count
	c.SessionsOpen = len(s.sessions)
	c.SignIns = maps.Clone(s.count.SignIns)
	s.mu.Unlock()
	c.Streams = make(map[string]StreamCounters, len(s.streams))
	for _, stream := range s.streams {
		stream.mu.Lock()
		one := stream.count
		one.Playing = stream.players
		stream.mu.Unlock()
		c.Playing += one.Playing
		c.FailedSignIns += one.FailedSignIns
		c.Streams[stream.spec.Path] = one
	}
	for _, service := range c.SignIns {
		c.FailedSignIns += service.Failed
	}
	return c
}

// CountSignIn takes a sign-in at another service of the same cameras, such as
// ONVIF, into the counters.
func (s *Server) CountSignIn(service string, ok bool) {
	s.edit(func(s *Server) {
		if s.count.SignIns == nil {
			s.count.SignIns = make(map[string]SignIns)
		}
		one := s.count.SignIns[service]
		if ok {
			one.OK++
		} else {
			one.Failed++
		}
		s.count.SignIns[service] = one
	})
}

// Await waits until the counters are as wanted. It looks at them after each
// request, at each start and end of a connection or session, and after each
// picture sent. The error is that of ctx.
func (s *Server) Await(ctx context.Context, wanted func(Counters) bool) error {
	return s.changed.Await(ctx, func() bool { return wanted(s.Counters()) })
}
