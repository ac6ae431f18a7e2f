// Package inventory is the life of devices and cameras: found, described,
// added, edited, kept fresh, removed. It holds what the store and the
// configuration know in memory, hands the cameras to package streaming, and
// asks devices by ONVIF and RTSP on behalf of people. Command line and API call
// the same methods; it answers nothing itself and knows no HTTP of ours.
package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/netpolicy"
	"camwall/internal/onvif"
	"camwall/internal/store"
	"camwall/internal/wall"
)

// player shows the cameras; streaming.Service is one.
type player interface {
	Set(cams ...camera.Camera)
	Remove(ids ...camera.ID)
}

// Config is what an Inventory needs; every field but Devices, Cameras, Walls,
// Interfaces and Ranges is required.
type Config struct {
	// Devices and Cameras are those of camwall.yaml and the command line.
	Devices []*camera.Device
	Cameras []camera.Camera

	// Walls are those of camwall.yaml. A camera of theirs that is no id of one
	// may be the number of one.
	Walls []wall.Wall

	// Interfaces and Ranges are those of camwall.yaml, for discovery.
	Interfaces []string
	Ranges     []netip.Prefix

	Store     *store.Store
	Player    player
	Admission *admission.Book
	Policy    *netpolicy.Policy
	Log       *slog.Logger
}

// Inventory holds devices, cameras, walls and settings. Its methods may be
// called from any goroutine. Values that it returns are copies; the pointers in
// them are never written to.
type Inventory struct {
	cfg    Config
	log    *slog.Logger
	client *http.Client // for descriptions of devices that were found
	feed   *feed
	search search
	rows   rows   // of what was found
	asked  memory // what devices told
	gates  gates  // of addresses that are no devices

	start func(func(context.Context)) // runs a function until Close
	stop  context.CancelFunc
	wg    sync.WaitGroup

	// edit is held by who changes what is stored, from reading to handing on:
	// one change at a time.
	edit sync.Mutex

	// mu guards the fields below.
	mu       sync.Mutex
	devices  map[string]*Device
	cameras  map[camera.ID]*Camera
	order    []camera.ID
	walls    map[string]Wall
	settings Settings
	index    *index                   // of the devices; nil: to be made anew
	links    map[string]*onvif.Client // to devices, by id
	moving   map[string]chan struct{} // devices that are looked for, by id; closed at the end
	pins     map[string][]byte        // SHA-256 of their ONVIF certificates, by id
	closed   bool
}

// New reads what is stored, adds what is provisioned, and hands the cameras to
// the player. A stored camera or wall whose id is provisioned too gives way, with
// a warning. Its owner closes it.
func New(ctx context.Context, cfg Config) (*Inventory, error) {
	running, stop := context.WithCancel(context.Background())
	v := &Inventory{
		cfg: cfg, log: cfg.Log, client: cfg.Policy.Client(false), feed: newFeed(), stop: stop,
		devices: make(map[string]*Device), cameras: make(map[camera.ID]*Camera), links: make(map[string]*onvif.Client), pins: make(map[string][]byte),
		moving: make(map[string]chan struct{}), gates: gates{close: cfg.Admission.Forget},
	}
	v.start = func(f func(context.Context)) {
		v.mu.Lock()
		defer v.mu.Unlock()
		if !v.closed {
			v.wg.Go(func() { f(running) })
		}
	}
	if err := v.load(ctx); err != nil {
		stop()
		return nil, err
	}
	v.cfg.Player.Set(v.forPlayer(v.order...)...)
	return v, nil
}

// Run asks devices for what is not known of their cameras, follows their events
// while somebody listens, and looks for those that moved, until Close.
func (v *Inventory) Run() {
	v.start(v.locateAll)
	v.start(v.followEvents)
	if v.anyEndpoint() {
		v.start(func(context.Context) { v.finder() })
	}
}

// Close ends all that runs and waits for it.
func (v *Inventory) Close() {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	v.stop()
	v.search.close()
	v.wg.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, client := range v.links {
		client.Close()
	}
	v.asked.clear()
}

// load fills the maps.
func (v *Inventory) load(ctx context.Context) error {
	contents, err := v.cfg.Store.Load(ctx)
	if err != nil {
		return err
	}
	if contents.Notice != nil {
		v.log.Warn("about the last run", "notice", contents.Notice.Message, "hint", contents.Notice.Hint)
	}
	pins, err := v.cfg.Store.Pins(ctx)
	if err != nil {
		return err
	}
	for _, p := range pins {
		if p.Service == store.ServiceONVIF {
			v.pins[p.Device] = p.SHA256
		}
	}
	for _, d := range v.cfg.Devices {
		v.devices[d.ID] = &Device{Device: *d}
	}
	other := make(map[string]bool) // stored devices that are not those of their id in camwall.yaml
	for _, d := range contents.Devices {
		if named := v.devices[d.ID]; named == nil {
			v.devices[d.ID] = &Device{Device: d.Device, Revision: d.Revision}
		} else if hostPart(named.Address) != hostPart(d.Address) {
			other[d.ID] = true
			v.log.Warn("a stored device gives way to another of that name in camwall.yaml, with its cameras", "device", d.ID)
		}
	}
	for _, c := range v.cfg.Cameras {
		v.place(Camera{Camera: c})
	}
	for _, c := range contents.Cameras {
		if v.cameras[c.ID] != nil {
			v.log.Warn("a stored camera gives way to one of camwall.yaml", "camera", string(c.ID))
			continue
		}
		if other[c.Device.ID] {
			continue // it would sign in at its own address with the other's password
		}
		v.place(Camera{Camera: c.Camera, Revision: c.Revision})
	}
	if err := v.loadWalls(ctx); err != nil {
		return err
	}
	return v.loadSettings(ctx)
}

