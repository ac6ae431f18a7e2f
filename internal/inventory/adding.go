package inventory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/onvif"
	"camwall/internal/store"
)

// AddDevice describes a device and adds it with its chosen video sources as
// cameras, in one step: numbered, named, each with main and sub. Of a device
// that is there already the sources that are no cameras yet are added. Nothing
// is added when the device can't be described.
func (v *Inventory) AddDevice(ctx context.Context, want NewDevice) (Device, []Camera, error) {
	a, err := v.resolve(Target{Address: want.Address, SignIn: want.SignIn, TLS: want.TLS})
	if err != nil {
		return Device{}, nil, err
	}
	told, err := v.ask(ctx, a, rememberFor)
	if err != nil {
		return Device{}, nil, err
	}
	v.edit.Lock()
	defer v.edit.Unlock()
	a = v.again(a, told.device)
	chosen, err := v.chosen(a, told, want.Sources)
	if err != nil {
		return Device{}, nil, err
	}
	d, err := v.deviceToAdd(a, told.device, want)
	if err != nil {
		return Device{}, nil, err
	}
	var cams []camera.Camera
	ids := v.newIDs()
	several := len(channelsOf(told.device)) > 1
	for _, ch := range chosen {
		name := cmp.Or(label(ch.name), fmt.Sprintf("%s %d", label(d.Title()), ch.number))
		base := cmp.Or(idOf(want.Prefix), idOf(d.Name), idOf(d.Model), d.ID)
		if several {
			base = numbered(base, ch.number)
		} else {
			name = cmp.Or(label(want.Name), label(d.Title()))
		}
		cam := v.cameraOf(ids.take(base), name, &d, ch.source, ch.main, ch.sub)
		cam.Credentials = ownSignIn(&d, a)
		cams = append(cams, cam)
	}
	added, err := v.saveFrom(ctx, a, &d, cams)
	if err != nil {
		return Device{}, nil, err
	}
	v.keepPin(ctx, d.ID, told.client.Pin())
	v.noteTold(v.askingOf(&d), told.device)
	stored, err := v.Device(d.ID)
	return stored, added, err
}

