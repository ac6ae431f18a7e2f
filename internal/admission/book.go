// Package admission decides who may connect to a device now. What all services
// share at one device stands here: how many connections we have to it, whether
// it said that it serves no more, and the state of each sign-in, so that sixteen
// streams and a dozen ONVIF requests with one wrong password make one failed
// sign-in, and a device that is busy sees one try. It opens no connection
// itself, keeps nothing on disk, and starts no goroutine. Package streaming asks
// it before each RTSP connection, package inventory around each request.
package admission

import (
	"bytes"
	"log/slog"
	"sync"

	"camwall/internal/camera"
	"camwall/internal/secret"
)

// Config is what a Book needs. The hooks keep what has to outlive the process;
// nil hooks keep nothing. They are called without any lock, in the goroutine
// that asks or tells, and must not wait for a network or for the Book.
type Config struct {
	// Worked tells whether a sign-in has ever been accepted by a device. It is
	// asked when the sign-in is seen for the first time.
	Worked func(deviceID, user string, password secret.Text) bool

	// Remember is told what is new about a device.
	Remember func(deviceID string, f Fact)

	// Known returns what was remembered of a device. It is asked when the
	// device is seen for the first time.
	Known func(deviceID string) Memory

	// Log may be nil.
	Log *slog.Logger
}

// Fact is what was learned about a device just now. One field is set.
type Fact struct {
	// Worked is a sign-in that was accepted for the first time.
	Worked *camera.Credentials

	// Pin is the SHA-256 of the certificate that its RTSP is trusted by.
	Pin []byte

	// Transport is the transport that RTP came over, tcp or udp, when it is
	// another than before.
	Transport string
}

// Memory is what was known of a device when the program last ended.
type Memory struct {
	PreferUDP bool
	Pin       []byte
}

// Book has all devices. Its methods may be called from any goroutine.
type Book struct {
	cfg Config

	// mu guards the field below.
	mu      sync.Mutex
	devices map[string]*Device
}

// New returns a Book without devices.
func New(cfg Config) *Book {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Worked == nil {
		cfg.Worked = func(string, string, secret.Text) bool { return false }
	}
	if cfg.Remember == nil {
		cfg.Remember = func(string, Fact) {}
	}
	if cfg.Known == nil {
		cfg.Known = func(string) Memory { return Memory{} }
	}
	return &Book{cfg: cfg, devices: make(map[string]*Device)}
}

// Device returns the device of that id (camera.Device.ID), and makes it when it
// is not there. For an address that is no device yet any other key does, such
// as its host and port; see Move.
func (b *Book) Device(id string) *Device {
	if d := b.find(id); d != nil {
		return d
	}
	known := b.cfg.Known(id)
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.devices[id]
	if d == nil {
		d = newDevice(b, id)
		d.preferUDP, d.pin = known.PreferUDP, bytes.Clone(known.Pin)
		b.devices[id] = d
	}
	return d
}

func (b *Book) find(id string) *Device {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.devices[id]
}

// Forget drops a device that was removed. Who still holds it goes on with it.
func (b *Book) Forget(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.devices, id)
}

// Move gives the device that was known as one key the id that it has from now
// on: what an address refused before it was added, it has refused. Nothing
// happens when the key is unknown or the id is taken. What the sign-ins learned
// is told to Remember anew, under the new id.
func (b *Book) Move(key, id string) {
	b.mu.Lock()
	d := b.devices[key]
	if d == nil || key == id || b.devices[id] != nil {
		b.mu.Unlock()
		return
	}
	delete(b.devices, key)
	b.devices[id] = d
	b.mu.Unlock()
	for _, f := range d.rename(id) {
		b.cfg.Remember(id, f)
	}
}
