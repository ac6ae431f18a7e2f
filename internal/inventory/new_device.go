package inventory

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"unicode"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/onvif"
)

// NewDevice asks for a device and its cameras.
type NewDevice struct {
	ID, Name string

	// Address is that of its ONVIF device service, as people write it.
	Address string

	SignIn SignIn

	// Sources are the tokens of the video sources to take as cameras; empty is
	// every one with a profile that can play.
	Sources []string

	// Prefix begins the ids of its cameras; empty: made from the device's name.
	Prefix string

	MaxConnections int
	TLS            camera.TLSMode
}

// DeviceEdit changes a device; nil leaves a field as it is.
type DeviceEdit struct {
	Name           *string
	Address        *string // RTSP host:port
	ONVIF          *string
	SignIn         *SignIn
	MaxConnections *int
	TLS            *camera.TLSMode
}

// deviceToAdd returns the device to store: the one that is there with what was
// told, or a new one. What somebody has set up stays: its addresses, and the
// sign-in where no other is given.
func (v *Inventory) deviceToAdd(a asking, told *onvif.Device, want NewDevice) (camera.Device, error) {
	d := deviceOf(told)
	d.TLS, d.MaxConnections, d.Name = a.tls, want.MaxConnections, label(want.Name)
	d.Credentials = a.cred
	if found, ok := v.foundAt(d.ONVIF); ok {
		d.Endpoint, d.MAC = found.Endpoint, cmp.Or(d.MAC, found.MAC)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if known := v.devices[a.id]; a.known && known != nil {
		if want.ID != "" && !strings.EqualFold(want.ID, known.ID) {
			return d, fault.Errorf(fault.BadRequest, "this device is there already, as %s", known.ID)
		}
		old := known.Device
		if old.Provisioned {
			return old, nil
		}
		d.ID, d.Name, d.MaxConnections = old.ID, cmp.Or(d.Name, old.Name), cmp.Or(d.MaxConnections, old.MaxConnections)
		d.Endpoint, d.MAC = cmp.Or(d.Endpoint, old.Endpoint), cmp.Or(d.MAC, old.MAC)
		d.Address, d.TLS = old.Address, cmp.Or(d.TLS, old.TLS)
		if old.ONVIF != "" && !bare(old.ONVIF) {
			d.ONVIF = old.ONVIF
		}
		if d.Credentials.IsZero() {
			d.Credentials = old.Credentials
		}
		return d, nil
	}
	d.ID = unused(cmp.Or(strings.ToLower(want.ID), a.id, "device"), func(id string) bool { return v.devices[id] != nil })
	if want.ID != "" && d.ID != strings.ToLower(want.ID) {
		return d, fault.Errorf(fault.BadRequest, "there is a device %s already", strings.ToLower(want.ID))
	}
	_, err := camera.ParseID(d.ID)
	return d, err
}

// again looks anew which device of the inventory answered: it may have been
// added or removed while it was asked, or another one than meant has answered.
// One that was known by its RTSP address alone is the same device when it has the
// same sign-in. Its caller holds edit.
func (v *Inventory) again(a asking, told *onvif.Device) asking {
	a.known, a.id = false, idOf(hostOf(told.Address))
	if d := v.deviceAt(told.Address, hostOf(told.Address)); d != nil {
		a.known, a.id = true, d.ID
		return a
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	d := v.atRTSPLocked(deviceOf(told).Address)
	if d != nil && d.ONVIF == "" && !d.Provisioned && (d.Credentials.IsZero() || d.Credentials == a.cred) {
		a.known, a.id = true, d.ID
	}
	return a
}

// ownSignIn is what a camera needs of its own on a device of camwall.yaml, whose
// sign-in is not changed from here.
func ownSignIn(d *camera.Device, a asking) camera.Credentials {
	if d.Provisioned && a.cred != d.Credentials {
		return a.cred
	}
	return camera.Credentials{}
}

// saveFrom is save of a device that was asked, or tried, before it was there:
// what it refused then, it has refused.
func (v *Inventory) saveFrom(ctx context.Context, a asking, d *camera.Device, cams []camera.Camera) ([]Camera, error) {
	if _, err := v.Device(d.ID); err == nil || !v.gates.has(a.gate) {
		return v.save(ctx, d, cams)
	}
	v.cfg.Admission.Move(a.gate, d.ID)
	saved, err := v.save(ctx, d, cams)
	if err != nil {
		v.cfg.Admission.Move(d.ID, a.gate)
		return nil, err
	}
	v.gates.forget(a.gate)
	return saved, nil
}

// longestLabel bounds names, in characters.
const longestLabel = 200

// label makes a name of text: one line, without control characters, bounded.
func label(text string) string {
	fields := strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return unicode.IsControl(r) || r == ' ' })
	clean := []rune(strings.Join(fields, " "))
	return strings.TrimSpace(string(clean[:min(len(clean), longestLabel)]))
}

// numbered puts a channel's number behind an id, also behind a long one.
func numbered(id string, number int) string {
	const longest = 50
	return strings.TrimRight(id[:min(len(id), longest)], "-_") + "-" + strconv.Itoa(number)
}
