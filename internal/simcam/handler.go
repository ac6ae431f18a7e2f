package simcam

import (
	"strings"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
)

// handler answers the requests that gortsplib reads. gortsplib calls it from
// one goroutine a connection and one a session.
type handler struct{ server *Server }

var (
	_ gortsplib.ServerHandlerOnConnOpen     = (*handler)(nil)
	_ gortsplib.ServerHandlerOnConnClose    = (*handler)(nil)
	_ gortsplib.ServerHandlerOnSessionClose = (*handler)(nil)
	_ gortsplib.ServerHandlerOnDescribe     = (*handler)(nil)
	_ gortsplib.ServerHandlerOnSetup        = (*handler)(nil)
	_ gortsplib.ServerHandlerOnPlay         = (*handler)(nil)
	_ gortsplib.ServerHandlerOnPause        = (*handler)(nil)
	_ gortsplib.ServerHandlerOnResponse     = (*handler)(nil)

	_ gortsplib.ServerHandlerOnStreamWriteError = (*handler)(nil)
)

// connState belongs to one connection.
type connState struct {
	starting *Stream // PLAY was granted; the answer is on its way
}

// sessionState belongs to one session that is set up.
type sessionState struct {
	stream  *Stream
	playing bool
}

// OnConnOpen counts a connection, once the Server is ready for requests.
func (h *handler) OnConnOpen(ctx *gortsplib.ServerHandlerOnConnOpenCtx) {
	<-h.server.ready
	h.server.edit(func(s *Server) {
		s.conns[ctx.Conn] = &connState{}
		s.count.ConnectionsOpen++
		s.count.ConnectionsTotal++
	})
}

// OnConnClose counts a connection out.
func (h *handler) OnConnClose(ctx *gortsplib.ServerHandlerOnConnCloseCtx) {
	h.server.edit(func(s *Server) {
		delete(s.conns, ctx.Conn)
		s.count.ConnectionsOpen--
	})
}

// OnSessionClose takes a session out of all books.
func (h *handler) OnSessionClose(ctx *gortsplib.ServerHandlerOnSessionCloseCtx) {
	h.server.edit(func(s *Server) {
		state := s.sessions[ctx.Session]
		if state == nil {
			return
		}
		if state.playing {
			state.stream.addPlayers(-1)
		}
		delete(s.sessions, ctx.Session)
	})
}

// OnDescribe answers DESCRIBE.
func (h *handler) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	h.server.edit(func(s *Server) { s.count.Describes++ })
	stream, refusal := h.admit(ctx.Conn, ctx.Path, ctx.Request)
	if refusal != nil {
		return refusal, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, stream.served, nil
}

// OnSetup answers SETUP.
func (h *handler) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	stream, refusal := h.admit(ctx.Conn, ctx.Path, ctx.Request)
	if refusal != nil {
		return refusal, nil, nil
	}
	stream.mu.Lock()
	f := stream.faults
	stream.mu.Unlock()
	if status := f.refusesTransport(ctx.Transport); status != 0 {
		return stream.refuse(ctx.Request, status), nil, nil
	}
	status := 0
	h.server.edit(func(s *Server) { status = s.addSession(ctx.Session, stream, f) })
	if status != 0 {
		return stream.refuse(ctx.Request, status), nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, stream.served, nil
}

// OnPlay answers PLAY.
func (h *handler) OnPlay(ctx *gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	stream, refusal := h.admit(ctx.Conn, ctx.Session.SetuppedPath(), ctx.Request)
	if refusal != nil {
		return refusal, nil
	}
	h.server.edit(func(s *Server) {
		state := s.sessions[ctx.Session]
		if state != nil && !state.playing {
			state.playing = true
			stream.addPlayers(1)
		}
		if conn := s.conns[ctx.Conn]; conn != nil {
			conn.starting = stream
		}
	})
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// OnPause answers PAUSE.
func (h *handler) OnPause(ctx *gortsplib.ServerHandlerOnPauseCtx) (*base.Response, error) {
	h.server.edit(func(s *Server) {
		state := s.sessions[ctx.Session]
		if state != nil && state.playing {
			state.playing = false
			state.stream.addPlayers(-1)
		}
	})
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// OnResponse is called when gortsplib has taken a new player in and is about to
// write the answer: what is sent from now on reaches it.
func (h *handler) OnResponse(conn *gortsplib.ServerConn, _ *base.Response) {
	var starting *Stream
	h.server.edit(func(s *Server) {
		if state := s.conns[conn]; state != nil {
			starting, state.starting = state.starting, nil
		}
	})
	if starting != nil {
		starting.greet()
	}
}

// OnStreamWriteError tells of a client that takes its packets too slowly.
func (h *handler) OnStreamWriteError(ctx *gortsplib.ServerHandlerOnStreamWriteErrorCtx) {
	h.server.cfg.Log.Debug("packet lost to a slow client", "path", ctx.Session.SetuppedPath(), "error", ctx.Error)
}

// admit finds the stream of a request and says whether it may go on; if not, it
// returns the answer.
func (h *handler) admit(conn *gortsplib.ServerConn, path string, request *base.Request) (*Stream, *base.Response) {
	stream := h.server.Stream(strings.TrimSuffix(path, "/"))
	if stream == nil {
		return nil, &base.Response{StatusCode: base.StatusNotFound}
	}
	if !stream.waitForReach(conn) {
		return nil, &base.Response{StatusCode: base.StatusServiceUnavailable} // nobody gets it
	}
	stream.mu.Lock()
	switch request.Method {
	case base.Describe:
		stream.count.Describes++
	case base.Setup:
		stream.count.Setups++
	}
	status := stream.faults.refusesAt(request.Method)
	stream.mu.Unlock()
	if status != 0 {
		return nil, stream.refuse(request, status)
	}
	if !stream.signedIn(request) {
		return nil, stream.refuse(request, int(base.StatusUnauthorized))
	}
	return stream, nil
}

// refuse counts and makes an answer that is not a success.
func (s *Stream) refuse(request *base.Request, status int) *base.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status != int(base.StatusUnauthorized) {
		s.count.Refused++
		return &base.Response{StatusCode: base.StatusCode(status)}
	}
	if carriesCredentials(request) {
		s.count.FailedSignIns++
	}
	return s.unauthorized()
}

// edit changes what mu guards and tells those who wait.
func (s *Server) edit(change func(*Server)) {
	s.mu.Lock()
	change(s)
	s.mu.Unlock()
	s.changed.Ring()
}

// addSession takes a session in, or returns the status that refuses it. It
// needs mu.
func (s *Server) addSession(session *gortsplib.ServerSession, stream *Stream, f faults) int {
	if s.sessions[session] != nil {
		return 0 // a second track of the same session
	}
	if s.limit >= 0 && len(s.sessions) >= s.limit {
		return s.overLimit
	}
	here := 0
	for _, other := range s.sessions {
		if other.stream == stream {
			here++
		}
	}
	if f.limit >= 0 && here >= f.limit {
		return f.overLimit
	}
	s.sessions[session] = &sessionState{stream: stream}
	return 0
}

// sessionsOf returns the sessions that have a stream set up.
func (s *Server) sessionsOf(stream *Stream) []*gortsplib.ServerSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*gortsplib.ServerSession
	for session, state := range s.sessions {
		if state.stream == stream {
			list = append(list, session)
		}
	}
	return list
}
