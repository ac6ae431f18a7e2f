package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/streaming"
)

// ListPage bounds a list.
type ListPage struct {
	After string `query:"after" maxLength:"63" pattern:"^[A-Za-z0-9][A-Za-z0-9_-]*$" patternDescription:"an id" doc:"The next of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"5000" default:"1000" doc:"How many at most."`
}

// Next is how a list goes on.
type Next struct {
	Next *string `json:"next" doc:"The after of the next page; null at the end."`
}

// page returns the part of n things that is asked for. index finds the place of
// an id, or -1.
func (p ListPage) page(n int, index func(id string) int, id func(i int) string) (from, to int, next Next, err error) {
	if p.After != "" {
		if from = index(strings.ToLower(p.After)) + 1; from == 0 {
			return 0, 0, Next{}, fault.Errorf(fault.BadRequest, "there is no %q any more to go on after", p.After).
				WithHint("read the list from its beginning")
		}
	}
	if to = min(n, from+p.Limit); to < n {
		last := id(to - 1)
		next.Next = &last
	}
	return from, to, next, nil
}

// CameraPath names a camera.
type CameraPath struct {
	ID string `path:"id" maxLength:"63" pattern:"^[A-Za-z0-9][A-Za-z0-9_-]*$" patternDescription:"an id: letters, digits, _ and -" doc:"The camera's id, without case."`
}

func (p CameraPath) id() string { return strings.ToLower(p.ID) }

// CameraList is a page of cameras.
type CameraList struct {
	Cameras []Camera `json:"cameras" nullable:"false"`
	Next
}

type camerasIn struct {
	ListPage
	Query string `query:"q" maxLength:"200" doc:"Those whose id, number, name, text or device has this text, without case."`
}

type camerasOut struct{ Body CameraList }

type cameraOut struct {
	ETag
	Body Camera
}

type newCameraOut struct {
	ETag
	Location string `header:"Location" doc:"Where the camera is."`
	Body     Camera
}

type nothing struct{}

func (a *API) registerCameras() {
	register(a, operation("list-cameras", http.MethodGet, "/api/v1/cameras", tagCameras,
		"Cameras and their states", "In the order of their numbers. A camera's own state is that of its stream that does most."), a.listCameras)
	register(a, answering(http.StatusCreated, operation("add-camera", http.MethodPost, "/api/v1/cameras", tagCameras,
		"Add a camera", "By url, streams or address: exactly one of them. A sign-in in an address is split off, whatever characters it has.")), a.addCamera)
	register(a, operation("get-camera", http.MethodGet, "/api/v1/cameras/{id}", tagCameras,
		"One camera", ""), a.getCamera)
	register(a, operation("edit-camera", http.MethodPatch, "/api/v1/cameras/{id}", tagCameras,
		"Change a camera", "What is missing stays as it is. Cameras of camwall.yaml and the command line are refused with 409."), a.editCamera)
	register(a, operation("remove-camera", http.MethodDelete, "/api/v1/cameras/{id}", tagCameras,
		"Remove a camera", ""), a.removeCamera)
}

func (a *API) listCameras(_ context.Context, in *camerasIn) (*camerasOut, error) {
	all := a.cfg.Inventory.Cameras()
	if in.Query != "" {
		query := strings.ToLower(in.Query)
		all = slices.DeleteFunc(slices.Clone(all), func(c inventory.Camera) bool { return !matches(&c, query) })
	}
	index := func(id string) int {
		return slices.IndexFunc(all, func(c inventory.Camera) bool { return string(c.ID) == id })
	}
	from, to, next, err := in.page(len(all), index, func(i int) string { return string(all[i].ID) })
	if err != nil {
		return nil, err
	}
	return &camerasOut{CameraList{a.told(all[from:to]), next}}, nil
}

// matches reports whether a camera is looked for by a text in lower case.
func matches(c *inventory.Camera, query string) bool {
	for _, text := range []string{string(c.ID), c.Name, c.Text, c.Device.ID, c.Device.Name} {
		if strings.Contains(strings.ToLower(text), query) {
			return true
		}
	}
	return c.Number != 0 && strconv.Itoa(c.Number) == query
}

// told joins cameras with what their streams do.
func (a *API) told(cameras []inventory.Camera) []Camera {
	infos := a.cfg.Source.Snapshot()
	known := make(map[camera.ID]*streaming.CameraInfo, len(infos))
	for i := range infos {
		known[infos[i].Camera.ID] = &infos[i]
	}
	list := make([]Camera, len(cameras))
	for i := range cameras {
		list[i] = describe(&cameras[i], known[cameras[i].ID])
	}
	return list
}

func (a *API) toldOne(c inventory.Camera) *cameraOut {
	info, err := a.cfg.Source.Info(c.ID)
	if err != nil { // it is not known there yet
		return &cameraOut{tagOf(c.Revision), describe(&c, nil)}
	}
	return &cameraOut{tagOf(c.Revision), describe(&c, &info)}
}

func (a *API) addCamera(ctx context.Context, in *struct{ Body NewCamera }) (*newCameraOut, error) {
	wish, err := in.Body.wish()
	if err != nil {
		return nil, err
	}
	c, err := a.cfg.Inventory.AddCamera(ctx, wish)
	if err != nil {
		return nil, err
	}
	told := a.toldOne(c)
	return &newCameraOut{told.ETag, "/api/v1/cameras/" + string(c.ID), told.Body}, nil
}

func (a *API) getCamera(_ context.Context, in *struct{ CameraPath }) (*cameraOut, error) {
	c, err := a.cfg.Inventory.Camera(in.id())
	if err != nil {
		return nil, err
	}
	return a.toldOne(c), nil
}

func (a *API) editCamera(ctx context.Context, in *struct {
	CameraPath
	IfMatch
	Body CameraChange
},
) (*cameraOut, error) {
	now, err := a.cfg.Inventory.Camera(in.id())
	if err != nil {
		return nil, err
	}
	expect, err := in.expected(func() (int64, error) { return now.Revision, nil })
	if err != nil {
		return nil, err
	}
	edit, err := in.Body.edit(now.SignIn())
	if err != nil {
		return nil, err
	}
	c, err := a.cfg.Inventory.EditCamera(ctx, in.id(), expect, edit)
	if err != nil {
		return nil, err
	}
	return a.toldOne(c), nil
}

func (a *API) removeCamera(ctx context.Context, in *struct {
	CameraPath
	IfMatch
},
) (*nothing, error) {
	expect, err := in.expected(func() (int64, error) {
		c, err := a.cfg.Inventory.Camera(in.id())
		return c.Revision, err
	})
	if err != nil {
		return nil, err
	}
	return nil, a.cfg.Inventory.RemoveCamera(ctx, in.id(), expect)
}
