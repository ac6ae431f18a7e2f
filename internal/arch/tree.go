package arch

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// tree is what Check has read.
type tree struct {
	root  string
	files []*file // sorted by path
}

// file is one text file.
type file struct {
	path string // from the root, with slashes
	text string
	code *code // of a Go file, else nil
}

// code is a parsed Go file, of whatever build tags.
type code struct {
	fset   *token.FileSet
	syntax *ast.File

	dir       string // its package's directory
	test      bool
	generated bool

	// alone is a program of its own in the directory of another package, by
	// "//go:build ignore".
	alone bool
}

// line returns the line of a position, from 1.
func (c *code) line(pos token.Pos) int { return c.fset.Position(pos).Line }

// kinds are the extensions of the files that are read; those without an
// extension are read when they begin like a shell script.
var kinds = []string{".go", ".ts", ".svelte", ".sh", ".md", ""}

func load(root string, s Shape) (*tree, error) {
	t := &tree{root: root}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			if slices.Contains(s.Skip, rel) || slices.Contains(s.Skip, path.Base(rel)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || !slices.Contains(kinds, path.Ext(rel)) {
			return nil
		}
		return t.add(name, rel)
	})
	return t, err
}

// add reads one file.
func (t *tree) add(name, rel string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f := &file{path: rel, text: string(text)}
	if path.Ext(rel) == "" && !strings.HasPrefix(f.text, "#!") {
		return nil
	}
	if path.Ext(rel) == ".go" {
		if f.code, err = parse(f); err != nil {
			return err
		}
	}
	t.files = append(t.files, f)
	return nil
}

func parse(f *file) (*code, error) {
	c := &code{
		fset: token.NewFileSet(),
		dir:  path.Dir(f.path),
		test: strings.HasSuffix(f.path, "_test.go"),
	}
	var err error
	c.syntax, err = parser.ParseFile(c.fset, f.path, f.text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	c.generated = ast.IsGenerated(c.syntax)
	c.alone = isAlone(c.syntax)
	return c, nil
}

// isAlone reports whether a file asks for the tag "ignore", by convention that
// of programs that are run by name.
func isAlone(f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			return false
		}
		for _, comment := range group.List {
			if !constraint.IsGoBuild(comment.Text) {
				continue
			}
			if expr, err := constraint.Parse(comment.Text); err == nil {
				return expr.String() == "ignore"
			}
		}
	}
	return false
}

// goFiles yields the Go files that belong to packages.
func (t *tree) goFiles(yield func(*file, *code) bool) {
	for _, f := range t.files {
		if f.code != nil && !f.code.alone && !yield(f, f.code) {
			return
		}
	}
}

var generatedMark = regexp.MustCompile(`(?m)^(//|<!--|/\*) Code generated .* DO NOT EDIT\.`)

// isGenerated reports whether a program wrote the file.
func (f *file) isGenerated() bool {
	if f.code != nil {
		return f.code.generated
	}
	return generatedMark.MatchString(f.text)
}

var testPath = regexp.MustCompile(`_test\.go$|\.(test|spec)\.ts$|(^|/)(tests|testing)/`)

// isTest reports whether the file is only for tests.
func (f *file) isTest() bool { return testPath.MatchString(f.path) }

// lines returns the number of lines of a text.
func lines(text string) int {
	n := strings.Count(text, "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		n++
	}
	return n
}
