package api

import (
	"context"
	"net/http"

	"camwall/internal/camera"
)

type streamsOut struct {
	Body StreamList
}

// StreamList is the streams of a camera.
type StreamList struct {
	Streams []Stream `json:"streams" nullable:"false"`
}

func (a *API) registerCameraLife() {
	register(a, operation("list-streams", http.MethodGet, "/api/v1/cameras/{id}/streams", tagCameras,
		"A camera's streams", ""), a.listStreams)
	register(a, answering(http.StatusAccepted, operation("retry-camera", http.MethodPost, "/api/v1/cameras/{id}/retry", tagCameras,
		"Connect now", "Whatever back-off the camera is in, also after a refused password.")), a.retry)
	register(a, answering(http.StatusAccepted, operation("restart-camera", http.MethodPost, "/api/v1/cameras/{id}/restart", tagCameras,
		"Connect anew", "Ends the camera's sessions, and begins new ones where somebody watches.")), a.restart)
	register(a, answering(http.StatusAccepted, operation("restart-cameras", http.MethodPost, "/api/v1/cameras/restart", tagCameras,
		"Connect all cameras anew", "")), a.restartAll)
}

func (a *API) listStreams(ctx context.Context, in *struct{ CameraPath }) (*streamsOut, error) {
	c, err := a.getCamera(ctx, in)
	if err != nil {
		return nil, err
	}
	return &streamsOut{StreamList{c.Body.Streams}}, nil
}

func (a *API) retry(_ context.Context, in *struct{ CameraPath }) (*nothing, error) {
	return nil, a.cfg.Source.Retry(camera.ID(in.id()))
}

func (a *API) restart(_ context.Context, in *struct{ CameraPath }) (*nothing, error) {
	return nil, a.cfg.Source.Restart(camera.ID(in.id()))
}

func (a *API) restartAll(context.Context, *nothing) (*nothing, error) {
	a.cfg.Source.RestartAll()
	return nil, nil //nolint:nilnil // there is nothing to tell
}
