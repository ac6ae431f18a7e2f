package inventory

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/onvif"
)

// lingerEvents is how long devices' events are still followed after the last
// listener has gone: pages come back.
const lingerEvents = 30 * time.Second

// followEvents follows the events of every device that may send some while
// somebody listens to changes.
func (v *Inventory) followEvents(ctx context.Context) {
	for {
		n, changed := v.feed.heard()
		if n == 0 {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return
			}
		}
		v.followWhileHeard(ctx)
		if ctx.Err() != nil {
			return
		}
	}
}

// followWhileHeard follows until nobody has listened for a while.
func (v *Inventory) followWhileHeard(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	following := make(map[string]followed)
	var quiet <-chan time.Time // nil while somebody listens
	for {
		n, changed := v.feed.heard()
		devices := v.sendEvents()
		for id, f := range following {
			if devices[id] != f.key { // gone, or edited
				f.stop()
				delete(following, id)
			}
		}
		for id, key := range devices {
			if _, is := following[id]; !is {
				own, stop := context.WithCancel(ctx)
				following[id] = followed{key, stop}
				wg.Go(func() { v.follow(own, id) })
			}
		}
		if n > 0 {
			quiet = nil
		} else if quiet == nil {
			quiet = time.After(lingerEvents)
		}
		select {
		case <-ctx.Done():
			return
		case <-quiet:
			return
		case <-changed:
		}
	}
}

// followed is a device whose events are followed, by its address and sign-in.
type followed struct {
	key  [sha256.Size]byte
	stop context.CancelFunc
}

// sendEvents returns how the devices are asked that are worth following, by id.
func (v *Inventory) sendEvents() map[string][sha256.Size]byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make(map[string][sha256.Size]byte)
	for id, d := range v.devices {
		if d.ONVIF != "" && len(d.Cameras) > 0 {
			a := v.askingOfLocked(&d.Device)
			all[id] = a.key()
		}
	}
	return all
}

// follow hands on the events of one device until ctx ends, or until the device
// says that it sends none. The client itself comes back after an outage; it ends
// when the device refuses the sign-in.
func (v *Inventory) follow(ctx context.Context, id string) {
	for v.awaitSignIn(ctx, id) {
		err := v.followOnce(ctx, id)
		if fault.CodeOf(err) == fault.NotSupported {
			return
		}
		if err != nil && ctx.Err() == nil {
			v.log.Debug("events of a device are not followed", "device", id, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(lingerEvents):
		}
	}
}

// awaitSignIn waits while the device's sign-in rests because it was refused; false
// says that ctx has ended.
func (v *Inventory) awaitSignIn(ctx context.Context, id string) bool {
	for ctx.Err() == nil {
		d, err := v.Device(id)
		if err != nil {
			return true // its follower ends soon
		}
		a := v.askingOf(&d.Device)
		status, changed := v.cfg.Admission.Device(a.gate).Resting(time.Now(), a.cred)
		if status.State == camera.Idle {
			return true
		}
		again := time.NewTimer(time.Until(status.NextTry))
		select {
		case <-ctx.Done():
		case <-changed:
		case <-again.C:
		}
		again.Stop()
	}
	return false
}

func (v *Inventory) followOnce(ctx context.Context, id string) error {
	client, err := v.linkTo(id)
	if err != nil {
		return err
	}
	return client.Events(ctx, func(e onvif.Event) {
		v.feed.tell(Change{Kind: Happened, Device: id, Event: &Event{
			Camera: v.cameraOfEvent(id, e), Kind: string(e.Kind), Topic: e.Topic,
			Active: e.Active, At: e.At, Initial: e.Initial,
		}})
	})
}

// cameraOfEvent returns the camera whose video source an event names; the one
// camera of a device that has one; else "".
func (v *Inventory) cameraOfEvent(device string, e onvif.Event) camera.ID {
	v.mu.Lock()
	defer v.mu.Unlock()
	d := v.devices[device]
	if d == nil {
		return ""
	}
	for _, id := range d.Cameras {
		c := v.cameras[id]
		if c == nil || c.Source == "" {
			continue
		}
		for _, value := range e.Source {
			if value == c.Source {
				return id
			}
		}
	}
	if len(d.Cameras) == 1 {
		return d.Cameras[0]
	}
	return ""
}
