package store

import (
	"math"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// PutCamera keeps c, in place of one of its id, and returns its new revision.
// Its device must be kept already, by an earlier Put of this transaction at the
// latest. For expect see AsNew. Zero Credentials remove those that are stored.
// The error is a fault.Conflict, a fault.NotEditable for a provisioned camera,
// or a fault.BadRequest: a number that another camera has, an address with a
// sign-in in it, ...
func (t *Tx) PutCamera(c camera.Camera, expect int64) (revision int64, err error) {
	if err := checkCamera(c); err != nil {
		return 0, err
	}
	id := string(c.ID)
	if _, err := t.expect(cameraRevision, "camera", id, expect); err != nil {
		return 0, err
	}
	if err := t.checkPlace(c); err != nil {
		return 0, err
	}
	if revision, err = t.nextRevision(); err != nil {
		return 0, err
	}
	_, err = t.exec(`INSERT INTO cameras (id, device, source, name, number, text, transport, tls, rotation, unchanged_after_ms,
			disabled, ptz, revision, created_ms, updated_ms)
		VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)
		ON CONFLICT (id) DO UPDATE SET device = ?2, source = ?3, name = ?4, number = nullif(?5, 0), text = ?6, transport = ?7,
			tls = ?8, rotation = ?9, unchanged_after_ms = ?10, disabled = ?11, ptz = ?12, revision = ?13, updated_ms = ?14`,
		id, c.Device.ID, c.Source, c.Name, c.Number, c.Text, c.Transport.String(), c.TLS.String(), c.Rotation,
		c.UnchangedAfter.Milliseconds(), c.Disabled, c.PTZ, revision, t.now)
	if err != nil {
		return 0, err
	}
	if err := t.putStreams(id, c.Streams); err != nil {
		return 0, err
	}
	if err := t.putNumber(id, c.Number); err != nil {
		return 0, err
	}
	return revision, t.putSignIn(ofCamera, id, c.Credentials)
}

func checkCamera(c camera.Camera) error {
	id, err := camera.ParseID(string(c.ID))
	switch {
	case c.Provisioned:
		return notEditable("camera", string(c.ID))
	case err != nil:
		return err
	case id != c.ID:
		return fault.Errorf(fault.BadRequest, "camera id %q has capital letters", string(c.ID))
	case c.Device == nil:
		return fault.Errorf(fault.BadRequest, "camera %s has no device", id)
	case len(c.Streams) == 0:
		return fault.Errorf(fault.BadRequest, "camera %s has no stream", id)
	case c.Number < 0 || c.Number > maxNumber:
		return fault.Errorf(fault.BadRequest, "camera %s: number is %d, must be 0 to %d", id, c.Number, maxNumber)
	case c.Rotation%90 != 0 || c.Rotation < 0 || c.Rotation > 270:
		return fault.Errorf(fault.BadRequest, "camera %s: rotation is %d, must be 0, 90, 180 or 270", id, c.Rotation)
	case c.UnchangedAfter < 0 || c.UnchangedAfter > 0 && c.UnchangedAfter < time.Millisecond:
		return fault.Errorf(fault.BadRequest, "camera %s: unchanged after is %v, must be 0 or more", id, c.UnchangedAfter)
	}
	names := map[string]bool{}
	for _, s := range c.Streams {
		switch {
		case s.Name == "" || names[s.Name]:
			return fault.Errorf(fault.BadRequest, "camera %s: the name of a stream is missing or there twice: %.80q", id, s.Name)
		case s.Width < 0 || s.Height < 0 || !(s.FPS >= 0) || math.IsInf(s.FPS, 0):
			return fault.Errorf(fault.BadRequest, "camera %s: stream %s has an impossible size or frame rate", id, s.Name)
		}
		names[s.Name] = true
		if s.URL == "" {
			continue
		}
		if err := noSignIn("camera "+string(id), s.URL); err != nil {
			return err
		}
		if _, _, _, err := camera.ParseURL(s.URL); err != nil {
			return err
		}
	}
	return nil
}

// checkPlace finds the camera's device, and who else has its number.
func (t *Tx) checkPlace(c camera.Camera) error {
	var found string
	there, err := t.scan("SELECT id FROM devices WHERE id = ?", []any{c.Device.ID}, &found)
	if err != nil {
		return err
	}
	if !there {
		return fault.Errorf(fault.BadRequest, "camera %s: there is no device %.80q", c.ID, c.Device.ID)
	}
	if c.Number == 0 {
		return nil
	}
	taken, err := t.scan("SELECT id FROM cameras WHERE number = ? AND id <> ?", []any{c.Number, string(c.ID)}, &found)
	if err != nil {
		return err
	}
	if taken {
		return fault.Errorf(fault.BadRequest, "camera %s already has number %d", found, c.Number).
			WithHint("give each camera a number of its own")
	}
	return nil
}

func (t *Tx) putStreams(id string, streams []camera.Stream) error {
	if _, err := t.exec("DELETE FROM streams WHERE camera = ?", id); err != nil {
		return err
	}
	for i, s := range streams {
		_, err := t.exec(`INSERT INTO streams (camera, position, name, url, profile, profile_name, codec, width, height, fps)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			id, i, s.Name, s.URL, s.Profile, s.ProfileName, s.Codec.String(), s.Width, s.Height, s.FPS)
		if err != nil {
			return err
		}
	}
	return nil
}

// putNumber notes that a camera has a number.
func (t *Tx) putNumber(id string, number int) error {
	if number == 0 {
		return nil
	}
	_, err := t.exec(`INSERT INTO numbers (number, camera, given_ms) VALUES (?1, ?2, ?3)
		ON CONFLICT (number) DO UPDATE SET camera = ?2, given_ms = ?3 WHERE camera <> ?2`, number, id, t.now)
	return err
}

// DeleteCamera removes a camera. Its device stays, and walls that show it keep
// its id. For expect see PutDevice. A camera that is not there is a
// fault.NotFound.
func (t *Tx) DeleteCamera(id camera.ID, expect int64) error {
	return t.remove(cameraRevision, "DELETE FROM cameras WHERE id = ?", "camera", string(id), expect)
}
