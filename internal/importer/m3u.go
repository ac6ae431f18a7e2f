package importer

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	m3uMark     = regexp.MustCompile(`(?mi)^\s*#EXT(?:M3U|INF\b)`)
	address     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://\S`)
	m3uName     = regexp.MustCompile(`(?i)\btvg-name="([^"]*)"`)
	quotedValue = regexp.MustCompile(`"[^"]*"`)
)

// isM3U reports whether a text says that it is a playlist.
func isM3U(text string) bool { return m3uMark.MatchString(text) }

// isList reports whether each line is an address: a playlist without its mark.
func isList(text string) bool {
	found := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !address.MatchString(line) || strings.ContainsAny(line, ",;\t|") {
			return false
		}
		found = true
	}
	return found
}

// readM3U reads a playlist: addresses, each with its name in a line #EXTINF
// before it.
func readM3U(text string) *Result {
	c := &collector{format: M3U}
	name, n := "", 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(strings.ToUpper(line), "#EXTINF"):
			name = extName(line)
		case strings.HasPrefix(line, "#"):
		default:
			c.addAddress(entry{key: name, from: "line " + strconv.Itoa(n)}, line)
			name = ""
		}
	}
	c.joinSubs()
	return c.result()
}

// extName returns the name in a line #EXTINF:-1 key="value",name.
func extName(line string) string {
	blank := quotedValue.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat("x", len(s)) })
	if i := strings.IndexByte(blank, ','); i >= 0 {
		if name := strings.TrimSpace(line[i+1:]); name != "" {
			return name
		}
	}
	if m := m3uName.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// addAddress adds a camera with one address; without a name it is called by its
// host.
func (c *collector) addAddress(e entry, raw string) {
	s, why := parseSource(raw)
	if why != "" {
		c.leave(e.from, strings.TrimSpace(label(e.key)+" "+why))
		return
	}
	if e.key == "" {
		e.key = s.host
	}
	e.sources = []source{s}
	c.add(e)
}
