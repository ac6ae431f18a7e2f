package simcam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// listenSent opens GET /sent and /fault, when the Config asks for it.
func (s *Server) listenSent(ctx context.Context) error {
	if s.cfg.SentListen == "" {
		return nil
	}
	var opener net.ListenConfig
	tcp, err := opener.Listen(ctx, "tcp", s.cfg.SentListen)
	if err != nil {
		return fmt.Errorf("listen for /sent: %w", err)
	}
	s.sentAt = tcp.Addr()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sent", s.serveSent)
	mux.HandleFunc("GET /fault", s.serveFaults)
	mux.HandleFunc("POST /fault", s.switchFault)
	s.sentWeb = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	s.wg.Go(func() {
		if err := s.sentWeb.Serve(tcp); !errors.Is(err, http.ErrServerClosed) {
			s.cfg.Log.Error("serve sent", "error", err)
		}
	})
	return nil
}

// serveSent answers with the pictures of the last 60 s as JSON, sorted by time.
// ?path=cam1/main leaves only those of one stream.
func (s *Server) serveSent(w http.ResponseWriter, r *http.Request) {
	list := s.Sent()
	if path := r.URL.Query().Get("path"); path != "" {
		stream := s.Stream(path)
		if stream == nil {
			http.Error(w, "no such stream", http.StatusNotFound)
			return
		}
		list = append([]Sent{}, stream.sent.since(time.Now().Add(-sentFor))...)
	}
	s.tell(w, list)
}

// tell answers with JSON.
func (s *Server) tell(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(what); err != nil {
		s.cfg.Log.Debug("write answer", "error", err)
	}
}
