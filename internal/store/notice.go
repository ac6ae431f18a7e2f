package store

import (
	"fmt"
	"strings"
	"time"

	"camwall/internal/fault"
)

// Recovered is the code of a notice about the last run: nothing is lost.
const Recovered fault.Code = "recovered"

// maxNamed is how many ids a notice names.
const maxNamed = 10

// notice says what people should know of the data as it was found.
func (s *Store) notice(c *Contents, walls int) *fault.Error {
	var told, hints []string
	if s.before.unclean() {
		run := "the last run"
		if s.before.Process > 0 {
			run = fmt.Sprintf("the last run (process %d)", s.before.Process)
		}
		told = append(told, run+" ended without closing its data")
		hints = append(hints, "it was killed, it crashed, or the power failed: the log of that run may say which")
	}
	if !s.before.Full.IsZero() {
		told = append(told, fmt.Sprintf("the disk could not be written since %s: changes refused then are not there (%d)",
			s.before.Full.UTC().Format(time.RFC3339), s.before.Refused))
		hints = append(hints, "see that the disk has room")
	}
	if len(told) > 0 {
		told = append(told, fmt.Sprintf("all that had been saved is there: %s, %s and %s",
			count(len(c.Devices), "device"), count(len(c.Cameras), "camera"), count(walls, "wall")))
	}
	if lost := c.LostSignIns(); len(lost) > 0 {
		told = append(told, "the key file does not belong to the stored sign-ins of "+some(lost))
		hints = append(hints, "put the key file back that was there when they were saved, or enter the passwords again")
	}
	if len(told) == 0 {
		return nil
	}
	return fault.New(Recovered, strings.Join(told, "; "), strings.Join(hints, "; "))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// some names the first of many.
func some(ids []string) string {
	if more := len(ids) - maxNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:maxNamed], ", "), more)
	}
	return strings.Join(ids, ", ")
}
