package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// field reads the value of one key. where is the part of the file, for messages.
// It returns false when it kept a problem.
type field func(r *reader, where, key string, n *yaml.Node) bool

// fields are the keys of one mapping.
type fields map[string]field

// fields reads a mapping. Unknown and repeated keys are wrong. It returns false
// when anything was.
func (r *reader) fields(n *yaml.Node, where string, known fields) bool {
	all, ok := r.pairs(n, where)
	for _, p := range all {
		key := p.key.Value
		read := known[key]
		switch {
		case read == nil:
			r.wrong(p.key, suggest(key, known), "%sunknown key %.40q", prefix(where), key)
			ok = false
		case !isNull(p.value): // a key with nothing behind it
			ok = read(r, where, key, p.value) && ok
		}
	}
	return ok
}

type pair struct{ key, value *yaml.Node }

// pairs returns the keys and values of a mapping in their order, then those that
// it takes over with << (YAML's merge key) and does not have itself.
func (r *reader) pairs(n *yaml.Node, where string) (all []pair, ok bool) {
	p := pairReader{reader: r, where: prefix(where), ok: true, taken: make(map[string]bool), seen: make(map[*yaml.Node]bool)}
	p.add(n, false)
	return p.all, p.ok
}

// pairReader is one mapping being read.
type pairReader struct {
	*reader
	where string
	all   []pair
	ok    bool
	taken map[string]bool
	seen  map[*yaml.Node]bool // each node is read once, so that loops and bombs end
}

// add reads a mapping, or, of those that are merged, a list of some.
func (p *pairReader) add(n *yaml.Node, merged bool) {
	n = resolve(n)
	if p.seen[n] {
		return
	}
	p.seen[n] = true
	switch {
	case n.Kind == yaml.MappingNode:
		p.mapping(n, merged)
	case n.Kind == yaml.SequenceNode && merged:
		for _, element := range n.Content {
			p.add(element, true)
		}
	default:
		p.refuse(n, "write key: value, one a line", "keys and values are wanted here")
	}
}

func (p *pairReader) mapping(n *yaml.Node, merged bool) {
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), resolve(n.Content[i+1])
		switch {
		case key.Tag == "!!merge":
			merges = append(merges, value)
		case key.Kind != yaml.ScalarNode:
			p.refuse(key, "write key: value, one a line", "a key is one word")
		case !p.taken[key.Value]:
			p.taken[key.Value] = true
			p.all = append(p.all, pair{key, value})
		case !merged:
			p.refuse(key, "keep one of them", fmt.Sprintf("key %.40q is there twice", key.Value))
		}
	}
	for _, m := range merges {
		p.add(m, true)
	}
}

func (p *pairReader) refuse(n *yaml.Node, hint, what string) {
	p.wrong(n, hint, "%s%s", p.where, what)
	p.ok = false
}

func prefix(where string) string {
	if where == "" {
		return ""
	}
	return where + ": "
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// node keeps the value as it is.
func node(to **yaml.Node) field {
	return func(_ *reader, _, _ string, n *yaml.Node) bool {
		*to = n
		return true
	}
}

// maxTextRunes bounds names, texts and addresses.
const maxTextRunes = 2048

// text reads a scalar as it stands, also what YAML takes for a number.
func text(to *string) field { return readText(to, unicode.IsControl) }

// secretText is text whose value no message tells, with any character.
func secretText(to *string) field { return readText(to, func(rune) bool { return false }) }

func readText(to *string, refused func(rune) bool) field {
	return func(r *reader, where, key string, n *yaml.Node) bool {
		if n.Kind != yaml.ScalarNode || strings.ContainsFunc(n.Value, refused) || utf8.RuneCountInString(n.Value) > maxTextRunes {
			r.wrong(n, "quote it when it has one of : # [ ] { } , & * ! | > ' \" % @ ` in it", "%s%s must be a text of one line", prefix(where), key)
			return false
		}
		*to = n.Value
		return true
	}
}

// value reads a scalar by a function that returns what it must be when it is not.
func value[T any](to *T, parse func(string) (T, string)) field {
	return func(r *reader, where, key string, n *yaml.Node) bool {
		v, must := parse(n.Value)
		if n.Kind != yaml.ScalarNode {
			r.wrong(n, "docs/configuration.md shows how", "%s%s must be one value", prefix(where), key)
			return false
		}
		if must != "" {
			r.wrong(n, key+" "+must, "%s%s is %.80q", prefix(where), key, n.Value)
			return false
		}
		*to = v
		return true
	}
}

// list reads a list of scalars, or a single one.
func list[T any](to *[]T, parse func(string) (T, string)) field {
	return func(r *reader, where, key string, n *yaml.Node) bool {
		elements := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			elements = n.Content
		}
		ok := true
		for _, element := range elements {
			var v T
			if value(&v, parse)(r, where, key, resolve(element)) {
				*to = append(*to, v)
			} else {
				ok = false
			}
		}
		return ok
	}
}
