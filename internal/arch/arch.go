// Package arch holds the shape of the source tree: which package may import
// which, which package owns each third-party library, what every package
// documents, how long files and functions may be, that the links of the
// documents lead somewhere, and that ARCHITECTURE.md tells the same. Its tests
// run Check on the tree and prove on small trees that each rule can fail. No
// package imports it, and it runs nothing but the parser.
package arch

import (
	"fmt"
	"slices"
)

// Beside is the layer of packages that stand beside the layers: their rows say
// themselves what they import and who imports them.
const Beside = -1

// Tests stands in ImportedBy for a package that only tests may import.
const Tests = "tests"

// Package is one row of the table of packages.
type Package struct {
	// Path is the package's directory below the module's root, with slashes.
	Path string

	// Layer is its height. A package imports only what is on lower layers.
	Layer int

	// Nested says that the row is also that of the packages below Path.
	Nested bool

	// Imports has the packages of ours that a package Beside may import.
	Imports []string

	// ImportedBy has the packages that may import a package Beside. Every test
	// may too, unless the list is empty: then nobody may.
	ImportedBy []string
}

// Library is one row of the table of third-party libraries.
type Library struct {
	// Prefix begins its import paths and ends at a slash or at their end; "C" is
	// cgo. The longest prefix that fits decides.
	Prefix string

	// In has the packages that may import it, by the paths of their rows.
	In []string

	// InTests has the packages whose tests may too; Everywhere is all of them.
	InTests []string
}

// Everywhere in Library.InTests stands for every package.
const Everywhere = "*"

// Shape is what Check holds a tree against.
type Shape struct {
	Module    string // the module's path
	Packages  []Package
	Libraries []Library

	// Programs has the paths of the packages that may print, exit and log
	// without being handed a logger.
	Programs []string

	// Map is the document with the table of packages, and MapLines the most
	// lines that it may have.
	Map      string
	MapLines int

	// FileLines and FunctionLines are the most lines of a file and of a Go
	// function that is neither generated nor a test. LongFunctions has the
	// reason for each that may be longer, by "directory.Name" or
	// "directory.Type.Name".
	FileLines, FunctionLines int
	LongFunctions            map[string]string

	// Skip has directories that are not looked into, by path or by name.
	Skip []string
}

// Check reads the tree at root and returns what is wrong with it, sorted, each
// as "file:line: what", with slashes. The error is that of a file that can't be
// read or parsed.
func Check(root string, s Shape) ([]string, error) {
	t, err := load(root, s)
	if err != nil {
		return nil, fmt.Errorf("read tree %s: %w", root, err)
	}
	c := &checker{Shape: s, tree: t}
	c.checkPackages()
	c.checkImports()
	c.checkPackageDocs()
	c.checkCalls()
	c.checkFunctions()
	c.checkFiles()
	c.checkLinks()
	c.checkMap()
	slices.Sort(c.findings)
	return slices.Compact(c.findings), nil
}

// checker collects findings.
type checker struct {
	Shape
	tree     *tree
	findings []string
}

// find notes what is wrong at a line of a file, counted from 1.
func (c *checker) find(path string, line int, format string, args ...any) {
	c.findings = append(c.findings, fmt.Sprintf("%s:%d: %s", path, line, fmt.Sprintf(format, args...)))
}
