package importer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"camwall/internal/camera"
)

// entry is one camera of a file before it has its id: sources are main, then sub.
type entry struct {
	key      string // by which the file calls it; the id is made from it
	name     string // for people; key when empty
	from     string
	sources  []source
	onvif    string // besides the sources
	disabled bool
	notes    []string
}

// collector turns entries into candidates.
type collector struct {
	format  string
	entries []entry
	left    []Left
	more    int // left beyond maxLeft
}

func (c *collector) add(e entry) {
	if len(c.entries) == maxCandidates {
		c.leave(e.from, "is one of more than "+strconv.Itoa(maxCandidates)+" cameras; split the file")
		return
	}
	c.entries = append(c.entries, e)
}

func (c *collector) leave(from, why string) {
	if len(c.left) == maxLeft {
		c.more++
		return
	}
	c.left = append(c.left, Left{From: label(from), Why: label(why)})
}

// joinSubs gives entries that are the small stream of another one, by their
// names, to that one: cam_sub to cam, or to cam_main. They must be at one host
// and sign in alike.
func (c *collector) joinSubs() {
	byKey := make(map[string]int, len(c.entries))
	for i, e := range c.entries {
		if key := fold(e.key); !has(byKey, key) {
			byKey[key] = i
		}
	}
	joined := make([]bool, len(c.entries))
	for i, e := range c.entries {
		base, ok := subOf(e.key)
		if !ok || len(e.sources) != 1 {
			continue
		}
		for _, key := range []string{base, base + "-main", base + "-high", base + "-hd", base + "-hq", base + "-full"} {
			j, found := byKey[key]
			if !found || j == i || joined[j] || len(c.entries[j].sources) != 1 || !c.entries[j].sources[0].takes(e.sources[0]) {
				continue
			}
			to := &c.entries[j]
			to.sources = append(to.sources, e.sources[0])
			to.addNotes(e.notes)
			joined[i] = true
			break
		}
	}
	kept := c.entries[:0]
	for i, e := range c.entries {
		if !joined[i] {
			kept = append(kept, e)
		}
	}
	c.entries = kept
}

func has(m map[string]int, key string) bool {
	_, ok := m[key]
	return ok
}

var (
	separators = regexp.MustCompile(`[\s_.()\[\]/-]+`)
	subName    = regexp.MustCompile(`^(.+)-(?:sub|sub-?stream|low|low-?res|lq|sd)$`)
)

// fold returns a name in the one form in which names are compared.
func fold(key string) string {
	return strings.Trim(separators.ReplaceAllString(strings.ToLower(key), "-"), "-")
}

// subOf returns the folded name of the camera whose small stream that is.
func subOf(key string) (base string, ok bool) {
	m := subName.FindStringSubmatch(fold(key))
	if m == nil {
		return "", false
	}
	return m[1], true
}

// result makes the candidates.
func (c *collector) result() *Result {
	r := &Result{Format: c.format, Left: c.left}
	if c.more > 0 {
		r.Left = append(r.Left, Left{Why: "and " + strconv.Itoa(c.more) + " more"})
	}
	taken := make(map[camera.ID]bool, len(c.entries))
	next := make(map[string]int)
	for _, e := range c.entries {
		r.Candidates = append(r.Candidates, e.candidate(uniqueID(e.key, taken, next)))
	}
	return r
}

// addNotes adds those that are not there yet.
func (e *entry) addNotes(notes []string) {
	for _, note := range notes {
		if !slices.Contains(e.notes, note) {
			e.notes = append(e.notes, note)
		}
	}
}

func (e *entry) candidate(id camera.ID) Candidate {
	for _, s := range e.sources {
		e.addNotes(s.notes)
	}
	cand := Candidate{ID: id, Name: label(e.name), ONVIF: e.onvif, From: label(e.from), Disabled: e.disabled, Notes: e.notes}
	if cand.Name == "" {
		cand.Name = label(e.key)
	}
	if cand.Name == "" {
		cand.Name = string(id)
	}
	for i, s := range e.sources {
		if cand.Credentials.IsZero() {
			cand.Credentials = s.cred
		}
		if cand.ONVIF == "" {
			cand.ONVIF = s.onvif
		}
		if s.url != "" || s.profile != "" {
			cand.Streams = append(cand.Streams, camera.Stream{Name: [...]string{"main", "sub"}[i], URL: s.url, Profile: s.profile})
		}
	}
	return cand
}

// uniqueID makes an id of a name; next has the number to try for a name that
// was there before.
func uniqueID(key string, taken map[camera.ID]bool, next map[string]int) camera.ID {
	base := slug(key)
	if base == "" {
		base = "camera"
	}
	id := camera.ID(base)
	for taken[id] {
		next[base]++
		suffix := "-" + strconv.Itoa(next[base]+1)
		id = camera.ID(strings.TrimRight(base[:min(len(base), maxIDBytes-len(suffix))], "-") + suffix)
	}
	taken[id] = true
	return id
}
