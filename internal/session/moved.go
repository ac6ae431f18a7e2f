package session

import (
	"slices"
	"strings"
	"time"

	"camwall/internal/screen"
)

// movedAfter is how long a connector must be gone until the kiosk of its display,
// which is at another one now, is ended.
const movedAfter = time.Minute

// endMoved ends the kiosks whose display has come back as another output: behind
// some adapters a connector has a new name each time. They would else pile up
// unseen.
func (s *Session) endMoved() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, to := range s.moved() {
		s.cfg.Log.Info("the display has moved", "from", name, "to", to)
		s.kiosks[name].end()
		delete(s.kiosks, name)
		delete(s.known, name)
		delete(s.gone, name)
	}
}

// moved returns the outputs whose display has another kiosk now, and where. Two
// displays that can't be told apart never move. s.mu is held.
func (s *Session) moved() map[string]string {
	all := map[string]string{}
	for name := range s.kiosks {
		was := s.known[name]
		if _, there := s.found[name]; there || time.Since(s.gone[name]) < movedAfter || !isSerial(was.Serial) || s.isTwin(was.Display) {
			continue
		}
		for to, o := range s.found {
			if s.kiosks[to] != nil && screen.Same(o.Display, was.Display) {
				all[name] = to
			}
		}
	}
	return all
}

// isSerial tells whether a display's serial number is one: those of many
// televisions are empty, zero or one.
func isSerial(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return text != "unknown" && strings.Trim(strings.TrimPrefix(text, "0x"), "01") != ""
}

// noteTwins keeps the displays that are there more than once: what they call a
// serial number is that of their model. s.mu is held.
func (s *Session) noteTwins() {
	for name, one := range s.found {
		for other, two := range s.found {
			if name != other && screen.Same(one.Display, two.Display) && !s.isTwin(one.Display) {
				s.twins = append(s.twins, one.Display)
			}
		}
	}
}

func (s *Session) isTwin(display string) bool {
	return slices.ContainsFunc(s.twins, func(each string) bool { return screen.Same(each, display) })
}
