package arch

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	fence      = regexp.MustCompile("^\\s*(```|~~~)")
	codeSpan   = regexp.MustCompile("``[^`]*``|`[^`]*`")
	linkTarget = regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)`)
	linkDef    = regexp.MustCompile(`^\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?`)
	linkHTML   = regexp.MustCompile(`(?i)<(?:a|img|source)\s[^>]*?(?:href|src|srcset)="([^"\s]+)`)
	heading    = regexp.MustCompile(`^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$`)
	namedHTML  = regexp.MustCompile(`(?i)<[a-z]+[^>]*?\s(?:id|name)="([^"]+)"`)
	scheme     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:|^//`)
	linkText   = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
)

// prose calls f with each line of a Markdown text that is no code block.
func prose(text string, f func(n int, line string)) {
	n, inside := 0, ""
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		mark := fence.FindStringSubmatch(line)
		switch {
		case mark != nil && inside == "":
			inside = mark[1]
		case mark != nil && mark[1] == inside:
			inside = ""
		case inside == "":
			f(n, line)
		}
	}
}

// checkLinks finds links of Markdown files to files and headings that do not
// exist. Links to other hosts are not followed.
func (c *checker) checkLinks() {
	for _, f := range c.tree.files {
		if path.Ext(f.path) != ".md" {
			continue
		}
		prose(f.text, func(n int, line string) {
			line = codeSpan.ReplaceAllString(line, "")
			for _, pattern := range []*regexp.Regexp{linkTarget, linkDef, linkHTML} {
				for _, m := range pattern.FindAllStringSubmatch(line, -1) {
					if wrong := c.brokenLink(f, m[1]); wrong != "" {
						c.find(f.path, n, "link to %s: %s", m[1], wrong)
					}
				}
			}
		})
	}
}

// brokenLink returns what is wrong with a link of f; "" when it leads somewhere.
func (c *checker) brokenLink(f *file, target string) string {
	if scheme.MatchString(target) {
		return ""
	}
	name, anchor, _ := strings.Cut(target, "#")
	name, err := url.PathUnescape(name)
	if err != nil {
		return "not a valid address"
	}
	to := f.path
	switch {
	case strings.HasPrefix(name, "/"):
		to = path.Clean(strings.TrimPrefix(name, "/"))
	case name != "":
		to = path.Join(path.Dir(f.path), name)
	}
	if to == ".." || strings.HasPrefix(to, "../") {
		return "it leaves the tree"
	}
	if _, err := os.Stat(filepath.Join(c.tree.root, filepath.FromSlash(to))); err != nil {
		return "no such file"
	}
	if anchor == "" || path.Ext(to) != ".md" {
		return ""
	}
	text := f.text
	if to != f.path {
		b, err := os.ReadFile(filepath.Join(c.tree.root, filepath.FromSlash(to)))
		if err != nil {
			return "no such file"
		}
		text = string(b)
	}
	if !anchors(text)[anchor] {
		return "no such heading"
	}
	return ""
}

// anchors returns the names that a link into a Markdown text can have after #.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	prose(text, func(_ int, line string) {
		for _, m := range namedHTML.FindAllStringSubmatch(line, -1) {
			names[m[1]] = true
		}
		m := heading.FindStringSubmatch(line)
		if m == nil {
			return
		}
		base := slug(m[1])
		name := base
		for i := 1; names[name]; i++ {
			name = base + "-" + strconv.Itoa(i)
		}
		names[name] = true
	})
	return names
}

// slug returns the anchor of a heading as code hosts make it: lower case,
// letters, digits, hyphens and underscores kept, spaces to hyphens.
func slug(title string) string {
	title = linkText.ReplaceAllString(title, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, title)
}

var mapRow = regexp.MustCompile("^\\|\\s*([0-9]+|-)\\s*\\|\\s*`([^`]+)`\\s*\\|")

// checkMap compares the table of the document about the architecture with the
// tree and with the table of packages, and its length with the limit.
func (c *checker) checkMap() {
	doc := c.tree.find(c.Map)
	if doc == nil {
		c.find(c.Map, 1, "no such file")
		return
	}
	if n := lines(doc.text); n > c.MapLines {
		c.find(c.Map, n, "%d lines, more than %d", n, c.MapLines)
	}
	told := map[string]bool{}
	end := 1
	prose(doc.text, func(n int, line string) {
		m := mapRow.FindStringSubmatch(line)
		if m == nil {
			return
		}
		end = n
		layer, name := m[1], m[2]
		row, ok := c.row(name)
		switch {
		case told[name]:
			c.find(c.Map, n, "%s has two rows", name)
		case !ok || row.Path != name:
			c.find(c.Map, n, "%s has no row in the table of packages (%s)", name, tablesAt)
		case layer != layerName(row.Layer):
			c.find(c.Map, n, "%s is on layer %s here, on %s in the table of packages (%s)", name, layer, layerName(row.Layer), tablesAt)
		case !c.tree.hasPackage(row):
			c.find(c.Map, n, "%s does not exist", name)
		}
		told[name] = true
	})
	for _, p := range c.Packages {
		if !told[p.Path] {
			c.find(c.Map, end, "%s is missing", p.Path)
		}
	}
}

func layerName(layer int) string {
	if layer == Beside {
		return "-"
	}
	return strconv.Itoa(layer)
}

// find returns the file of that path, or nil.
func (t *tree) find(name string) *file {
	for _, f := range t.files {
		if f.path == name {
			return f
		}
	}
	return nil
}

// hasPackage reports whether the tree has Go files for a row.
func (t *tree) hasPackage(p Package) bool {
	for _, c := range t.goFiles {
		if c.dir == p.Path || p.Nested && strings.HasPrefix(c.dir, p.Path+"/") {
			return true
		}
	}
	return false
}
