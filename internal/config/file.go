package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"camwall/internal/fault"
)

// maxFileBytes bounds a configuration file: a thousand cameras take a tenth.
const maxFileBytes = 1 << 20

// Load reads the file at path; "" is an empty configuration. Every error is a
// fault.Config that has one line for each thing that is wrong.
func Load(path string) (*Config, error) {
	if path == "" {
		return New(), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(data) > maxFileBytes {
		return nil, fault.Errorf(fault.Config, "%s is larger than 1 MiB", path)
	}
	c, err := parse(data, path)
	if err != nil {
		return nil, err
	}
	c.Path = path
	return c, nil
}

// parse reads the text of a file; path is for messages and relative paths.
func parse(data []byte, path string) (*Config, error) {
	r := &reader{name: filepath.Base(path), dir: filepath.Dir(path), config: New()}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, r.syntax(err)
	}
	if len(root.Content) == 1 {
		r.file(root.Content[0])
	}
	if len(r.problems) > 0 {
		return nil, fault.New(fault.Config, strings.Join(r.problems, "\n"), "docs/configuration.md has every key")
	}
	return r.config, nil
}

// reader turns nodes into values and keeps what is wrong with them.
type reader struct {
	name, dir string
	config    *Config
	problems  []string
}

// wrong keeps one problem at a node.
func (r *reader) wrong(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf("%s:%d: %s", r.name, n.Line, fmt.Sprintf(format, args...)))
}

// syntax says where the YAML itself is broken, without quoting it: there may be
// a password on that line.
func (r *reader) syntax(err error) error {
	var line int
	where := r.name
	if _, serr := fmt.Sscanf(strings.TrimPrefix(err.Error(), "yaml: "), "line %d:", &line); serr == nil {
		where = fmt.Sprintf("%s:%d", r.name, line)
	}
	return &fault.Error{
		Code: fault.Config, Message: where + ": this is no proper YAML",
		Hint: "look for tabs, unclosed quotes and wrong indentation; quote values that have # or : in them",
		Err:  errors.New("parse configuration"),
	}
}

// fields calls the function of each key of a mapping. Unknown and repeated keys
// are wrong; what says what the mapping is.
func (r *reader) fields(n *yaml.Node, what string, known map[string]func(*yaml.Node)) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "%s must be keys and values", what)
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch read := known[key.Value]; {
		case key.Tag == "!!merge":
			r.fields(value, what, known)
		case seen[key.Value]:
			r.wrong(key, "%s: key %q stands twice", what, key.Value)
		case read == nil:
			r.wrong(key, "%s: unknown key %q", what, key.Value)
		default:
			seen[key.Value] = true
			read(resolve(value))
		}
	}
}

// items calls each for the elements of a list.
func (r *reader) items(what string, each func(*yaml.Node)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
			return // a key with nothing behind it
		}
		if n.Kind != yaml.SequenceNode {
			r.wrong(n, "%s must be a list (each element begins with -)", what)
			return
		}
		for _, item := range n.Content {
			each(resolve(item))
		}
	}
}

// text reads a scalar as it stands, also what YAML takes for a number.
func (r *reader) text(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			r.wrong(n, "a text is wanted here")
			return
		}
		if n.Tag != "!!null" {
			*to = n.Value
		}
	}
}

// scalar reads a value by a function whose error says what would be right.
func scalar[T any](r *reader, to *T, what string, parse func(string) (T, error)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var s string
		r.text(&s)(n)
		v, err := parse(s)
		if err != nil {
			r.wrong(n, "%s: %v", what, err)
			return
		}
		*to = v
	}
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}
