package store

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

// TestRoundTrip: everything that a device and a camera have comes back, also
// after closing.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := recorder()
	c := gate(d)
	s, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, d, c, plain(d, "zzz"), plain(d, "aaa"))
	for range 2 {
		got := load(t, s)
		if len(got.Devices) != 1 || len(got.Cameras) != 3 || got.Notice != nil {
			t.Fatalf("loaded %+v", got)
		}
		if !reflect.DeepEqual(got.Devices[0].Device, *d) {
			t.Errorf("device is %+v, want %+v", got.Devices[0].Device, *d)
		}
		if !reflect.DeepEqual(got.Cameras[0].Camera, c) {
			t.Errorf("camera is %+v, want %+v", got.Cameras[0].Camera, c)
		}
		for i, want := range []camera.ID{"gate", "aaa", "zzz"} {
			if got.Cameras[i].ID != want || got.Cameras[i].Device != &got.Devices[0].Device {
				t.Errorf("camera %d is %s of %p", i, got.Cameras[i].ID, got.Cameras[i].Device)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openStore(t, dir)
	}
}

func TestNothingInTheOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	d := recorder()
	put(t, s, d, gate(d))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range readFolder(t, dir) {
		for _, word := range []string{"p@ss?w#rd", "viewer", "zebra", "admin"} {
			if strings.Contains(content, word) {
				t.Errorf("%s has %q in the open", name, word)
			}
		}
	}
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	d := recorder()
	put(t, s, d, plain(d, "a"))
	first := load(t, s).Cameras[0]

	changed := plain(d, "a")
	changed.Name = "changed"
	put := func(expect int64) (rev int64, err error) {
		err = s.Update(t.Context(), func(tx *Tx) error {
			rev, err = tx.PutCamera(changed, expect)
			return err
		})
		return rev, err
	}
	second, err := put(first.Revision)
	if err != nil || second == first.Revision {
		t.Fatalf("revision %d after %d, error %v", second, first.Revision, err)
	}
	_, err = put(first.Revision)
	wantCode(t, err, fault.Conflict)
	_, err = put(AsNew)
	wantCode(t, err, fault.Conflict)

	remove := func(expect int64) error {
		return s.Update(t.Context(), func(tx *Tx) error { return tx.DeleteCamera("a", expect) })
	}
	wantCode(t, remove(first.Revision), fault.Conflict)
	if err := remove(second); err != nil {
		t.Fatal(err)
	}
	wantCode(t, remove(0), fault.NotFound)
	wantCode(t, remove(second), fault.Conflict)
	_, err = put(second)
	wantCode(t, err, fault.Conflict)

	// What is made again never has a revision that somebody saw before.
	third, err := put(AsNew)
	if err != nil || third == first.Revision || third == second {
		t.Errorf("revision %d after %d and %d, error %v", third, first.Revision, second, err)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 2, 3, 4, 5, 6, 7e6, time.UTC)
	s, err := Open(t.Context(), Config{Dir: t.TempDir(), now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	made := now
	put(t, s, recorder())
	now = now.Add(time.Hour)
	put(t, s, recorder())
	if d := load(t, s).Devices[0]; !d.Created.Equal(made) || !d.Updated.Equal(now) {
		t.Errorf("made %v, changed %v", d.Created, d.Updated)
	}
}

// TestRefusals: what can't be kept changes nothing.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	d := recorder()
	put(t, s, d, gate(d))
	before := load(t, s)
	device := func(change func(*camera.Device)) func(*Tx) error {
		return func(tx *Tx) error {
			d := *recorder()
			change(&d)
			_, err := tx.PutDevice(d, 0)
			return err
		}
	}
	cam := func(change func(*camera.Camera)) func(*Tx) error {
		return func(tx *Tx) error {
			c := plain(recorder(), "new")
			change(&c)
			_, err := tx.PutCamera(c, 0)
			return err
		}
	}
	for name, c := range map[string]struct {
		put  func(*Tx) error
		code fault.Code
	}{
		"provisioned device":     {device(func(d *camera.Device) { d.Provisioned = true }), fault.NotEditable},
		"provisioned camera":     {cam(func(c *camera.Camera) { c.Provisioned = true }), fault.NotEditable},
		"device id":              {device(func(d *camera.Device) { d.ID = "../x" }), fault.BadRequest},
		"capital device id":      {device(func(d *camera.Device) { d.ID = "Nvr" }), fault.BadRequest},
		"device without address": {device(func(d *camera.Device) { d.Address = "" }), fault.BadRequest},
		"sign-in in ONVIF":       {device(func(d *camera.Device) { d.ONVIF = "http://u:secretword@192.0.2.1/x" }), fault.BadRequest},
		"sign-in in address":     {device(func(d *camera.Device) { d.Address = "u:secretword@192.0.2.1:554" }), fault.BadRequest},
		"connections":            {device(func(d *camera.Device) { d.MaxConnections = -1 }), fault.BadRequest},
		"camera id":              {cam(func(c *camera.Camera) { c.ID = "" }), fault.BadRequest},
		"capital camera id":      {cam(func(c *camera.Camera) { c.ID = "New" }), fault.BadRequest},
		"no device":              {cam(func(c *camera.Camera) { c.Device = nil }), fault.BadRequest},
		"unknown device":         {cam(func(c *camera.Camera) { c.Device = &camera.Device{ID: "ghost"} }), fault.BadRequest},
		"no stream":              {cam(func(c *camera.Camera) { c.Streams = nil }), fault.BadRequest},
		"stream twice":           {cam(func(c *camera.Camera) { c.Streams = append(c.Streams, c.Streams...) }), fault.BadRequest},
		"sign-in in URL":         {cam(func(c *camera.Camera) { c.Streams[0].URL = "rtsp://u:secretword@192.0.2.1/x" }), fault.BadRequest},
		"strange sign-in in URL": {cam(func(c *camera.Camera) { c.Streams[0].URL = "rtsp://u:secret/word?#@192.0.2.1/x" }), fault.BadRequest},
		"no URL":                 {cam(func(c *camera.Camera) { c.Streams[0].URL = "file:///etc/passwd" }), fault.BadRequest},
		"size":                   {cam(func(c *camera.Camera) { c.Streams[0].Width = -1 }), fault.BadRequest},
		"number taken":           {cam(func(c *camera.Camera) { c.Number = 7 }), fault.BadRequest},
		"number too high":        {cam(func(c *camera.Camera) { c.Number = 10000 }), fault.BadRequest},
		"rotation":               {cam(func(c *camera.Camera) { c.Rotation = 45 }), fault.BadRequest},
		"unchanged after":        {cam(func(c *camera.Camera) { c.UnchangedAfter = -time.Second }), fault.BadRequest},
	} {
		err := s.Update(t.Context(), func(tx *Tx) error {
			if _, err := tx.PutCamera(plain(d, "halfway"), 0); err != nil {
				t.Error(err)
			}
			return c.put(tx)
		})
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: error is %v, code %q, want %q", name, err, fault.CodeOf(err), c.code)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v tells a secret", name, err)
		}
	}
	if after := load(t, s); !reflect.DeepEqual(before, after) {
		t.Errorf("contents are %+v, were %+v", after, before)
	}
}

