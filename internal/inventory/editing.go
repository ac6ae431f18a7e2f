package inventory

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
	"camwall/internal/store"
)

// EditCamera changes a camera. expect is the revision that the change was made
// for; 0 is any. A stored password stays with scheme, host and port: an address
// elsewhere wants it anew.
func (v *Inventory) EditCamera(ctx context.Context, id string, expect int64, edit CameraEdit) (Camera, error) {
	v.edit.Lock()
	defer v.edit.Unlock()
	old, err := v.Camera(id)
	switch {
	case err != nil:
		return Camera{}, err
	case old.Provisioned:
		return Camera{}, notEditable("camera " + string(old.ID))
	}
	if err := expected("camera "+string(old.ID), expect, old.Revision); err != nil {
		return Camera{}, err
	}
	cam := old.Camera
	if edit.Number != nil && *edit.Number != cam.Number {
		if v.numberTaken(*edit.Number, cam.ID) {
			return Camera{}, fault.Errorf(fault.BadRequest, "another camera has number %d", *edit.Number)
		}
		cam.Number = *edit.Number
	}
	set(&cam.Name, edit.Name)
	cam.Name = cmp.Or(label(cam.Name), string(cam.ID))
	set(&cam.Text, edit.Text)
	set(&cam.Transport, edit.Transport)
	set(&cam.TLS, edit.TLS)
	set(&cam.Rotation, edit.Rotation)
	set(&cam.UnchangedAfter, edit.UnchangedAfter)
	set(&cam.Disabled, edit.Disabled)
	device := *cam.Device
	isNew := false
	if edit.Streams != nil {
		if device, isNew, err = v.moveStreams(&cam, edit); err != nil {
			return Camera{}, err
		}
	}
	if edit.SignIn != nil {
		cam.Credentials = camera.Credentials(*edit.SignIn)
		if isNew {
			device.Credentials, cam.Credentials = cam.Credentials, camera.Credentials{}
		}
	}
	if device.ID != old.Device.ID {
		if err := v.mayLend(&device, &cam); err != nil {
			return Camera{}, err
		}
	}
	cam.Device = &device
	return v.replace(ctx, old, cam, isNew)
}

// set writes what was given.
func set[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

// replace stores a camera in place of what it was, and removes the device that
// it left when that is nothing without it.
func (v *Inventory) replace(ctx context.Context, old Camera, cam camera.Camera, newDevice bool) (Camera, error) {
	orphan := ""
	if left := old.Device.ID; left != cam.Device.ID && v.isOrphan(left, cam.ID) {
		orphan = left
	}
	next := Camera{Camera: cam}
	var revision int64
	err := v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if newDevice || cam.Device.Provisioned {
			if revision, err = tx.PutDevice(row(*cam.Device), 0); err != nil {
				return err
			}
		}
		if next.Revision, err = tx.PutCamera(cam, old.Revision); err != nil {
			return err
		}
		if orphan != "" {
			return tx.DeleteDevice(orphan, 0)
		}
		return nil
	})
	if err != nil {
		return Camera{}, err
	}
	if newDevice {
		key := v.gates.rtsp(cam.Device.Address) // what it refused before it was there, it has refused
		v.cfg.Admission.Move(key, cam.Device.ID)
		v.gates.forget(key)
		v.take(cam.Device, revision, nil)
	}
	v.take(nil, 0, []Camera{next})
	if orphan != "" {
		v.dropDevice(orphan)
	}
	return next, nil
}

// isOrphan tells whether a device was made for a camera's address only, and has
// no other camera.
func (v *Inventory) isOrphan(id string, except camera.ID) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	d := v.devices[id]
	return d != nil && !d.Provisioned && d.ONVIF == "" && d.Name == "" && d.MaxConnections == 0 &&
		!slices.ContainsFunc(d.Cameras, func(c camera.ID) bool { return c != except })
}

