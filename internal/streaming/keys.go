package streaming

import (
	"context"
	"time"

	"camwall/internal/media"
)

// A key unit is asked for where pictures would have to wait for the next one:
//   - somebody joins a stream whose last GOP the hub no longer holds whole, as
//     with smart codecs, whose GOPs are minutes long, while nothing decodes it;
//   - a session plays and brings no unit: the first one has to be a key unit;
//   - packets were lost, which shows until the next key unit.
//
// Elsewhere it would be of no use: a new decoder catches up from the hub.
const (
	keyPatience = time.Second     // the next one may well come by itself
	keyPause    = 2 * time.Second // between two requests for a stream
	longGOP     = 4 * time.Second // after a loss, from here on the next one is far
)

// blindLocked tells whether somebody who begins now with what the hub holds has
// to wait for a key unit.
func (s *stream) blindLocked() bool {
	key := s.hub.Key()
	return s.alive && key != nil && !s.hub.Whole() && time.Since(key.Arrived) > keyPatience
}

// askKeyLocked has a key unit asked for, unless one was just now. It does not
// wait.
func (s *stream) askKeyLocked() {
	ask := s.svc.cfg.RequestKey
	if ask == nil || s.removed || s.keyAsking || time.Since(s.keyAsked) < keyPause {
		return
	}
	s.keyAsking, s.keyAsked = true, time.Now()
	s.svc.start(func(context.Context) {
		ask(s.id, s.name)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keyAsking = false
	})
}

func (s *stream) askKey() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.askKeyLocked()
}

// askKeyIfBlind asks where who reads the hub from now on would have to wait.
func (s *stream) askKeyIfBlind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.blindLocked() {
		s.askKeyLocked()
	}
}

// keyAt returns when a session that plays and has brought no unit yet asks for a
// key unit again; zero when it need not. Past that time it has asked.
func (s *stream) keyAt(in *ingest, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.svc.cfg.RequestKey == nil || s.viewers == 0 || in.playing.IsZero() || !s.lastUnit.Before(in.playing) {
		return time.Time{}
	}
	at := in.playing.Add(keyPatience)
	if next := s.keyAsked.Add(keyPause); next.After(at) {
		at = next
	}
	if now.Before(at) {
		return at
	}
	s.askKeyLocked()
	return now.Add(keyPause)
}

// brokenLocked takes in that units came, and asks for a key unit after a loss
// where the next one is far: more key units over a bad link make it worse.
func (in *ingest) brokenLocked(au *media.AccessUnit) {
	switch {
	case au.Key:
		in.lastKey, in.broken = au.Arrived, false
	case au.Lost > 0:
		in.broken = true
	}
	if in.broken && in.stream.viewers > 0 && au.Arrived.Sub(in.lastKey) > longGOP {
		in.stream.askKeyLocked()
	}
}
