package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// maxKept bounds the file of powers.
const maxKept = 1 << 20

// kept is a power as it stands in the file.
type kept struct {
	Power Power      `json:"power"`
	Until *time.Time `json:"until,omitempty"`
}

// powerPath is where a session of a runtime folder keeps what people have said, for
// the next one of the same start of the machine.
func powerPath(dir string) string { return filepath.Join(dir, "power.json") }

// keep writes the powers down. s.mu is held.
func (s *Session) keep() {
	all := make(map[string]kept, len(s.powers))
	for name, h := range s.powers {
		all[name] = kept{h.power, some(h.until)}
	}
	path := powerPath(s.cfg.Dir)
	text, err := json.Marshal(all)
	if err == nil {
		err = writePrivate(path+".new", string(text))
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		s.cfg.Log.Warn("how screens were switched is not kept", "error", err)
	}
}

// recall reads what the session before has kept.
func (s *Session) recall() {
	found, err := readPowers(powerPath(s.cfg.Dir))
	if err != nil {
		s.cfg.Log.Warn("how screens were switched is forgotten", "error", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.powers = found
}

// readPowers reads the file of powers; none is none.
func readPowers(path string) (powers, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return powers{}, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxKept {
		return nil, fmt.Errorf("%s has %d bytes", path, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found, err := parsePowers(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return found, nil
}

// parsePowers reads what keep has written.
func parsePowers(text []byte) (powers, error) {
	var all map[string]kept
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	found := powers{}
	for name, k := range all {
		power, err := ParsePower(string(k.Power))
		if err != nil {
			return nil, err
		}
		if power == PowerAuto {
			continue
		}
		h := held{power: power}
		if k.Until != nil {
			h.until = *k.Until
		}
		found[name] = h
	}
	return found, nil
}
