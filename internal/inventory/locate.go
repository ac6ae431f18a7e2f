package inventory

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// Locate returns the address of a stream for its next connection: it is asked
// before the first one of a stream that is known by its profile only, and after
// last, when that says that the stream, or the device, is not where it was. A
// device that moved is found again by its endpoint reference or its hardware
// address. The streaming service calls it.
func (v *Inventory) Locate(ctx context.Context, cam camera.Camera, stream string, last fault.Code) (string, error) {
	known := ""
	if s := cam.Stream(stream); s != nil {
		known = s.URL
	}
	if cam.Device.ONVIF == "" {
		return known, nil
	}
	within := rememberFor
	if last == fault.StreamNotFound {
		within = lately
	}
	if away(last) {
		within = lately
		if found, err := v.followMove(ctx, cam.Device.ID); err != nil || !found && known != "" {
			return known, err
		}
	}
	next, err := v.refresh(ctx, cam.Device.ID, within)
	if err != nil {
		if known != "" {
			return known, nil // it may be the ONVIF service alone that is away
		}
		return "", err
	}
	for _, c := range next {
		if c.ID != cam.ID {
			continue
		}
		if s := c.Stream(stream); s != nil && s.URL != "" {
			return s.URL, nil
		}
	}
	return known, v.whyNot(cam, stream)
}

func away(last fault.Code) bool {
	return last == fault.DialTimeout || last == fault.ConnRefused || last == fault.NoSuchHost
}

// whyNot explains why a stream has no address after its device was asked.
func (v *Inventory) whyNot(cam camera.Camera, stream string) error {
	s := cam.Stream(stream)
	d, err := v.Device(cam.Device.ID)
	if err != nil || s == nil {
		return fault.Errorf(fault.StreamNotFound, "camera %s has no stream %s", cam.ID, stream)
	}
	a := v.askingOf(&d.Device)
	told := v.asked.get(a, rememberFor)
	if s.URL != "" || told == nil {
		return nil
	}
	var names []string
	for _, ch := range channelsOf(told.device) {
		for _, p := range ch.profiles {
			names = append(names, p.Name)
		}
	}
	if s.ProfileName != "" {
		return noProfile(s.ProfileName, names)
	}
	return fault.New(fault.NoVideo, "the device offers no stream that can be shown", "camwall onvif shows what it offers")
}

// Refresh asks a device anew and takes over what changed: its model, its
// profiles and their addresses.
func (v *Inventory) Refresh(ctx context.Context, id string) (Device, error) {
	d, err := v.Device(id)
	if err != nil {
		return Device{}, err
	}
	if d.ONVIF == "" {
		return Device{}, fault.Errorf(fault.BadRequest, "device %s has no ONVIF address", d.ID).
			WithHint("edit the device and give the address of its ONVIF service")
	}
	if _, err := v.refresh(ctx, d.ID, 0); err != nil {
		return Device{}, err
	}
	return v.Device(d.ID)
}

// refresh takes over what a device tells, which it was asked within a time or is
// asked now, and returns its cameras.
func (v *Inventory) refresh(ctx context.Context, id string, within time.Duration) ([]camera.Camera, error) {
	for range 3 {
		d, err := v.Device(id)
		if err != nil {
			return nil, err
		}
		a := v.askingOf(&d.Device)
		told, err := v.ask(ctx, a, within)
		if err != nil {
			v.noteProblem(a, err)
			return nil, err
		}
		if all, err := v.takeOver(ctx, a, told); !errors.Is(err, errEdited) {
			return all, err
		}
	}
	return nil, fault.Errorf(fault.Conflict, "device %s is being changed by somebody else", id).WithHint("try again")
}

// errEdited tells that a device was edited while it was asked: what was told is
// of another address, or for another sign-in.
var errEdited = errors.New("device was edited meanwhile")

// takeOver stores what a device told.
func (v *Inventory) takeOver(ctx context.Context, a asking, told *told) ([]camera.Camera, error) {
	v.edit.Lock()
	defer v.edit.Unlock()
	d, err := v.Device(a.id)
	if err != nil {
		return nil, err
	}
	if now := v.askingOf(&d.Device); now.key() != a.key() {
		return nil, errEdited
	}
	var all, stored []camera.Camera
	var kept []Camera // provisioned ones live in memory only
	for _, cid := range d.Cameras {
		c, err := v.Camera(string(cid))
		if err != nil {
			continue
		}
		cam, changed := refreshed(c.Camera, told.device)
		all = append(all, cam)
		switch {
		case changed && cam.Provisioned:
			kept = append(kept, Camera{Camera: cam})
		case changed:
			stored = append(stored, cam)
		}
	}
	next := renewed(d.Device, told.device)
	if len(kept) > 0 {
		v.take(nil, 0, kept)
	}
	if len(stored) == 0 && (d.Provisioned || next == d.Device) {
		return all, nil
	}
	_, err = v.save(ctx, &next, stored)
	return all, err
}

// askersAtStart is how many devices are asked at once at start.
const askersAtStart = 8

// locateAll asks at start for the addresses of cameras that are known by their
// profiles only. What fails is tried again when somebody watches.
func (v *Inventory) locateAll(ctx context.Context) {
	open := make(map[string][]camera.ID) // by device
	for _, c := range v.Cameras() {
		without := slices.ContainsFunc(c.Streams, func(s camera.Stream) bool { return s.URL == "" })
		if without && !c.Disabled && c.Device.ONVIF != "" {
			open[c.Device.ID] = append(open[c.Device.ID], c.ID)
		}
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	room := make(chan struct{}, askersAtStart)
	for device, cameras := range open {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		wg.Go(func() {
			defer func() { <-room }()
			v.locateAllOf(ctx, device, cameras)
		})
	}
}

func (v *Inventory) locateAllOf(ctx context.Context, device string, cameras []camera.ID) {
	if _, err := v.refresh(ctx, device, rememberFor); err != nil {
		v.log.Warn("a device did not tell the addresses of its streams", "device", device, "error", err)
		return
	}
	for _, id := range cameras {
		now, err := v.Camera(string(id))
		if err != nil {
			continue
		}
		for _, s := range now.Streams {
			if s.URL == "" {
				v.log.Error("camera without stream", "camera", string(id), "error", v.whyNot(now.Camera, s.Name))
			}
		}
	}
}