func TestUpdateRollsBack(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	d := recorder()
	mine := errors.New("mine")
	add := func(tx *Tx) {
		if _, err := tx.PutDevice(*d, 0); err != nil {
			t.Error(err)
		}
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { add(tx); return mine }); !errors.Is(err, mine) {
		t.Errorf("error is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx *Tx) error { add(tx); cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	func() {
		defer func() { _ = recover() }() // it is about what comes behind
		_ = s.Update(t.Context(), func(tx *Tx) error { add(tx); panic("mine") })
	}()
	if got := load(t, s); len(got.Devices) != 0 {
		t.Errorf("there are devices: %+v", got.Devices)
	}
	put(t, s, d)
	if got := load(t, s); len(got.Devices) != 1 {
		t.Errorf("there are devices: %+v", got.Devices)
	}
}

func TestDeleteDeviceTakesAllWithIt(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	d := recorder()
	put(t, s, d, gate(d), plain(d, "a"))
	other := &camera.Device{ID: "other", Address: "192.0.2.11:554", Credentials: camera.Credentials{User: "u"}}
	put(t, s, other, plain(other, "b"))
	for _, id := range []string{"nvr", "other", "of-file"} {
		err := errors.Join(
			s.SetPin(t.Context(), id, ServiceRTSP, make([]byte, 32)),
			s.SetWorked(t.Context(), id, "print", time.Unix(1, 0)),
			s.SetTransport(t.Context(), id, camera.TransportUDP),
		)
		if err != nil {
			t.Fatal(err)
		}
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteDevice("nvr", 0) })
	got := load(t, s)
	if len(got.Devices) != 1 || len(got.Cameras) != 1 || got.Cameras[0].ID != "b" || got.Devices[0].Credentials.User != "u" {
		t.Errorf("left are %+v", got)
	}
	for table, want := range map[string]int{"credentials": 1, "streams": 1, "pins": 2, "sign_ins": 2, "transports": 2} {
		var n int
		if err := s.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != want {
			t.Errorf("%s has %d rows, want %d: %v", table, n, want, err)
		}
	}
}

