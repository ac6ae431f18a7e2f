package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/media"
)

// Device is a device as it is kept.
type Device struct {
	camera.Device

	// Revision is another after each change, and is never given twice.
	Revision         int64
	Created, Updated time.Time

	// SignInLost tells that a sign-in is stored which the key does not open;
	// Credentials are then zero.
	SignInLost bool
}

// Camera is a camera as it is kept. Its Device is that of an element of
// Contents.Devices.
type Camera struct {
	camera.Camera

	// Revision is another after each change, and is never given twice.
	Revision         int64
	Created, Updated time.Time

	// SignInLost is as in Device.
	SignInLost bool
}

// Contents are all devices, sorted by id, and all cameras, sorted by number,
// those without one last, then by id.
type Contents struct {
	Devices []Device
	Cameras []Camera

	// Notice says what people should know: that the last run ended without
	// closing its data, or could not save; that sign-ins can't be opened. Nil:
	// nothing.
	Notice *fault.Error
}

// Load returns everything but walls and settings, as of one moment.
func (s *Store) Load(ctx context.Context) (*Contents, error) {
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, diskFault("read the data", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	l := loader{ctx: func() context.Context { return ctx }, tx: tx, box: s, contents: &Contents{}}
	if err := l.load(); err != nil {
		return nil, diskFault("read the data", err)
	}
	var walls int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM walls").Scan(&walls); err != nil {
		return nil, diskFault("read the data", err)
	}
	l.contents.Notice = s.notice(l.contents, walls)
	return l.contents, nil
}

// loader reads the tables one after the other.
type loader struct {
	ctx      func() context.Context
	tx       *sql.Tx
	box      opener
	contents *Contents

	devices map[string]int    // place in contents, by id
	cameras map[camera.ID]int // place in contents, by id
}

// opener opens what is sealed.
type opener interface {
	openSignIn(kind ownerKind, owner string, user, password []byte) (camera.Credentials, bool)
}

func (l *loader) load() error {
	for _, read := range []func() error{l.readDevices, l.readCameras, l.readStreams, l.readCredentials} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// each runs a query and hands over each row.
func (l *loader) each(query string, row func(*sql.Rows) error) error {
	return eachRow(l.ctx(), l.tx, row, query)
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func eachRow(ctx context.Context, q querier, row func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return fmt.Errorf("read row: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}

func (l *loader) readDevices() error {
	err := l.each(`SELECT id, name, address, onvif, endpoint, mac, recorder, maker, model, firmware, serial,
		max_connections, tls, revision, created_ms, updated_ms FROM devices ORDER BY id`, func(rows *sql.Rows) error {
		var d Device
		var created, updated int64
		var tls string
		err := rows.Scan(&d.ID, &d.Name, &d.Address, &d.ONVIF, &d.Endpoint, &d.MAC, &d.Recorder, &d.Maker, &d.Model,
			&d.Firmware, &d.Serial, &d.MaxConnections, &tls, &d.Revision, &created, &updated)
		if err != nil {
			return err
		}
		d.Created, d.Updated = fromMillis(created), fromMillis(updated)
		d.TLS, err = camera.ParseTLSMode(tls)
		l.contents.Devices = append(l.contents.Devices, d)
		return err
	})
	l.devices = make(map[string]int, len(l.contents.Devices))
	for i := range l.contents.Devices {
		l.devices[l.contents.Devices[i].ID] = i
	}
	return err
}

func (l *loader) readCameras() error {
	err := l.each(`SELECT id, device, source, name, coalesce(number, 0), text, transport, tls, rotation, unchanged_after_ms,
		disabled, ptz, revision, created_ms, updated_ms FROM cameras
		ORDER BY number IS NULL, number, id`, func(rows *sql.Rows) error {
		var c Camera
		var device, transport, tls string
		var unchanged, created, updated int64
		err := rows.Scan(&c.ID, &device, &c.Source, &c.Name, &c.Number, &c.Text, &transport, &tls, &c.Rotation, &unchanged,
			&c.Disabled, &c.PTZ, &c.Revision, &created, &updated)
		if err != nil {
			return err
		}
		c.Device = &l.contents.Devices[l.devices[device]].Device
		c.Created, c.Updated = fromMillis(created), fromMillis(updated)
		c.UnchangedAfter = time.Duration(unchanged) * time.Millisecond
		if c.Transport, err = camera.ParseTransport(transport); err != nil {
			return err
		}
		c.TLS, err = camera.ParseTLSMode(tls)
		l.contents.Cameras = append(l.contents.Cameras, c)
		return err
	})
	l.cameras = make(map[camera.ID]int, len(l.contents.Cameras))
	for i := range l.contents.Cameras {
		l.cameras[l.contents.Cameras[i].ID] = i
	}
	return err
}

func (l *loader) readStreams() error {
	return l.each(`SELECT camera, name, url, profile, profile_name, codec, width, height, fps FROM streams
		ORDER BY camera, position`, func(rows *sql.Rows) error {
		var id camera.ID
		var s camera.Stream
		var codec string
		err := rows.Scan(&id, &s.Name, &s.URL, &s.Profile, &s.ProfileName, &codec, &s.Width, &s.Height, &s.FPS)
		if err != nil {
			return err
		}
		s.Codec = parseCodec(codec)
		c := &l.contents.Cameras[l.cameras[id]]
		c.Streams = append(c.Streams, s)
		return nil
	})
}

func (l *loader) readCredentials() error {
	return l.each(`SELECT kind, owner, sealed_user, sealed_password FROM credentials`, func(rows *sql.Rows) error {
		var kind ownerKind
		var owner string
		var user, password sql.RawBytes
		if err := rows.Scan(&kind, &owner, &user, &password); err != nil {
			return err
		}
		cred, ok := l.box.openSignIn(kind, owner, user, password)
		if i, there := l.devices[owner]; there && kind == ofDevice {
			l.contents.Devices[i].Credentials, l.contents.Devices[i].SignInLost = cred, !ok
		}
		if i, there := l.cameras[camera.ID(owner)]; there && kind == ofCamera {
			l.contents.Cameras[i].Credentials, l.contents.Cameras[i].SignInLost = cred, !ok
		}
		return nil
	})
}

// LostSignIns returns whose sign-ins the key does not open: ids of devices and
// cameras, sorted.
func (c *Contents) LostSignIns() []string {
	var ids []string
	for i := range c.Devices {
		if c.Devices[i].SignInLost {
			ids = append(ids, c.Devices[i].ID)
		}
	}
	for i := range c.Cameras {
		if c.Cameras[i].SignInLost {
			ids = append(ids, string(c.Cameras[i].ID))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// parseCodec is the reverse of Codec.String; one that is not known here is
// unknown.
func parseCodec(name string) media.Codec {
	for c := media.CodecUnknown + 1; c.IsVideo() || c.IsAudio(); c++ {
		if c.String() == name {
			return c
		}
	}
	return media.CodecUnknown
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
