package importer

import (
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"camwall/internal/fault"
)

// yamlFile is a YAML text that is looked into, never decoded: aliases are
// followed one by one, so what they would grow to does not matter.
type yamlFile struct {
	name string
	root *yaml.Node
	vars *variables

	// steps bounds how many keys are looked at, aliases and merges included.
	steps int
}

const maxSteps = 2_000_000

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// parseYAML reads the first document of a text. The error is a fault.BadRequest.
func parseYAML(name, text string, env func(string) (string, bool)) (*yamlFile, error) {
	vars := &variables{env: env}
	y := &yamlFile{name: name, vars: vars, steps: maxSteps}
	var document yaml.Node
	err := yaml.NewDecoder(strings.NewReader(vars.protect(text))).Decode(&document)
	if err != nil && !errors.Is(err, io.EOF) {
		// The library's own words may quote the file.
		where := name
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			where += ":" + m[1]
		}
		return nil, fault.Errorf(fault.BadRequest, "%s: this is no proper YAML", where).
			WithHint("check quotes, commas, brackets and indentation from this line on")
	}
	y.root = &document
	if document.Kind == yaml.DocumentNode && len(document.Content) > 0 {
		y.root = document.Content[0]
	}
	return y, nil
}

var yamlKeys = regexp.MustCompile(`(?m)^(?:streams|cameras|paths|go2rtc|mqtt)[ \t]*:`)

// looksLikeYAML tells a broken YAML file from one of another kind.
func looksLikeYAML(name, text string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	case ".csv", ".m3u", ".m3u8", ".tsv":
		return false
	}
	return yamlKeys.MatchString(text)
}

// isKnown reports whether the file is a mapping with a key that says whose it is.
func (y *yamlFile) isKnown() bool {
	if y.root.Kind != yaml.MappingNode {
		return false
	}
	for _, key := range []string{"cameras", "go2rtc", "streams", "paths", "pathDefaults"} {
		if y.child(y.root, key) != nil {
			return true
		}
	}
	return false
}

func (y *yamlFile) read() (*Result, error) {
	cameras := y.child(y.root, "cameras")
	if cameras != nil && cameras.Kind == yaml.SequenceNode {
		return nil, fault.Errorf(fault.BadRequest, "%s looks like a configuration of Camwall itself", y.name).
			WithHint("name it with --config in place of importing it")
	}
	var c *collector
	switch {
	case cameras != nil || y.child(y.root, "go2rtc") != nil:
		c = y.readFrigate()
	case y.child(y.root, "streams") != nil:
		c = y.readGo2RTC()
	default:
		c = y.readMediaMTX()
	}
	if y.steps <= 0 {
		return nil, fault.Errorf(fault.BadRequest, "%s repeats itself too often", y.name).
			WithHint("it has anchors that name each other many times; write out what is meant")
	}
	return c.result(), nil
}

// pair is a key and its value.
type pair struct {
	key   string
	value *yaml.Node
}

// pairs returns a mapping's own keys in their order, then those that it takes
// over with <<. Of a key that is there twice the first counts. Anything else
// than a mapping has none.
func (y *yamlFile) pairs(n *yaml.Node) []pair {
	var all []pair
	taken := make(map[string]bool)
	y.addPairs(n, &all, taken, make(map[*yaml.Node]bool))
	return all
}

func (y *yamlFile) addPairs(n *yaml.Node, all *[]pair, taken map[string]bool, seen map[*yaml.Node]bool) {
	n = resolve(n)
	if n == nil || seen[n] {
		return
	}
	seen[n] = true
	var merged []*yaml.Node
	switch n.Kind {
	case yaml.SequenceNode: // << takes a list, too
		merged = n.Content
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if y.steps--; y.steps <= 0 {
				return
			}
			key, value := resolve(n.Content[i]), resolve(n.Content[i+1])
			switch {
			case key.Tag == "!!merge":
				merged = append(merged, value)
			case key.Kind == yaml.ScalarNode && !taken[key.Value]:
				taken[key.Value] = true
				*all = append(*all, pair{y.vars.restore(key.Value), value})
			}
		}
	}
	for _, m := range merged {
		if y.steps--; y.steps <= 0 {
			return
		}
		y.addPairs(m, all, taken, seen)
	}
}

// child returns the value at a path of keys; nil when there is none or it is
// null.
func (y *yamlFile) child(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		if n = y.value(n, key); n == nil {
			return nil
		}
	}
	return n
}

func (y *yamlFile) value(n *yaml.Node, key string) *yaml.Node {
	if n = resolve(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for _, p := range y.pairs(n) {
		if p.key == key && p.value.Tag != "!!null" {
			return p.value
		}
	}
	return nil
}

// text returns the scalar at a path of keys as it stands in the file; empty when
// there is none.
func (y *yamlFile) text(n *yaml.Node, path ...string) string {
	if n = resolve(y.child(n, path...)); n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// elements returns a list's elements, or a single value as the only one.
func (y *yamlFile) elements(n *yaml.Node) []*yaml.Node {
	n = resolve(n)
	switch {
	case n == nil || n.Tag == "!!null":
		return nil
	case n.Kind != yaml.SequenceNode:
		return []*yaml.Node{n}
	}
	y.steps -= len(n.Content)
	if y.steps <= 0 {
		return nil
	}
	all := make([]*yaml.Node, len(n.Content))
	for i, e := range n.Content {
		all[i] = resolve(e)
	}
	return all
}

func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// truth reads YAML's words for true and false, those of YAML 1.1 included.
func truth(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "on", "y", "1":
		return true, true
	case "false", "no", "off", "n", "0":
		return false, true
	}
	return false, false
}

// at names a place in a file: at("streams", "front", 0) is streams.front[0].
func at(path ...any) string {
	var b strings.Builder
	for _, p := range path {
		switch p := p.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(p) + "]")
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(p)
		}
	}
	return b.String()
}
