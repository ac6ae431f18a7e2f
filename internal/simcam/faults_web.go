package simcam

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxFaultBody bounds the body of POST /fault, in bytes.
const maxFaultBody = 64 << 10

// serveFaults answers GET /fault.
func (s *Server) serveFaults(w http.ResponseWriter, _ *http.Request) { s.tell(w, s.Faults()) }

// switchFault answers POST /fault: 204, or what is wrong. Pages can't switch
// anything: browsers send their requests with an Origin.
func (s *Server) switchFault(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != "" {
		http.Error(w, "pages may not switch faults", http.StatusForbidden)
		return
	}
	var f Fault
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxFaultBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&f)
	if err == nil && decoder.Decode(&struct{}{}) != io.EOF { //nolint:errorlint // Decode returns it as it is
		err = errors.New("there is more behind the fault")
	}
	if err != nil {
		http.Error(w, "no fault: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.SwitchFault(f); err != nil {
		http.Error(w, err.Error(), faultStatus(err))
		return
	}
	s.cfg.Log.Info("fault switched", "path", f.Path, "fault", f.Fault, "on", f.on())
	w.WriteHeader(http.StatusNoContent)
}

func faultStatus(err error) int {
	if errors.Is(err, ErrNoStream) {
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}
