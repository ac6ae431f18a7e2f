package store

import (
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

const (
	deviceRevision = "SELECT revision FROM devices WHERE id = ?"
	cameraRevision = "SELECT revision FROM cameras WHERE id = ?"
)

// PutDevice keeps d, in place of one of its id, and returns its new revision.
// For expect see AsNew. Zero Credentials remove those that are stored. The error
// is a fault.Conflict, a fault.NotEditable for a provisioned device, or a
// fault.BadRequest.
func (t *Tx) PutDevice(d camera.Device, expect int64) (revision int64, err error) {
	if err := checkDevice(d); err != nil {
		return 0, err
	}
	if _, err := t.expect(deviceRevision, "device", d.ID, expect); err != nil {
		return 0, err
	}
	if revision, err = t.nextRevision(); err != nil {
		return 0, err
	}
	_, err = t.exec(`INSERT INTO devices (id, name, address, onvif, endpoint, mac, recorder, maker, model, firmware, serial,
			max_connections, tls, revision, created_ms, updated_ms)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15)
		ON CONFLICT (id) DO UPDATE SET name = ?2, address = ?3, onvif = ?4, endpoint = ?5, mac = ?6, recorder = ?7, maker = ?8,
			model = ?9, firmware = ?10, serial = ?11, max_connections = ?12, tls = ?13, revision = ?14, updated_ms = ?15`,
		d.ID, d.Name, d.Address, d.ONVIF, d.Endpoint, d.MAC, d.Recorder, d.Maker, d.Model, d.Firmware, d.Serial,
		d.MaxConnections, d.TLS.String(), revision, t.now)
	if err != nil {
		return 0, err
	}
	return revision, t.putSignIn(ofDevice, d.ID, d.Credentials)
}

func checkDevice(d camera.Device) error {
	id, err := camera.ParseID(d.ID)
	switch {
	case d.Provisioned:
		return notEditable("device", d.ID)
	case err != nil || string(id) != d.ID:
		return fault.Errorf(fault.BadRequest, "device id %.80q is not usable", d.ID).
			WithHint("an id has 1 to 63 small letters, digits, _ or -, and begins with a letter or digit")
	case d.Address == "" || strings.ContainsAny(d.Address, "@/?# "):
		return fault.Errorf(fault.BadRequest, "device %s has no usable address", d.ID).WithHint("an address is host:port")
	case d.MaxConnections < 0:
		return fault.Errorf(fault.BadRequest, "device %s: max connections is %d, must be 0 or more", d.ID, d.MaxConnections)
	}
	return noSignIn("device "+d.ID, d.ONVIF)
}

// noSignIn refuses an address that would keep a password in the open.
func noSignIn(what, address string) error {
	if _, _, _, found := secret.SplitURL(address); !found {
		return nil
	}
	return fault.Errorf(fault.BadRequest, "%s: an address has a sign-in in it", what).
		WithHint("give user and password apart from the address")
}

func notEditable(what, id string) error {
	return fault.Errorf(fault.NotEditable, "%s %s is not kept here: it is of camwall.yaml or the command line", what, id).
		WithHint("change it in camwall.yaml")
}

// DeleteDevice removes a device with its cameras, and all that is known of them.
// For expect see PutDevice. A device that is not there is a fault.NotFound.
func (t *Tx) DeleteDevice(id string, expect int64) error {
	return t.remove(deviceRevision, "DELETE FROM devices WHERE id = ?", "device", id, expect)
}

// putSignIn keeps or removes the credentials of an owner. Those that are lost
// stay, so that the right key file brings them back: who is without a sign-in
// did not see them.
func (t *Tx) putSignIn(kind ownerKind, owner string, c camera.Credentials) error {
	if c.IsZero() {
		var user, password []byte
		there, err := t.scan("SELECT sealed_user, sealed_password FROM credentials WHERE kind = ? AND owner = ?",
			[]any{string(kind), owner}, &user, &password)
		if err != nil || !there {
			return err
		}
		if _, known := openWith(t.box, kind, owner, user, password); !known {
			return nil
		}
		return t.forgetSignIn(kind, owner)
	}
	user, password, err := sealWith(t.box, kind, owner, c)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO credentials (kind, owner, sealed_user, sealed_password) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (kind, owner) DO UPDATE SET sealed_user = ?3, sealed_password = ?4`, string(kind), owner, user, password)
	return err
}

func (t *Tx) forgetSignIn(kind ownerKind, owner string) error {
	_, err := t.exec("DELETE FROM credentials WHERE kind = ? AND owner = ?", string(kind), owner)
	return err
}

// ForgetDeviceSignIn removes the sign-in of a device, also one that is lost.
func (t *Tx) ForgetDeviceSignIn(id string) error { return t.forgetSignIn(ofDevice, id) }

// ForgetCameraSignIn removes a camera's own sign-in, also one that is lost.
func (t *Tx) ForgetCameraSignIn(id camera.ID) error { return t.forgetSignIn(ofCamera, string(id)) }
