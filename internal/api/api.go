// Package api answers the JSON requests of pages and programs and serves the
// page itself: health, the cameras with their states, "try now". It decides
// nothing: it decodes a request, asks package streaming, and encodes the answer.
// Package app registers it.
package api

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"camwall/internal/camera"
	"camwall/internal/problem"
	"camwall/internal/streaming"
)

// source is what the API shows; streaming.Service is one.
type source interface {
	// Snapshot returns every camera in the order of the configuration.
	Snapshot() []streaming.CameraInfo

	// Retry connects now, because a person asks; fault.NotFound for an unknown
	// camera.
	Retry(id camera.ID) error
}

var _ source = (*streaming.Service)(nil)

// Config is what an API needs; every field is required.
type Config struct {
	Source source
	Log    *slog.Logger
}

// API is the JSON interface. It is safe for use by many goroutines.
type API struct {
	source source
	refuse func(http.ResponseWriter, error)
	log    *slog.Logger
}

// New returns an API.
func New(cfg Config) *API {
	return &API{source: cfg.Source, refuse: problem.Logged(cfg.Log), log: cfg.Log}
}

// Register adds the API's paths to mux.
func (a *API) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/health", a.health)
	mux.HandleFunc("GET /api/health/{$}", a.health)
	mux.HandleFunc("GET /api/v1/cameras", a.cameras)
	mux.HandleFunc("POST /api/v1/cameras/{id}/retry", a.retry)
}

func (a *API) health(w http.ResponseWriter, r *http.Request) {
	a.answer(w, r, http.StatusOK, map[string]string{"status": "healthy"})
}

func (a *API) cameras(w http.ResponseWriter, r *http.Request) {
	infos := a.source.Snapshot()
	list := make([]Camera, len(infos))
	for i := range infos {
		list[i] = describe(&infos[i])
	}
	a.answer(w, r, http.StatusOK, map[string][]Camera{"cameras": list})
}

func (a *API) retry(w http.ResponseWriter, r *http.Request) {
	id, err := camera.ParseID(r.PathValue("id"))
	if err == nil {
		err = a.source.Retry(id)
	}
	if err != nil {
		a.refuse(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusAccepted)
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, status int, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		a.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := w.Write(append(encoded, '\n')); err != nil {
		a.log.LogAttrs(r.Context(), slog.LevelDebug, "answer not written", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
}
