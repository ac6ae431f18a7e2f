package store

import (
	"context"
	"database/sql"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// workedEvery is how old the note of a sign-in that worked becomes before it is
// written again.
const workedEvery = 24 * time.Hour

// Service is what a certificate was seen at.
type Service string

// The services that have pins.
const (
	ServiceRTSP  Service = "rtsp"
	ServiceONVIF Service = "onvif"
)

// Pin is a certificate that was trusted at first sight.
type Pin struct {
	Device  string
	Service Service
	SHA256  []byte // of the certificate in DER: 32 bytes
	Seen    time.Time
}

// Worked is a sign-in that a device took.
type Worked struct {
	Fingerprint string // by Store.Fingerprint
	At          time.Time
}

// SetPin keeps the pin of a device's service, in place of another; nil removes
// it. The device may be one that is not kept here.
func (s *Store) SetPin(ctx context.Context, device string, service Service, sha256 []byte) error {
	if len(sha256) != 0 && len(sha256) != 32 {
		return fault.Errorf(fault.BadRequest, "a pin has %d bytes, must have 32", len(sha256))
	}
	if service != ServiceRTSP && service != ServiceONVIF {
		return fault.Errorf(fault.BadRequest, "service is %.80q, must be rtsp or onvif", string(service))
	}
	return s.Update(ctx, func(t *Tx) error {
		if len(sha256) == 0 {
			_, err := t.exec("DELETE FROM pins WHERE device = ? AND service = ?", device, string(service))
			return err
		}
		_, err := t.exec(`INSERT INTO pins (device, service, sha256, seen_ms) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (device, service) DO UPDATE SET sha256 = ?3, seen_ms = ?4 WHERE sha256 <> ?3`,
			device, string(service), sha256, t.now)
		return err
	})
}

// Pins returns all pins, sorted by device and service.
func (s *Store) Pins(ctx context.Context) ([]Pin, error) {
	var pins []Pin
	err := eachRow(ctx, s.reader, func(rows *sql.Rows) error {
		var p Pin
		var seen int64
		err := rows.Scan(&p.Device, &p.Service, &p.SHA256, &seen)
		p.Seen = fromMillis(seen)
		pins = append(pins, p)
		return err
	}, "SELECT device, service, sha256, seen_ms FROM pins ORDER BY device, service")
	return pins, diskFault("read pins", err)
}

// SetWorked keeps that a device took the sign-in of that fingerprint; "" forgets
// it. It may be told at each sign-in: the same one is written once a day.
func (s *Store) SetWorked(ctx context.Context, device, fingerprint string, at time.Time) error {
	return s.Update(ctx, func(t *Tx) error {
		if fingerprint == "" {
			_, err := t.exec("DELETE FROM sign_ins WHERE device = ?", device)
			return err
		}
		_, err := t.exec(`INSERT INTO sign_ins (device, fingerprint, worked_ms) VALUES (?1, ?2, ?3)
			ON CONFLICT (device) DO UPDATE SET fingerprint = ?2, worked_ms = ?3
			WHERE fingerprint <> ?2 OR worked_ms + ?4 < ?3`, device, fingerprint, at.UnixMilli(), workedEvery.Milliseconds())
		return err
	})
}

// Worked returns by device which sign-in worked last.
func (s *Store) Worked(ctx context.Context) (map[string]Worked, error) {
	worked := map[string]Worked{}
	err := eachRow(ctx, s.reader, func(rows *sql.Rows) error {
		var device string
		var w Worked
		var at int64
		err := rows.Scan(&device, &w.Fingerprint, &at)
		w.At = fromMillis(at)
		worked[device] = w
		return err
	}, "SELECT device, fingerprint, worked_ms FROM sign_ins")
	return worked, diskFault("read sign-ins", err)
}

// SetTransport keeps how RTP came from a device; camera.TransportAuto forgets it.
func (s *Store) SetTransport(ctx context.Context, device string, transport camera.Transport) error {
	return s.Update(ctx, func(t *Tx) error {
		if transport == camera.TransportAuto {
			_, err := t.exec("DELETE FROM transports WHERE device = ?", device)
			return err
		}
		_, err := t.exec(`INSERT INTO transports (device, transport) VALUES (?1, ?2)
			ON CONFLICT (device) DO UPDATE SET transport = ?2 WHERE transport <> ?2`, device, transport.String())
		return err
	})
}

// Transports returns by device how RTP came from it.
func (s *Store) Transports(ctx context.Context) (map[string]camera.Transport, error) {
	transports := map[string]camera.Transport{}
	err := eachRow(ctx, s.reader, func(rows *sql.Rows) error {
		var device, word string
		if err := rows.Scan(&device, &word); err != nil {
			return err
		}
		var err error
		transports[device], err = camera.ParseTransport(word)
		return err
	}, "SELECT device, transport FROM transports")
	return transports, diskFault("read transports", err)
}