func TestSignIns(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	d := recorder()
	c := gate(d)
	put(t, s, d, c)

	c.Credentials = camera.Credentials{}
	d.Credentials.Password = secret.Text{}
	put(t, s, d, c)
	got := load(t, s)
	if got.Devices[0].Credentials != d.Credentials || !got.Cameras[0].Credentials.IsZero() || got.Cameras[0].SignIn().User != "admin" {
		t.Errorf("sign-ins are %+v and %+v", got.Devices[0].Credentials, got.Cameras[0].Credentials)
	}
	if a, b := s.Fingerprint("nvr", d.Credentials), s.Fingerprint("gate", d.Credentials); a == b || a == "" {
		t.Errorf("fingerprints are %q and %q", a, b)
	}
}

// TestSignInsCantBeMoved: a sealed sign-in is no good for another owner.
func TestSignInsCantBeMoved(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	d := recorder()
	put(t, s, d, plain(d, "a"))
	if _, err := s.writer.ExecContext(t.Context(), `INSERT INTO credentials SELECT 'camera', 'a', sealed_user, sealed_password FROM credentials`); err != nil {
		t.Fatal(err)
	}
	got := load(t, s)
	if c := got.Cameras[0]; !c.Credentials.IsZero() || !c.SignInLost {
		t.Errorf("the camera signs in as %q", c.Credentials.User)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	s, err := Open(t.Context(), Config{Dir: t.TempDir(), now: func() time.Time { now = now.Add(time.Second); return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := recorder()
	put(t, s, d)
	next := func(taken ...int) (n int, err error) {
		err = s.Update(t.Context(), func(tx *Tx) error {
			n, err = tx.NextNumber(taken...)
			return err
		})
		return n, err
	}
	want := func(number int, taken ...int) {
		t.Helper()
		if n, err := next(taken...); n != number || err != nil {
			t.Errorf("next number is %d (%v), want %d", n, err, number)
		}
	}
	number := func(id camera.ID, n int) {
		t.Helper()
		c := plain(d, id)
		c.Number = n
		put(t, s, d, c)
	}
	want(1)
	want(3, 1, 2)
	number("a", 1)
	number("b", 3)
	want(2)
	number("c", 2)
	want(4)
	update(t, s, func(tx *Tx) error { return tx.DeleteCamera("b", 0) })
	want(4) // 3 had an owner
	number("c", 5)
	want(4) // and so had 2
	number("b", 3)
	want(4)

	// When all were given, the one that was given longest ago comes back.
	update(t, s, func(tx *Tx) error {
		_, err := tx.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
			INSERT OR IGNORE INTO numbers SELECT i, 'gone', 1000000 + i FROM n`)
		return err
	})
	want(2)
	want(4, 2)
	all := make([]int, maxNumber)
	for i := range all {
		all[i] = i + 1
	}
	_, err = next(all...)
	wantCode(t, err, fault.TooMany)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutSetting("site", "Hall 雨"), tx.PutSetting("ranges", []string{"192.0.2.0/24"}), tx.PutSetting("gone", 1))
	})
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutSetting("site", "Hall 2"), tx.PutSetting("gone", nil))
	})
	got, err := s.Settings(t.Context())
	if err != nil || len(got) != 2 || string(got["site"]) != `"Hall 2"` || string(got["ranges"]) != `["192.0.2.0/24"]` {
		t.Errorf("settings are %s: %v", got, err)
	}
	for name, value := range map[string]any{"": 1, "x": func() {}} {
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutSetting(name, value) }); err == nil {
			t.Errorf("setting %q = %T has no error", name, value)
		}
	}
}

func TestLearned(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := openStore(t, t.TempDir())
	pin := []byte(strings.Repeat("p", 32))
	at := time.UnixMilli(1_900_000_000_000).UTC()
	err := errors.Join(
		s.SetPin(ctx, "file", ServiceONVIF, make([]byte, 32)), s.SetPin(ctx, "file", ServiceONVIF, pin),
		s.SetPin(ctx, "gone", ServiceRTSP, pin), s.SetPin(ctx, "gone", ServiceRTSP, nil),
		s.SetWorked(ctx, "a", "one", at), s.SetWorked(ctx, "a", "one", at.Add(time.Hour)),
		s.SetWorked(ctx, "b", "one", at), s.SetWorked(ctx, "b", "two", at.Add(time.Hour)),
		s.SetWorked(ctx, "c", "one", at), s.SetWorked(ctx, "c", "one", at.Add(25*time.Hour)),
		s.SetWorked(ctx, "d", "one", at), s.SetWorked(ctx, "d", "", at),
		s.SetTransport(ctx, "a", camera.TransportTCP), s.SetTransport(ctx, "a", camera.TransportUDP),
		s.SetTransport(ctx, "b", camera.TransportTCP), s.SetTransport(ctx, "b", camera.TransportAuto),
	)
	if err != nil {
		t.Fatal(err)
	}
	pins, err := s.Pins(ctx)
	if err != nil || len(pins) != 1 || pins[0].Device != "file" || pins[0].Service != ServiceONVIF || string(pins[0].SHA256) != string(pin) {
		t.Errorf("pins are %+v: %v", pins, err)
	}
	worked, err := s.Worked(ctx)
	want := map[string]Worked{"a": {"one", at}, "b": {"two", at.Add(time.Hour)}, "c": {"one", at.Add(25 * time.Hour)}}
	if err != nil || !reflect.DeepEqual(worked, want) {
		t.Errorf("sign-ins are %+v: %v", worked, err)
	}
	transports, err := s.Transports(ctx)
	if err != nil || !reflect.DeepEqual(transports, map[string]camera.Transport{"a": camera.TransportUDP}) {
		t.Errorf("transports are %+v: %v", transports, err)
	}
	wantCode(t, s.SetPin(ctx, "a", ServiceRTSP, []byte("short")), fault.BadRequest)
	wantCode(t, s.SetPin(ctx, "a", "ftp", pin), fault.BadRequest)
}

// TestSameAgainWritesNothing: what is told at each sign-in costs no write.
func TestSameAgainWritesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := openStore(t, t.TempDir())
	pin := make([]byte, 32)
	tell := func() {
		t.Helper()
		err := errors.Join(s.SetPin(ctx, "a", ServiceRTSP, pin), s.SetWorked(ctx, "a", "one", time.Unix(5, 0)), s.SetTransport(ctx, "a", camera.TransportTCP))
		if err != nil {
			t.Fatal(err)
		}
	}
	frames := func() (n int) {
		t.Helper()
		var busy, moved int
		if err := s.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &n, &moved); err != nil {
			t.Fatal(err)
		}
		return n
	}
	tell()
	before := frames()
	tell()
	if after := frames(); after != before || before == 0 {
		t.Errorf("the journal had %d pages, has %d", before, after)
	}
}