// place puts a camera into the maps and lets it share the one Device of its
// device's id. Its caller holds mu, or is alone.
func (v *Inventory) place(c Camera) {
	d := v.devices[c.Device.ID]
	if d == nil {
		d = &Device{Device: *c.Device}
		v.devices[d.ID], v.index = d, nil
	}
	if !slices.Contains(d.Cameras, c.ID) {
		d.Cameras = append(slices.Clone(d.Cameras), c.ID)
	}
	shared := d.Device
	c.Device = &shared
	if v.cameras[c.ID] == nil {
		v.order = append(v.order, c.ID)
	}
	v.cameras[c.ID] = &c
}

// displace takes a camera out of the maps.
func (v *Inventory) displace(id camera.ID) {
	c := v.cameras[id]
	if c == nil {
		return
	}
	delete(v.cameras, id)
	v.order = slices.DeleteFunc(slices.Clone(v.order), func(o camera.ID) bool { return o == id })
	if d := v.devices[c.Device.ID]; d != nil {
		d.Cameras = slices.DeleteFunc(slices.Clone(d.Cameras), func(o camera.ID) bool { return o == id })
	}
}

// forPlayer returns cameras as the player takes them. Its caller holds mu, or is
// alone.
func (v *Inventory) forPlayer(ids ...camera.ID) []camera.Camera {
	cams := make([]camera.Camera, 0, len(ids))
	for _, id := range ids {
		if c := v.cameras[id]; c != nil {
			d := v.devices[c.Device.ID].Device
			cam := c.Camera
			cam.Device = &d
			cams = append(cams, cam)
		}
	}
	return cams
}

// Devices returns all devices, sorted by id.
func (v *Inventory) Devices() []Device {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make([]Device, 0, len(v.devices))
	for _, d := range v.devices {
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b Device) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Device returns a device; fault.NotFound when there is none of that id.
func (v *Inventory) Device(id string) (Device, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if d := v.devices[strings.ToLower(id)]; d != nil {
		return *d, nil
	}
	return Device{}, fault.Errorf(fault.NotFound, "there is no device %.80q", id)
}

// Cameras returns all cameras: those with a number by number, then the others as
// they were added.
func (v *Inventory) Cameras() []Camera {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make([]Camera, 0, len(v.order))
	for _, id := range v.order {
		all = append(all, *v.cameras[id])
	}
	const last = 1 << 30
	slices.SortStableFunc(all, func(a, b Camera) int {
		return cmp.Compare(cmp.Or(a.Number, last), cmp.Or(b.Number, last))
	})
	return all
}

// Camera returns a camera; fault.NotFound when there is none of that id.
func (v *Inventory) Camera(id string) (Camera, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cameras[camera.ID(strings.ToLower(id))]; c != nil {
		return *c, nil
	}
	return Camera{}, fault.Errorf(fault.NotFound, "there is no camera %.80q", id)
}

// Changes returns what changes from now on, until ctx ends; then the channel is
// closed. A listener that is too slow gets one change of kind Resync for those
// that it lost.
func (v *Inventory) Changes(ctx context.Context) <-chan Change { return v.feed.listen(ctx) }

// notEditable is the answer to a change of what camwall.yaml names.
func notEditable(what string) error {
	return fault.Errorf(fault.NotEditable, "%s comes from camwall.yaml or the command line", what).
		WithHint("change it there, then start Camwall again")
}

// expected refuses a change that was meant for an older revision.
func expected(what string, expect, revision int64) error {
	if expect != 0 && expect != revision {
		return fault.Errorf(fault.Conflict, "%s was changed by somebody else", what).
			WithHint("read it again, then change it")
	}
	return nil
}

// asFault returns err as a fault, for what shows it as somebody's problem.
func asFault(err error) *fault.Error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &fault.Error{Code: fault.DialTimeout, Message: "no answer in time", Err: err}
	}
	return &fault.Error{Code: fault.Internal, Message: "internal error", Err: fmt.Errorf("ask device: %w", err)}
}

// askTime bounds what a person waits for a device.
const askTime = 30 * time.Second