// moveStreams gives cam the addresses of an edit. The sign-in in them replaces
// the stored one; a masked one, or none, keeps it.
func (v *Inventory) moveStreams(cam *camera.Camera, edit CameraEdit) (device camera.Device, isNew bool, err error) {
	device = *cam.Device
	raw := make(map[string]string, len(edit.Streams))
	for name, address := range edit.Streams {
		raw[name] = withoutMask(address)
	}
	p, err := v.parse(raw)
	if err != nil {
		return device, false, err
	}
	if len(p.streams) == 0 {
		return device, false, fault.New(fault.BadRequest, "a camera needs a stream", "give the address of main")
	}
	if p.named && edit.SignIn != nil && camera.Credentials(*edit.SignIn) != p.cred {
		return device, false, fault.New(fault.BadRequest, "the addresses have another sign-in than the one given", "write user and password once")
	}
	signIn := cam.SignIn()
	given := p.named || edit.SignIn != nil
	if !given && !signIn.Password.IsZero() && !sameOrigins(p.streams, cam.Streams) {
		return device, false, fault.New(fault.PasswordNeeded, "the camera is at another address now, so its password is asked for again",
			"give user and password together with the new address")
	}
	p.keep(cam.Streams)
	cam.Streams = p.streams
	if p.address != device.Address {
		device, isNew = v.deviceFor(p.address, p.cred)
		cam.Credentials = camera.Credentials{}
		if !isNew && p.cred != device.Credentials {
			cam.Credentials = p.cred
		}
		cam.Source = ""
		return device, isNew, nil
	}
	if p.named && p.cred != device.Credentials {
		cam.Credentials = p.cred
	}
	return device, false, nil
}

// keep takes over what is known of streams whose address stays.
func (p *pasted) keep(old []camera.Stream) {
	for i := range p.streams {
		for _, o := range old {
			if o.URL == p.streams[i].URL {
				name := p.streams[i].Name
				p.streams[i] = o
				p.streams[i].Name = name
			}
		}
	}
}

// withoutMask takes out a sign-in whose password is masked: it stands for the
// stored one.
func withoutMask(address string) string {
	clean, _, password, found := secret.SplitURL(address)
	if found && password.Reveal() == secret.Mask {
		return clean
	}
	return address
}

// sameOrigins tells whether each of the next addresses has scheme, host and port
// of one of the old.
func sameOrigins(next, old []camera.Stream) bool {
	known := make(map[string]bool)
	for _, s := range old {
		known[originOf(s.URL)] = true
	}
	return !slices.ContainsFunc(next, func(s camera.Stream) bool { return !known[originOf(s.URL)] })
}

// originOf returns scheme, host and port of a stream's address.
func originOf(raw string) string {
	clean, address, _, err := camera.ParseURL(raw)
	u, perr := url.Parse(clean)
	if err != nil || perr != nil {
		return raw
	}
	return u.Scheme + "://" + address
}

// RemoveCamera removes a camera; its viewers end. A device that was made for its
// address only goes with it.
func (v *Inventory) RemoveCamera(ctx context.Context, id string, expect int64) error {
	v.edit.Lock()
	defer v.edit.Unlock()
	c, err := v.Camera(id)
	switch {
	case err != nil:
		return err
	case c.Provisioned:
		return notEditable("camera " + string(c.ID))
	}
	if err := expected("camera "+string(c.ID), expect, c.Revision); err != nil {
		return err
	}
	orphan := v.isOrphan(c.Device.ID, c.ID)
	err = v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteCamera(c.ID, 0); err != nil || !orphan {
			return err
		}
		return tx.DeleteDevice(c.Device.ID, 0)
	})
	if err != nil {
		return err
	}
	v.dropCameras(c.ID)
	if orphan {
		v.dropDevice(c.Device.ID)
	}
	return nil
}

func (v *Inventory) dropCameras(ids ...camera.ID) {
	var changes []Change
	v.mu.Lock()
	walls := v.shown()
	for _, id := range ids {
		if c := v.cameras[id]; c != nil {
			changes = append(changes, Change{Kind: CameraRemoved, ID: string(id), Device: c.Device.ID})
			v.displace(id)
		}
	}
	changes = append(changes, v.wallsSince(walls)...)
	v.mu.Unlock()
	v.cfg.Player.Remove(ids...)
	v.feed.tell(changes...)
}

func (v *Inventory) dropDevice(id string) {
	v.mu.Lock()
	delete(v.devices, id)
	delete(v.pins, id)
	v.index = nil
	v.mu.Unlock()
	v.unlink(id)
	v.cfg.Admission.Forget(id)
	v.feed.tell(Change{Kind: DeviceRemoved, ID: id})
}

