package config

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"camwall/internal/fault"
)

// maxProblems is how many are told one by one.
const maxProblems = 20

// wrong keeps one problem: what is wrong at a node, and what would be right.
func (r *reader) wrong(n *yaml.Node, hint, format string, args ...any) {
	if len(r.problems) == maxProblems {
		r.more++
		return
	}
	message := fmt.Sprintf("%s:%d: %s", r.path, max(n.Line, 1), fmt.Sprintf(format, args...))
	r.problems = append(r.problems, fault.New(fault.Config, message, hint))
}

// count returns how many problems there are.
func (r *reader) count() int { return len(r.problems) + r.more }

// fault returns all problems as one error, in the order of the file; nil when
// there is none.
func (r *reader) fault() error {
	if len(r.problems) == 0 {
		return nil
	}
	if len(r.problems) == 1 {
		return r.problems[0]
	}
	var lines []string
	for _, p := range r.problems {
		line := p.Message
		if p.Hint != "" {
			line += " (" + p.Hint + ")"
		}
		lines = append(lines, line)
	}
	if r.more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", r.more))
	}
	return fault.New(fault.Config, strings.Join(lines, "\n"), "docs/configuration.md has every key and its values")
}

var (
	yamlLine   = regexp.MustCompile(`^yaml: line (\d+): `)
	yamlAnchor = regexp.MustCompile(`^yaml: unknown anchor '(.*)' referenced`)
	indentTab  = regexp.MustCompile(`(?m)^[ \t-]*\t`)
	control    = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]`)
)

// syntaxHints tells what the library's messages mean. Those that it lacks are
// not quoted: they may have a piece of the file, and so of a password, in them.
var syntaxHints = []struct{ part, hint string }{
	{"found a tab character", "indent with blanks, not tabs"},
	{"cannot start any token", "quote a value that begins with @, ` or %, and indent with blanks, not tabs"},
	{"unexpected end of stream", "a quote, a bracket or a brace is not closed"},
	{"mapping values are not allowed", "quote a value that has a colon and a blank in it, and check the indentation"},
	{"unknown anchor", "quote a value that begins with *"},
	{"tag handle", "quote a value that begins with !"},
	{"control characters", "save the file as UTF-8 text"},
	{"could not find expected ':'", "a key needs a colon and a blank behind it"},
}

// syntax says where the YAML itself is broken. The library names the line of the
// mistake, or that of the block that it is in, or none.
func (r *reader) syntax(err error, data []byte) error {
	said := err.Error()
	line := ""
	if m := yamlLine.FindStringSubmatch(said); m != nil {
		line = ":" + m[1]
	}
	var at []int
	switch m := yamlAnchor.FindStringSubmatch(said); {
	case m != nil:
		at = regexp.MustCompile(`\*` + regexp.QuoteMeta(m[1])).FindIndex(data)
	case strings.Contains(said, "found a tab character"):
		at = indentTab.FindIndex(data)
	case strings.Contains(said, "control characters"):
		at = control.FindIndex(data)
	}
	if at != nil {
		line = ":" + strconv.Itoa(1+bytes.Count(data[:at[0]], []byte("\n")))
	}
	hint := "check quotes, commas, brackets and indentation from this line on"
	for _, h := range syntaxHints {
		if strings.Contains(said, h.part) {
			hint = h.hint
			break
		}
	}
	return fault.New(fault.Config, r.path+line+": this is no proper YAML", hint)
}

// suggest says which key may have been meant.
func suggest(key string, known fields) string {
	var keys []string
	best, distance := "", 3
	for k := range known {
		keys = append(keys, k)
		if d := editDistance(strings.ToLower(key), k); d < distance || d == distance && k < best {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	slices.Sort(keys)
	return "the keys here are " + strings.Join(keys, ", ")
}

// editDistance counts the letters to insert, delete or replace (Levenshtein); 99
// when that can't be few.
func editDistance(a, b string) int {
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return 99
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
