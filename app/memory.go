package main

import (
	"context"
	"log/slog"
	"time"

	"camwall/internal/admission"
	"camwall/internal/camera"
	"camwall/internal/secret"
	"camwall/internal/store"
)

// rememberTime bounds how long a fact may take to be kept.
const rememberTime = 5 * time.Second

// memory is what admission knows of the last run, and what it keeps for the next
// one: which sign-ins worked, which certificates were trusted, how pictures came.
type memory struct {
	store      *store.Store
	log        *slog.Logger
	worked     map[string]store.Worked // by device
	pins       map[string][]byte
	transports map[string]camera.Transport
}

func newMemory(ctx context.Context, s *store.Store, log *slog.Logger) (*memory, error) {
	m := &memory{store: s, log: log, pins: make(map[string][]byte)}
	var err error
	if m.worked, err = s.Worked(ctx); err != nil {
		return nil, err
	}
	if m.transports, err = s.Transports(ctx); err != nil {
		return nil, err
	}
	pins, err := s.Pins(ctx)
	for _, p := range pins {
		if p.Service == store.ServiceRTSP {
			m.pins[p.Device] = p.SHA256
		}
	}
	return m, err
}

// book returns the admission that remembers by m.
func (m *memory) book() *admission.Book {
	return admission.New(admission.Config{Worked: m.hasWorked, Remember: m.remember, Known: m.known, Log: m.log})
}

func (m *memory) hasWorked(device, user string, password secret.Text) bool {
	known, ok := m.worked[device]
	return ok && known.Fingerprint == m.store.Fingerprint(device, camera.Credentials{User: user, Password: password})
}

func (m *memory) known(device string) admission.Memory {
	return admission.Memory{PreferUDP: m.transports[device] == camera.TransportUDP, Pin: m.pins[device]}
}

func (m *memory) remember(device string, f admission.Fact) {
	if _, err := camera.ParseID(device); err != nil {
		return // an address that is no device yet: it is told anew when it is
	}
	ctx, cancel := context.WithTimeout(context.Background(), rememberTime)
	defer cancel()
	var err error
	switch {
	case f.Worked != nil:
		err = m.store.SetWorked(ctx, device, m.store.Fingerprint(device, *f.Worked), time.Now())
	case f.Pin != nil:
		err = m.store.SetPin(ctx, device, store.ServiceRTSP, f.Pin)
	case f.Transport == camera.TransportUDP.String():
		err = m.store.SetTransport(ctx, device, camera.TransportUDP)
	case f.Transport != "":
		err = m.store.SetTransport(ctx, device, camera.TransportTCP)
	}
	if err != nil {
		m.log.Warn("what was learned of a device is not kept", "device", device, "error", err)
	}
}
