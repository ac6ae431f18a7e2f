package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/camera"
	"camwall/internal/inventory"
	"camwall/internal/streaming"
)

// Hello is the first event.
type Hello struct {
	Version string `json:"version" doc:"The server's. Another one than before: load the page anew."`
}

// StateEvent is the newest state of a stream.
type StateEvent struct {
	Camera camera.ID `json:"camera"`
	Stream string    `json:"stream"`
	Status
}

// ChangeEvent tells that something is not as it was: read it anew.
type ChangeEvent struct {
	Kind   string `json:"kind" enum:"camera.added,camera.changed,camera.removed,device.added,device.changed,device.removed,wall.changed,wall.removed,settings.changed"`
	ID     string `json:"id" doc:"Of the camera, the device or the wall."`
	Device string `json:"device,omitempty" doc:"Of the camera."`
}

// HappenedEvent is something that a device noticed.
type HappenedEvent struct {
	Device  string    `json:"device"`
	Camera  camera.ID `json:"camera" doc:"Empty when it is of no camera."`
	Kind    string    `json:"kind" enum:"motion,digitalInput,tamper,other"`
	Topic   string    `json:"topic" doc:"As the device calls it."`
	Active  bool      `json:"active"`
	At      *moment   `json:"at"`
	Initial bool      `json:"initial" doc:"How it was when we began to listen."`
}

// documented adds types that no answer has as such.
func (a *API) documented(types ...reflect.Type) {
	for _, t := range types {
		a.huma.OpenAPI().Components.Schemas.Schema(t, true, t.Name())
	}
}

func (a *API) registerEvents() {
	a.documented(reflect.TypeFor[Hello](), reflect.TypeFor[StateEvent](), reflect.TypeFor[ChangeEvent](), reflect.TypeFor[HappenedEvent]())
	register(a, withType(eventsType, "Server-sent events.", operation("listen", http.MethodGet, "/api/v1/events", tagSystem,
		"What changes, as it happens",
		"Server-sent events. hello (Hello) comes first; state (StateEvent) when a stream's state, reason, next try or mark changes; "+
			"change (ChangeEvent) when cameras, devices, walls or settings do; happened (HappenedEvent) when a device noticed something; "+
			"resync when this client was too slow and lost some: read everything anew. A comment comes every 15 s.")),
		func(context.Context, *nothing) (*huma.StreamResponse, error) { return a.stream(a.sendChanges), nil })
}

// sendChanges listens before it says hello: what a client reads after that is as
// new as what it hears.
func (a *API) sendChanges(ctx context.Context, out *eventWriter) {
	changes := a.cfg.Inventory.Changes(ctx)
	states := a.cfg.Source.Changes(ctx)
	if out.add("hello", Hello{a.cfg.Version}) != nil {
		return
	}
	merge(out, a.cfg.Heartbeat, changes, states,
		func(c inventory.Change) error { return tellChange(out, c) },
		func(s streaming.StateChange) error {
			return out.add("state", StateEvent{s.Camera, s.Stream, status(&s.Status)})
		})
}

func tellChange(out *eventWriter, c inventory.Change) error {
	switch {
	case c.Kind == inventory.Resync:
		return out.add("resync", struct{}{})
	case c.Event != nil:
		return out.add("happened", HappenedEvent{
			Device: c.Device, Camera: c.Event.Camera, Kind: c.Event.Kind, Topic: c.Event.Topic,
			Active: c.Event.Active, At: at(c.Event.At), Initial: c.Event.Initial,
		})
	}
	return out.add("change", ChangeEvent{string(c.Kind), c.ID, c.Device})
}