// chosen returns the channels to take: those of sources, or every one with a
// stream that is no camera yet.
func (v *Inventory) chosen(a asking, t *told, sources []string) ([]channel, error) {
	channels := channelsOf(t.device)
	described := v.describe(a, t).Channels
	var chosen []channel
	for i, ch := range channels {
		wanted := len(sources) == 0 && ch.main.Token != ""
		if slices.Contains(sources, ch.source) {
			wanted = true
			if ch.main.Token == "" {
				return nil, fault.Errorf(fault.NoVideo, "channel %d (%s) has no stream that can be shown", ch.number, ch.source)
			}
		}
		if wanted && described[i].Camera == "" {
			chosen = append(chosen, ch)
		}
	}
	for _, s := range sources {
		if !slices.ContainsFunc(channels, func(c channel) bool { return c.source == s }) {
			return nil, fault.Errorf(fault.NotFound, "the device has no video source %.80q", s)
		}
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	if slices.ContainsFunc(described, func(c Channel) bool { return c.Camera != "" }) {
		return nil, fault.New(fault.BadRequest, "every chosen channel of this device is a camera already", "")
	}
	problem := fault.New(fault.NoVideo, "the device offers no stream that can be shown", "look at its profiles: camwall onvif, or Describe on the page")
	for _, p := range t.device.Problems {
		problem = p // the reason, where one is known
		break
	}
	return nil, problem
}

func (v *Inventory) cameraOf(id camera.ID, name string, d *camera.Device, source string, main, sub onvif.Profile) camera.Camera {
	return camera.Camera{
		ID: id, Name: name, Device: d, Source: source, Streams: streamsOf(main, sub),
		PTZ: main.PTZ || sub.PTZ, UnchangedAfter: config.DefaultUnchangedAfter,
	}
}

// ids hands out ids that no camera has.
type ids struct{ taken map[camera.ID]bool }

func (v *Inventory) newIDs() ids {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := ids{taken: make(map[camera.ID]bool, len(v.cameras))}
	for id := range v.cameras {
		i.taken[id] = true
	}
	return i
}

func (i ids) take(base string) camera.ID {
	id := camera.ID(unused(cmp.Or(idOf(base), "camera"), func(id string) bool { return i.taken[camera.ID(id)] }))
	i.taken[id] = true
	return id
}

// unused returns base, or base with the first number behind it that is free.
func unused(base string, taken func(string) bool) string {
	id := base
	for n := 2; taken(id); n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return id
}

// save stores a device (nil: none) and cameras in one transaction, gives numbers
// to new ones without, and hands all on. Its caller holds edit.
func (v *Inventory) save(ctx context.Context, d *camera.Device, cams []camera.Camera) ([]Camera, error) {
	var revision int64
	saved := make([]Camera, len(cams))
	taken := v.provisionedNumbers()
	known := v.newIDs().taken
	err := v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if d != nil {
			if revision, err = tx.PutDevice(row(*d), 0); err != nil {
				return err
			}
		}
		for i, c := range cams {
			if c.Number == 0 && !known[c.ID] { // one that is there has none because somebody took it
				if c.Number, err = tx.NextNumber(taken...); err != nil {
					return err
				}
			}
			saved[i].Camera = c
			if saved[i].Revision, err = tx.PutCamera(c, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.take(d, revision, saved)
	return saved, nil
}

// row is what is stored of a device. One of camwall.yaml is stored as the place
// that its added cameras refer to, without its sign-in.
func row(d camera.Device) camera.Device {
	if d.Provisioned {
		d.Provisioned, d.Credentials = false, camera.Credentials{}
	}
	return d
}

// provisionedNumbers are those that camwall.yaml gives: the store does not know
// them.
func (v *Inventory) provisionedNumbers() []int {
	v.mu.Lock()
	defer v.mu.Unlock()
	var numbers []int
	for _, c := range v.cameras {
		if c.Provisioned && c.Number != 0 {
			numbers = append(numbers, c.Number)
		}
	}
	return numbers
}

func (v *Inventory) numberTaken(n int, except camera.ID) bool {
	if n == 0 {
		return false // that is none
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, c := range v.cameras {
		if c.Number == n && id != except {
			return true
		}
	}
	return false
}

// take brings what was stored into memory and tells everybody. d may be nil.
func (v *Inventory) take(d *camera.Device, revision int64, cams []Camera) {
	var changes []Change
	v.mu.Lock()
	walls := v.shown()
	touched := make(map[camera.ID]bool)
	if d != nil {
		kind := DeviceAdded
		next := Device{Device: *d, Revision: revision}
		if old := v.devices[d.ID]; old != nil {
			kind = DeviceChanged
			next.Cameras, next.ClockOffset, next.Events, next.Problem = old.Cameras, old.ClockOffset, old.Events, old.Problem
			if old.Provisioned {
				next.Device, next.Revision = old.Device, 0
			}
		}
		v.devices[d.ID], v.index = &next, nil
		for _, id := range next.Cameras {
			touched[id] = true
			c := *v.cameras[id]
			shared := next.Device
			c.Device = &shared
			v.cameras[id] = &c
		}
		changes = append(changes, Change{Kind: kind, ID: d.ID})
	}
	for _, c := range cams {
		kind := CameraAdded
		if v.cameras[c.ID] != nil {
			kind = CameraChanged
			if old := v.cameras[c.ID]; old.Device.ID != c.Device.ID {
				v.displace(c.ID)
			}
		}
		v.place(c)
		touched[c.ID] = true
		changes = append(changes, Change{Kind: kind, ID: string(c.ID), Device: c.Device.ID})
	}
	changes = append(changes, v.wallsSince(walls)...)
	play := v.forPlayer(slices.Sorted(maps.Keys(touched))...)
	v.mu.Unlock()
	v.cfg.Player.Set(play...)
	v.feed.tell(changes...)
}

// AddCamera adds one camera: by the addresses of its streams, or by ONVIF.
func (v *Inventory) AddCamera(ctx context.Context, want NewCamera) (Camera, error) {
	switch {
	case want.URL != "" && len(want.Streams) > 0, (want.URL != "" || len(want.Streams) > 0) && want.Address != "":
		return Camera{}, fault.New(fault.BadRequest, "give one of url, streams and address", "")
	case want.Address != "":
		return v.addByProfile(ctx, want)
	case want.URL != "":
		want.Streams = map[string]string{"main": want.URL}
	case len(want.Streams) == 0:
		return Camera{}, fault.New(fault.BadRequest, "an address is missing", "give url, streams, or the address of an ONVIF device")
	}
	pasted, err := v.parse(want.Streams)
	if err != nil {
		return Camera{}, err
	}
	if want.SignIn != nil {
		pasted.cred = camera.Credentials(*want.SignIn)
	}
	v.edit.Lock()
	defer v.edit.Unlock()
	d, isNew := v.deviceFor(pasted.address, pasted.cred)
	cam := camera.Camera{Device: &d, Streams: pasted.streams}
	if !isNew && pasted.cred != d.Credentials {
		cam.Credentials = pasted.cred
	}
	if err := v.mayLend(&d, &cam); err != nil {
		return Camera{}, err
	}
	if cam, err = v.complete(cam, want, hostOf(pasted.streams[0].URL)); err != nil {
		return Camera{}, err
	}
	a := asking{id: d.ID, gate: d.ID}
	if isNew {
		a.gate = v.gates.rtsp(pasted.address)
	}
	saved, err := v.saveFrom(ctx, a, &d, []camera.Camera{cam})
	if err != nil {
		return Camera{}, err
	}
	return saved[0], nil
}

// complete fills in what a NewCamera says, and checks it.
func (v *Inventory) complete(cam camera.Camera, want NewCamera, fallback string) (camera.Camera, error) {
	id, err := v.idFor(want, fallback)
	if err != nil {
		return cam, err
	}
	if v.numberTaken(want.Number, "") {
		return cam, fault.Errorf(fault.BadRequest, "another camera has number %d", want.Number)
	}
	cam.ID, cam.Number, cam.Text = id, want.Number, strings.TrimSpace(want.Text)
	cam.Name = cmp.Or(label(want.Name), label(cam.Name), string(id))
	cam.Transport, cam.TLS, cam.Rotation, cam.Disabled = want.Transport, want.TLS, want.Rotation, want.Disabled
	cam.UnchangedAfter = config.DefaultUnchangedAfter
	if want.UnchangedAfter != nil {
		cam.UnchangedAfter = *want.UnchangedAfter
	}
	return cam, nil
}

// idFor returns the id that was asked for, which must be free, or one made of
// the name or of fallback.
func (v *Inventory) idFor(want NewCamera, fallback string) (camera.ID, error) {
	if want.ID == "" {
		return v.newIDs().take(cmp.Or(idOf(want.Name), idOf(fallback))), nil
	}
	id, err := camera.ParseID(want.ID)
	if err != nil {
		return "", err
	}
	if _, err := v.Camera(string(id)); err == nil {
		return "", fault.Errorf(fault.BadRequest, "there is a camera %s already", id).WithHint("choose another id")
	}
	return id, nil
}

// addByProfile adds one camera of an ONVIF device.
func (v *Inventory) addByProfile(ctx context.Context, want NewCamera) (Camera, error) {
	var in SignIn
	if want.SignIn != nil {
		in = *want.SignIn
	}
	a, err := v.resolve(Target{Address: want.Address, SignIn: in, TLS: want.TLS})
	if err != nil {
		return Camera{}, err
	}
	told, err := v.ask(ctx, a, rememberFor)
	if err != nil {
		return Camera{}, err
	}
	ch, err := pick(told.device, want.Profile)
	if err != nil {
		return Camera{}, err
	}
	v.edit.Lock()
	defer v.edit.Unlock()
	a = v.again(a, told.device)
	d, err := v.deviceToAdd(a, told.device, NewDevice{TLS: want.TLS})
	if err != nil {
		return Camera{}, err
	}
	cam := v.cameraOf("", cmp.Or(label(ch.name), d.Title()), &d, ch.source, ch.main, ch.sub)
	cam.Credentials = ownSignIn(&d, a)
	if cam, err = v.complete(cam, want, cmp.Or(idOf(d.Model), d.ID)); err != nil {
		return Camera{}, err
	}
	saved, err := v.saveFrom(ctx, a, &d, []camera.Camera{cam})
	if err != nil {
		return Camera{}, err
	}
	v.keepPin(ctx, d.ID, told.client.Pin())
	v.noteTold(v.askingOf(&d), told.device)
	return saved[0], nil
}

// pick returns the channel of a profile, which becomes main; without a profile
// the one channel that the device has.
func pick(d *onvif.Device, profile string) (channel, error) {
	channels := channelsOf(d)
	if profile == "" {
		channels = slices.DeleteFunc(channels, func(c channel) bool { return c.main.Token == "" })
		switch len(channels) {
		case 0:
			return channel{}, fault.New(fault.NoVideo, "the device offers no stream that can be shown", "")
		case 1:
			return channels[0], nil
		}
		return channel{}, fault.Errorf(fault.BadRequest, "the device has %d channels", len(channels)).
			WithHint("name a profile, or add the device with the channels that you choose")
	}
	var names []string
	for _, ch := range channels {
		for _, p := range ch.profiles {
			if p.Name == profile || p.Token == profile {
				if ch.main = p; ch.sub.Token == p.Token || pixels(ch.sub) >= pixels(p) {
					ch.sub = onvif.Profile{}
				}
				return ch, nil
			}
			names = append(names, p.Name)
		}
	}
	return channel{}, noProfile(profile, names)
}

func noProfile(wanted string, names []string) error {
	return fault.Errorf(fault.StreamNotFound, "the device has no profile %.80q", wanted).
		WithHint("it has " + cmp.Or(strings.Join(names, ", "), "none that can be shown"))
}
