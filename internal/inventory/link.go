package inventory

import (
	"bytes"
	"context"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/onvif"
	"camwall/internal/store"
)

// Target names a device to ask: one of the inventory, or an address with a
// sign-in.
type Target struct {
	Device  string
	Address string
	SignIn  SignIn
	TLS     camera.TLSMode
}

// asking is a device to ask, with all that asking needs.
type asking struct {
	id      string // in the inventory, or the one it would get
	gate    string // its key in the admission
	known   bool   // it is in the inventory
	address string // of the device service
	cred    camera.Credentials
	tls     camera.TLSMode
	trusted bool // from camwall.yaml or the command line
}

// resolve finds out whom a Target means. A stored sign-in goes to its own device
// only: an address gets what the Target has.
func (v *Inventory) resolve(t Target) (asking, error) {
	if t.Device != "" {
		d, err := v.Device(t.Device)
		if err != nil {
			return asking{}, err
		}
		if d.ONVIF == "" {
			return asking{}, fault.Errorf(fault.BadRequest, "device %s has no ONVIF address", d.ID).
				WithHint("edit the device and give the address of its ONVIF service")
		}
		a := v.askingOf(&d.Device)
		if t.SignIn != (SignIn{}) {
			a.cred = camera.Credentials(t.SignIn)
		}
		return a, nil
	}
	clean, host, own, err := camera.ParseONVIF(t.Address)
	if err != nil {
		return asking{}, err
	}
	a := asking{id: idOf(host), address: clean, cred: own, tls: t.TLS}
	if t.SignIn != (SignIn{}) {
		a.cred = camera.Credentials(t.SignIn)
	}
	if d := v.deviceAt(clean, host); d != nil {
		a.id, a.gate, a.known = d.ID, d.ID, true
		if a.cred.IsZero() && sameScheme(d.ONVIF, clean) && sameService(d.ONVIF, clean) {
			return v.askingOf(d), nil // it is the device itself
		}
	} else {
		a.gate = v.gateAt(clean, host)
	}
	return a, nil
}

// sameScheme tells whether two addresses are both http, or both https.
func sameScheme(a, b string) bool {
	first, _, _ := strings.Cut(a, "://")
	second, _, _ := strings.Cut(b, "://")
	return first == second
}

func (v *Inventory) askingOf(d *camera.Device) asking {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.askingOfLocked(d)
}

// askingOfLocked is askingOf for those who hold mu. A device without a sign-in
// may use one of its cameras', at their own host.
func (v *Inventory) askingOfLocked(d *camera.Device) asking {
	a := asking{id: d.ID, gate: d.ID, known: true, address: d.ONVIF, cred: d.Credentials, tls: d.TLS, trusted: d.Provisioned}
	now := v.devices[d.ID]
	if !a.cred.IsZero() || now == nil || hostOf(d.ONVIF) != strings.Trim(hostPart(d.Address), "[]") {
		return a
	}
	for _, id := range now.Cameras {
		if c := v.cameras[id]; c != nil && !c.Credentials.IsZero() {
			a.cred = c.Credentials
			break
		}
	}
	return a
}

// currentLocked tells whether a device of the inventory is still asked like that. mu is
// held.
func (v *Inventory) currentLocked(a asking) bool {
	d := v.devices[a.id]
	if d == nil {
		return false
	}
	now := v.askingOfLocked(&d.Device)
	return now.key() == a.key()
}

// deviceAt returns the device whose ONVIF service is at an address, or nil. A
// host alone, there or here, means the one device of that host.
func (v *Inventory) deviceAt(address, host string) *camera.Device {
	v.mu.Lock()
	defer v.mu.Unlock()
	var of *camera.Device
	several := false
	for _, d := range v.devices {
		if d.ONVIF == "" || hostOf(d.ONVIF) != host {
			continue
		}
		if sameService(d.ONVIF, address) {
			found := d.Device
			return &found
		}
		several = of != nil
		found := d.Device
		of = &found
	}
	if of != nil && !several && (bare(address) || bare(of.ONVIF)) {
		return of
	}
	return nil
}

// dial makes a client. Every request with the sign-in passes the gate that all
// services of the device share.
func (v *Inventory) dial(a asking) (*onvif.Client, error) {
	gate := v.cfg.Admission.Device(a.gate)
	var pin []byte
	if a.known {
		pin = v.pinOf(a.id)
	}
	var client *onvif.Client
	client, err := onvif.New(onvif.Config{
		Address: a.address, Credentials: a.cred, TLS: a.tls, Pin: pin,
		DialContext: v.cfg.Policy.DialContext(a.trusted),
		SignIn: func(ctx context.Context, attempt func() error) error {
			err := gate.Try(ctx, a.cred, attempt)
			if code := fault.CodeOf(err); code == fault.Unauthorized || code == fault.AccountLocked {
				v.dropLink(a.id, client) // it never tries again; whether another may, the gate says
			}
			return err
		},
		Log: v.log.With("device", a.id),
	})
	return client, err
}

func (v *Inventory) pinOf(id string) []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.pins[id]
}

// keepPin keeps the certificate that a device of the inventory showed first.
func (v *Inventory) keepPin(ctx context.Context, id string, pin []byte) {
	if len(pin) == 0 || bytes.Equal(pin, v.pinOf(id)) {
		return
	}
	if _, err := v.Device(id); err != nil {
		return // removed meanwhile
	}
	if err := v.cfg.Store.SetPin(ctx, id, store.ServiceONVIF, pin); err != nil {
		v.log.Warn("keep a pinned certificate", "device", id, "error", err)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pins[id] = pin
}

// dropPin forgets the certificate of a device that was moved by a person.
func (v *Inventory) dropPin(ctx context.Context, id string) {
	if v.pinOf(id) == nil {
		return
	}
	if err := v.cfg.Store.SetPin(ctx, id, store.ServiceONVIF, nil); err != nil {
		v.log.Warn("forget a pinned certificate", "device", id, "error", err)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.pins, id)
}

// linkTo returns the lasting client of a device, which is made when it is first
// needed.
func (v *Inventory) linkTo(id string) (*onvif.Client, error) {
	v.mu.Lock()
	if known := v.links[id]; known != nil {
		v.mu.Unlock()
		return known, nil
	}
	v.mu.Unlock()
	a, err := v.resolve(Target{Device: id})
	if err != nil {
		return nil, err
	}
	client, err := v.dial(a)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if known := v.links[a.id]; known != nil { // somebody else was faster
		client.Close()
		return known, nil
	}
	if v.closed {
		client.Close()
		return nil, fault.New(fault.Stopping, "the server is stopping", "")
	}
	if v.currentLocked(a) { // else it was edited meanwhile, and this client is for this call only
		v.links[a.id] = client
	}
	return client, nil
}

// dropLink lets the next who needs a device make a client anew.
func (v *Inventory) dropLink(id string, client *onvif.Client) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.links[id] == client {
		delete(v.links, id)
		client.Close()
	}
}

// unlink ends the client of a device that was edited, or that is gone.
func (v *Inventory) unlink(id string) {
	v.mu.Lock()
	client := v.links[id]
	delete(v.links, id)
	v.mu.Unlock()
	if client != nil {
		client.Close()
	}
	v.asked.forget(id)
}