// EditDevice changes a device, and with it all its cameras.
func (v *Inventory) EditDevice(ctx context.Context, id string, expect int64, edit DeviceEdit) (Device, error) {
	v.edit.Lock()
	defer v.edit.Unlock()
	old, err := v.Device(id)
	switch {
	case err != nil:
		return Device{}, err
	case old.Provisioned:
		return Device{}, notEditable("device " + old.ID)
	}
	if err := expected("device "+old.ID, expect, old.Revision); err != nil {
		return Device{}, err
	}
	d := old.Device
	set(&d.MaxConnections, edit.MaxConnections)
	set(&d.TLS, edit.TLS)
	if edit.Name != nil {
		d.Name = label(*edit.Name)
	}
	if err := moveDevice(&d, edit); err != nil {
		return Device{}, err
	}
	moved := d.Address != old.Address || d.ONVIF != old.ONVIF
	if edit.SignIn != nil {
		d.Credentials = camera.Credentials(*edit.SignIn)
	}
	own := v.ownPasswords(old)
	if moved && (edit.SignIn == nil && (own || !d.Credentials.Password.IsZero()) || own && d.Credentials.IsZero()) {
		return Device{}, fault.New(fault.PasswordNeeded, "the device is at another address now, so its password is asked for again",
			"give user and password together with the new address")
	}
	cams := v.movedCameras(old, &d)
	for i := range cams {
		cams[i].Credentials = camera.Credentials{} // they were for the old address
	}
	if moved {
		d.Endpoint, d.MAC = "", "" // it may be another device
	}
	if _, err := v.save(ctx, &d, cams); err != nil {
		return Device{}, err
	}
	if d.Address != old.Address {
		v.cfg.Admission.Device(d.ID).SetPin(nil)
		if err := v.cfg.Store.SetPin(ctx, d.ID, store.ServiceRTSP, nil); err != nil {
			v.log.Warn("forget a pinned certificate", "device", d.ID, "error", err)
		}
	}
	if d.ONVIF != old.ONVIF {
		v.dropPin(ctx, d.ID)
	}
	if moved || d.Credentials != old.Credentials {
		v.clearProblem(d.ID)
	}
	v.unlink(d.ID)
	return v.Device(d.ID)
}

// moveDevice takes over the addresses of an edit.
func moveDevice(d *camera.Device, edit DeviceEdit) error {
	if edit.Address != nil {
		_, address, own, err := camera.ParseURL("rtsp://" + strings.ReplaceAll(*edit.Address, "%", "%25") + "/")
		if err != nil || !own.IsZero() {
			return fault.Errorf(fault.BadRequest, "address is not host or host:port").
				WithHint("write the address of the RTSP service, such as 192.0.2.10:554")
		}
		d.Address = address
	}
	if edit.ONVIF != nil {
		d.ONVIF = ""
		if *edit.ONVIF != "" {
			clean, _, own, err := camera.ParseONVIF(*edit.ONVIF)
			if err != nil {
				return err
			}
			if !own.IsZero() {
				return fault.New(fault.BadRequest, "the ONVIF address has a sign-in in it", "give user and password as fields of their own")
			}
			d.ONVIF = clean
		}
	}
	return nil
}

// movedCameras returns a device's cameras with the addresses of their streams on
// the device's new host and port.
func (v *Inventory) movedCameras(old Device, d *camera.Device) []camera.Camera {
	if d.Address == old.Address {
		return nil
	}
	var cams []camera.Camera
	for _, id := range old.Cameras {
		c, err := v.Camera(string(id))
		if err != nil || c.Provisioned {
			continue
		}
		cam := c.Camera
		cam.Device = d
		cam.Streams = slices.Clone(cam.Streams)
		for i := range cam.Streams {
			cam.Streams[i].URL = movedURL(cam.Streams[i].URL, old.Address, d.Address)
		}
		cams = append(cams, cam)
	}
	return cams
}

// ownPasswords tells whether cameras of a device have passwords of their own.
func (v *Inventory) ownPasswords(d Device) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(d.Cameras, func(id camera.ID) bool {
		c := v.cameras[id]
		return c != nil && !c.Credentials.Password.IsZero()
	})
}

// clearProblem forgets what was wrong with a device before it was edited.
func (v *Inventory) clearProblem(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if d := v.devices[id]; d != nil {
		d.Problem = nil
	}
}

// movedURL returns an address on another host, and on another port if it was on
// the old device's.
func movedURL(raw, from, to string) string {
	clean, address, _, err := camera.ParseURL(raw)
	u, perr := url.Parse(clean)
	if err != nil || perr != nil {
		return raw
	}
	if address == from {
		u.Host = to
	} else {
		u.Host = hostPart(to) + ":" + portPart(address)
	}
	return u.String()
}

// RemoveDevice removes a device with its cameras.
func (v *Inventory) RemoveDevice(ctx context.Context, id string, expect int64) error {
	v.edit.Lock()
	defer v.edit.Unlock()
	d, err := v.Device(id)
	switch {
	case err != nil:
		return err
	case d.Provisioned:
		return notEditable("device " + d.ID)
	}
	if err := expected("device "+d.ID, expect, d.Revision); err != nil {
		return err
	}
	if err := v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteDevice(d.ID, 0) }); err != nil {
		return err
	}
	v.dropCameras(d.Cameras...)
	v.dropDevice(d.ID)
	return nil
}
