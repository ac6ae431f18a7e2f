package onvif

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// node is an element of an answer. Answers are searched by local names alone:
// devices disagree about prefixes, namespaces, order and types.
type node struct {
	space, name string
	attrs       []xml.Attr
	text        string
	nodes       []*node
}

// Limits of an answer's shape.
const (
	maxDepth = 64
	maxNodes = 100_000
)

// parseXML reads as much of an answer as makes sense: charset declarations that
// lie, MIME parts around it, garbage behind it and errors after its useful part
// do not matter. It returns nil when nothing in it is XML.
func parseXML(body []byte) *node {
	text := cutXML(toUTF8(body))
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // toUTF8 was there
	root := &node{}
	open := []*node{root}
	texts := []*strings.Builder{{}}
	for count := 0; count < maxNodes; {
		token, err := d.Token()
		if err != nil {
			break
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			count++
			n := &node{space: t.Name.Space, name: t.Name.Local, attrs: t.Attr}
			top.nodes = append(top.nodes, n)
			if len(open) == maxDepth {
				return firstOf(root, open, texts)
			}
			open, texts = append(open, n), append(texts, &strings.Builder{})
		case xml.EndElement:
			last := len(open) - 1
			top.text = strings.TrimSpace(texts[last].String())
			if last == 1 {
				return root.nodes[0]
			}
			open, texts = open[:last], texts[:last]
		case xml.CharData:
			texts[len(open)-1].Write(t)
		}
	}
	return firstOf(root, open, texts)
}

// firstOf returns the outermost element of an answer that broke off, its open
// elements closed.
func firstOf(root *node, open []*node, texts []*strings.Builder) *node {
	for i, n := range open {
		n.text = strings.TrimSpace(texts[i].String())
	}
	if len(root.nodes) == 0 {
		return nil
	}
	return root.nodes[0]
}

var (
	beginsXML = regexp.MustCompile(`<\?xml\b|<(?:[A-Za-z_][\w.-]*:)?Envelope\b`)
	endsXML   = regexp.MustCompile(`</(?:[A-Za-z_][\w.-]*:)?Envelope\s*>`)
)

// cutXML cuts the envelope out of what is around it, such as the parts of a
// multipart/related body (MTOM).
func cutXML(text []byte) []byte {
	if at := beginsXML.FindIndex(text); at != nil {
		text = text[at[0]:]
	}
	if at := endsXML.FindIndex(text); at != nil {
		text = text[:at[1]]
	}
	return text
}

var declared = regexp.MustCompile(`^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9_.:-]+)["']`)

// toUTF8 believes the bytes more than the declaration, and leaves no character
// that XML does not allow.
func toUTF8(body []byte) []byte {
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xfe")), len(body) > 1 && body[0] == '<' && body[1] == 0:
		body = fromUTF16(body, 0, 1)
	case bytes.HasPrefix(body, []byte("\xfe\xff")), len(body) > 1 && body[0] == 0 && body[1] == '<':
		body = fromUTF16(body, 1, 0)
	case !utf8.Valid(body):
		if m := declared.FindSubmatch(body); m != nil {
			if r, err := charset.NewReaderLabel(string(m[1]), bytes.NewReader(body)); err == nil && !isWide(string(m[1])) {
				if converted, err := io.ReadAll(r); err == nil {
					body = converted
				}
			}
		}
	}
	return bytes.Map(func(r rune) rune {
		if r == 0xfeff || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, body)
}

func isWide(label string) bool { return strings.HasPrefix(strings.ToLower(label), "utf-16") }

// fromUTF16 converts; low and high are where a unit's bytes are.
func fromUTF16(body []byte, low, high int) []byte {
	units := make([]uint16, 0, len(body)/2)
	for i := 0; i+1 < len(body); i += 2 {
		units = append(units, uint16(body[i+low])|uint16(body[i+high])<<8)
	}
	return []byte(string(utf16.Decode(units)))
}

// child returns the first direct child of that name; nil when n is nil or has
// none.
func (n *node) child(name string) *node {
	for _, c := range n.children() {
		if strings.EqualFold(c.name, name) {
			return c
		}
	}
	return nil
}

// at follows names separated by slashes.
func (n *node) at(path string) *node {
	for name := range strings.SplitSeq(path, "/") {
		n = n.child(name)
	}
	return n
}

// find returns the first element of that name in n, n included, or nil.
func (n *node) find(name string) *node {
	if n == nil || strings.EqualFold(n.name, name) {
		return n
	}
	for _, c := range n.nodes {
		if found := c.find(name); found != nil {
			return found
		}
	}
	return nil
}

// all returns the direct children of that name.
func (n *node) all(name string) []*node {
	var found []*node
	for _, c := range n.children() {
		if strings.EqualFold(c.name, name) {
			found = append(found, c)
		}
	}
	return found
}

func (n *node) children() []*node {
	if n == nil {
		return nil
	}
	return n.nodes
}

// value returns the text of the element at path; n's own for "".
func (n *node) value(path string) string {
	if path != "" {
		n = n.at(path)
	}
	if n == nil {
		return ""
	}
	return n.text
}

// attr returns an attribute of n.
func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.attrs {
		if strings.EqualFold(a.Name.Local, name) {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// number reads the number at path; 0 when there is none that makes sense.
func (n *node) number(path string) float64 { return parseNumber(n.value(path)) }

func parseNumber(s string) float64 {
	f, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(s), ",", "."), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// within returns f as a whole number if it is in 1 to limit, else 0.
func within(f float64, limit int) int {
	if f < 1 || f > float64(limit) {
		return 0
	}
	return int(math.Round(f))
}

// isTrue reads a truth value of any dialect.
func isTrue(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "on", "yes", "active", "high":
		return true
	}
	return false
}

// encode writes n back as XML, for what a device wants to hear again.
func (n *node) encode(w *strings.Builder) {
	name := n.name
	if n.space == "" {
		w.WriteString("<" + name)
	} else {
		name = "p:" + name
		w.WriteString("<" + name + ` xmlns:p="` + escape(n.space) + `"`)
	}
	for _, a := range n.attrs {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			w.WriteString(" " + a.Name.Local + `="` + escape(a.Value) + `"`)
		}
	}
	w.WriteString(">" + escape(n.text))
	for _, c := range n.nodes {
		c.encode(w)
	}
	w.WriteString("</" + name + ">")
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// oneLine makes one line of printable text.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
}

// bounded cuts s after that many bytes, between characters.
func bounded(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
