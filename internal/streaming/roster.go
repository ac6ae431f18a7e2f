package streaming

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// roster has all cameras. They may change at any time.
type roster struct {
	// changing is held by who changes cameras: one at a time.
	changing sync.Mutex

	// mu guards the fields below. It is the outermost lock but changing.
	mu     sync.RWMutex
	byID   map[camera.ID]*entry
	added  int
	sorted []*entry // by number, then as added; nil when it has to be sorted anew
}

// entry is one camera for as long as it is there.
type entry struct {
	id    camera.ID
	place int // among those that were added
	view  atomic.Pointer[view]
}

// view is a camera as it is now. It is immutable.
type view struct {
	cam     *camera.Camera
	streams []*stream     // in the camera's order; none once it was removed
	changed chan struct{} // closed when streams are no longer these
}

// find returns a camera by its id, in any case, or nil.
func (r *roster) find(id camera.ID) *entry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byID[camera.ID(strings.ToLower(string(id)))]
}

// all returns every camera: by number, those without one last, then as added.
// The slice is not to be changed.
func (r *roster) all() []*entry {
	r.mu.RLock()
	sorted := r.sorted
	r.mu.RUnlock()
	if sorted != nil {
		return sorted
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	sorted = make([]*entry, 0, len(r.byID))
	for _, e := range r.byID {
		sorted = append(sorted, e)
	}
	number := func(e *entry) int {
		if n := e.view.Load().cam.Number; n != 0 {
			return n
		}
		return math.MaxInt
	}
	slices.SortFunc(sorted, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a.place, b.place))
	})
	r.sorted = sorted
	return sorted
}

// put makes v what is known of a camera, which may be new.
func (r *roster) put(id camera.ID, v *view) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byID[id]
	if e == nil {
		r.added++
		e = &entry{id: id, place: r.added}
		r.byID[id] = e
	}
	e.view.Store(v)
	r.sorted = nil
}

// take removes a camera and returns it, or nil.
func (r *roster) take(id camera.ID) *entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	id = camera.ID(strings.ToLower(string(id)))
	e := r.byID[id]
	delete(r.byID, id)
	r.sorted = nil
	return e
}

// Set adds cameras, or replaces those of the same id. What is only told to
// people changes at once and disturbs nothing. Where a stream comes from another
// address, or with another sign-in or transport, its session ends and a new one
// begins at once, and who watches goes on with that. A camera that is switched
// off ends its sessions and shows that. The cameras are copied, with their
// devices.
func (s *Service) Set(cams ...camera.Camera) {
	s.roster.changing.Lock()
	defer s.roster.changing.Unlock()
	for i := range cams {
		s.set(clone(&cams[i]))
	}
}

// clone returns a copy that nobody else changes.
func clone(c *camera.Camera) *camera.Camera {
	own, device := *c, *c.Device
	own.ID = camera.ID(strings.ToLower(string(own.ID)))
	own.Device, own.Streams = &device, slices.Clone(c.Streams)
	return &own
}

func (s *Service) set(cam *camera.Camera) {
	device := s.cfg.Admission.Device(cmp.Or(cam.Device.ID, cam.Device.Address))
	device.SetMaxConnections(cam.Device.MaxConnections)
	next := &view{cam: cam, changed: make(chan struct{})}
	old := &view{}
	if e := s.roster.find(cam.ID); e != nil {
		old = e.view.Load()
	}
	left := slices.Clone(old.streams)
	for i := range cam.Streams {
		c := &conf{cam: cam, def: &cam.Streams[i], device: device}
		at := slices.IndexFunc(left, func(st *stream) bool { return st.name == c.def.Name })
		if at < 0 {
			next.streams = append(next.streams, newStream(s, c))
			continue
		}
		left[at].become(c)
		next.streams = append(next.streams, left[at])
		left = slices.Delete(left, at, at+1)
	}
	if slices.Equal(old.streams, next.streams) {
		next.changed = old.changed // for those who watch, all is as it was
	}
	s.roster.put(cam.ID, next)
	if old.changed != nil && old.changed != next.changed {
		close(old.changed)
	}
	for _, st := range left {
		st.remove()
	}
}

// Remove ends cameras: their viewers are told fault.NotFound. Those that are
// unknown are passed over.
func (s *Service) Remove(ids ...camera.ID) {
	s.roster.changing.Lock()
	defer s.roster.changing.Unlock()
	for _, id := range ids {
		e := s.roster.take(id)
		if e == nil {
			continue
		}
		old := e.view.Load()
		e.view.Store(&view{cam: old.cam, changed: make(chan struct{})})
		close(old.changed)
		for _, st := range old.streams {
			st.remove()
		}
	}
}

// Cameras returns every camera: by number, then as added. They are not to be
// changed.
func (s *Service) Cameras() []*camera.Camera {
	all := s.roster.all()
	cams := make([]*camera.Camera, len(all))
	for i, e := range all {
		cams[i] = e.view.Load().cam
	}
	return cams
}

// look returns a camera as it is now.
func (s *Service) look(id camera.ID) (*entry, error) {
	e := s.roster.find(id)
	if e == nil {
		return nil, fault.Errorf(fault.NotFound, "there is no camera %q", string(id))
	}
	return e, nil
}

// Retry tries a camera's streams now, whatever rests: a person asks.
func (s *Service) Retry(id camera.ID) error {
	e, err := s.look(id)
	if err != nil {
		return err
	}
	for _, st := range e.view.Load().streams {
		st.retryNow()
	}
	return nil
}

// Restart ends a camera's sessions and connects anew where somebody watches. A
// sign-in that was refused rests on: connecting anew makes no password right.
func (s *Service) Restart(id camera.ID) error {
	e, err := s.look(id)
	if err != nil {
		return err
	}
	for _, st := range e.view.Load().streams {
		st.restart()
	}
	return nil
}

// RestartAll is Restart of every camera.
func (s *Service) RestartAll() {
	for _, e := range s.roster.all() {
		for _, st := range e.view.Load().streams {
			st.restart()
		}
	}
}
