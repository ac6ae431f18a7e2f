package importer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// variables puts the environment's values into a configuration as go2rtc and
// Frigate do. A value never becomes YAML: what go2rtc replaces before it reads
// the text is marked here, and replaced in what was read.
type variables struct {
	env func(string) (string, bool)

	// own are those that the file itself sets; they come first with go2rtc,
	// last with Frigate.
	own      map[string]string
	ownFirst bool

	marked []string // what stood between ${ and }
}

// The marks, of Unicode's private use area, stand around an index of marked.
const (
	openMark  = "\ue000"
	closeMark = "\ue001"
)

var (
	dollar = regexp.MustCompile(`\$\{([^}{\r\n]+)\}`)
	mark   = regexp.MustCompile(openMark + `(\d{1,9})` + closeMark)
	brace  = regexp.MustCompile(`\{\{|\}\}|\{(FRIGATE_[A-Za-z0-9_]+)\}`)
)

// Variables returns the names of the variables that a file may refer to, as Read
// would ask for them, sorted. Whoever hands a file on sends these alone along.
func Variables(content string) []string {
	var names []string
	for _, m := range dollar.FindAllStringSubmatch(content, -1) {
		name, _, _ := strings.Cut(m[1], ":")
		names = append(names, name)
	}
	for _, m := range brace.FindAllStringSubmatch(content, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

// protect replaces ${NAME} and ${NAME:default}, whose braces YAML would take for
// its own, by marks.
func (v *variables) protect(text string) string {
	return dollar.ReplaceAllStringFunc(text, func(s string) string {
		v.marked = append(v.marked, s[2:len(s)-1])
		return openMark + strconv.Itoa(len(v.marked)-1) + closeMark
	})
}

// inside returns what stood between the braces of a mark.
func (v *variables) inside(s string) (string, bool) {
	i, err := strconv.Atoi(s[len(openMark) : len(s)-len(closeMark)])
	if err != nil || i >= len(v.marked) {
		return "", false
	}
	return v.marked[i], true
}

// restore puts the text back as it was before protect.
func (v *variables) restore(s string) string {
	if !strings.Contains(s, openMark) {
		return s
	}
	return mark.ReplaceAllStringFunc(s, func(m string) string {
		if text, ok := v.inside(m); ok {
			return "${" + text + "}"
		}
		return m
	})
}

// expand returns s with the values of its variables, and the name of the first
// one that has none.
func (v *variables) expand(s string) (text, missing string) {
	if !strings.Contains(s, openMark) {
		return s, ""
	}
	text = mark.ReplaceAllStringFunc(s, func(m string) string {
		inside, ok := v.inside(m)
		if !ok {
			return m
		}
		name, fallback, hasFallback := inside, "", false
		if i := strings.IndexByte(inside, ':'); i > 0 {
			name, fallback, hasFallback = inside[:i], inside[i+1:], true
		}
		if value, ok := v.lookup(name); ok {
			return value
		}
		if !hasFallback && missing == "" {
			missing = name
		}
		return fallback
	})
	return text, missing
}

// expandBraces is expand for {FRIGATE_NAME}; {{ and }} stand for a brace. An
// address without either is left as it is.
func (v *variables) expandBraces(s string) (text, missing string) {
	text = brace.ReplaceAllStringFunc(s, func(m string) string {
		if m == "{{" || m == "}}" {
			return m[:1]
		}
		value, ok := v.lookup(m[1 : len(m)-1])
		if !ok && missing == "" {
			missing = m[1 : len(m)-1]
		}
		return value
	})
	return text, missing
}

func (v *variables) lookup(name string) (string, bool) {
	own, found := v.own[name]
	if found && v.ownFirst {
		return own, true
	}
	if value, ok := v.env(name); ok {
		return strings.TrimRight(value, "\r\n"), true
	}
	return own, found
}
