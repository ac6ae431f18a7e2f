package inventory

import (
	"context"
	"slices"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/discovery"
	"camwall/internal/fault"
	"camwall/internal/onvif"
)

// followMove sees where a device is whose streams are away, and takes over its
// new address. found tells that it is worth asking: it still answers where it
// was, or it answers elsewhere. One at a time looks for a device.
func (v *Inventory) followMove(ctx context.Context, id string) (found bool, err error) {
	v.mu.Lock()
	done := v.moving[id]
	if done == nil {
		own := make(chan struct{})
		v.moving[id] = own
		v.mu.Unlock()
		defer func() {
			v.mu.Lock()
			defer v.mu.Unlock()
			delete(v.moving, id)
			close(own)
		}()
		return v.find(ctx, id)
	}
	before := ""
	if d := v.devices[id]; d != nil {
		before = d.ONVIF
	}
	v.mu.Unlock()
	select {
	case <-done:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	d, err := v.Device(id)
	return err == nil && d.ONVIF != before, err
}

func (v *Inventory) find(ctx context.Context, id string) (found bool, err error) {
	d, err := v.Device(id)
	if err != nil {
		return false, err
	}
	if d.Provisioned || d.Endpoint == "" && d.MAC == "" {
		return true, nil // it can't be found elsewhere, so it is asked where it was
	}
	a := v.askingOf(&d.Device)
	if v.answers(ctx, a, nil) {
		return true, nil
	}
	place, ok := v.foundAgain(ctx, d.Device)
	if !ok {
		return false, nil
	}
	// Anybody can announce a name: what tells no password is asked first.
	a.address = place
	if !v.answers(ctx, a, &d.Device) {
		return false, nil
	}
	client, err := v.dial(a)
	if err != nil {
		return false, err
	}
	defer client.Close()
	told, err := client.Describe(ctx)
	if fault.CodeOf(err) == fault.Certificate {
		return false, fault.New(fault.Certificate, "a device with this camera's name answers at another address with another certificate", "if the camera was replaced, add it anew")
	}
	if err != nil || !sameThing(&d.Device, told) {
		return false, nil //nolint:nilerr // not that one, or not yet
	}
	return true, v.move(ctx, a, d, told)
}

// answerTime bounds the question whether something is at an address.
const answerTime = 5 * time.Second

// answers tells whether an ONVIF service is at an address, which is asked without
// a sign-in. like is the device that it should be, as far as it tells; nil: any.
func (v *Inventory) answers(ctx context.Context, a asking, like *camera.Device) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	a.cred = camera.Credentials{}
	client, err := v.dial(a)
	if err != nil {
		return false
	}
	defer client.Close()
	p, err := client.Probe(ctx)
	if fault.CodeOf(err) == fault.Certificate {
		return true // whose it is shows when it is asked
	}
	if err != nil || !p.ONVIF {
		return false
	}
	return like == nil || alike(like.Maker, p.Manufacturer) && alike(like.Model, p.Model)
}

// sameThing tells whether what was told can be of a device that is known.
func sameThing(d *camera.Device, told *onvif.Device) bool {
	return alike(d.Serial, told.Serial) && alike(d.Model, told.Model) &&
		(d.MAC == "" || len(told.MACs) == 0 || slices.Contains(told.MACs, d.MAC))
}

// alike tells that two words are the same, or that one is not known.
func alike(a, b string) bool { return a == "" || b == "" || a == b }

// move stores the address that a device has now.
func (v *Inventory) move(ctx context.Context, a asking, d Device, told *onvif.Device) error {
	v.edit.Lock()
	defer v.edit.Unlock()
	old, err := v.Device(d.ID)
	if err != nil {
		return err
	}
	if now := v.askingOf(&old.Device); old.ONVIF != d.ONVIF || old.Address != d.Address || now.cred != a.cred {
		return nil // edited meanwhile
	}
	next := old.Device
	next.ONVIF, next.Address = told.Address, joinPort(hostOf(told.Address), portPart(old.Address))
	cams := v.movedCameras(old, &next)
	if _, err := v.save(ctx, &next, cams); err != nil {
		return err
	}
	v.unlink(d.ID)
	v.log.Info("device found again at another address", "device", d.ID, "from", old.ONVIF, "to", next.ONVIF)
	return nil
}

// foundAgain searches for a device by its endpoint reference or hardware
// address, and returns the address of its service when that is elsewhere now. One
// that was asked by HTTPS is asked by nothing less.
func (v *Inventory) foundAgain(ctx context.Context, d camera.Device) (address string, ok bool) {
	finder := v.finder()
	if finder == nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, searchAgainFor)
	defer cancel()
	finder.Search()
	events := finder.Watch(ctx)
	secure := strings.HasPrefix(d.ONVIF, "https:") || v.pinOf(d.ID) != nil
	for {
		for _, f := range finder.Snapshot().Devices {
			if at := v.elsewhere(&f, &d, secure); at != "" {
				return at, true
			}
		}
		if _, open := <-events; !open {
			return "", false
		}
	}
}

// elsewhere returns where a found device is that is d; "" when it is not, or is
// where it was.
func (v *Inventory) elsewhere(f *discovery.Device, d *camera.Device, secure bool) string {
	if (d.Endpoint == "" || f.Endpoint != d.Endpoint) && (d.MAC == "" || f.MAC != d.MAC) {
		return ""
	}
	for _, x := range f.XAddrs {
		if hostOf(x) == hostOf(d.ONVIF) || secure && !strings.HasPrefix(x, "https:") {
			continue
		}
		if other := v.deviceAt(x, hostOf(x)); other == nil || other.ID == d.ID {
			return x
		}
	}
	return ""
}

// searchAgainFor is how long a search for a device that moved takes.
const searchAgainFor = 8 * time.Second
