package arch

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// tablesAt is where the findings send those who add a package or a library.
const tablesAt = "internal/arch/shape.go"

// row returns the row of a package by its directory.
func (s Shape) row(dir string) (Package, bool) {
	for _, p := range s.Packages {
		if p.Path == dir || p.Nested && strings.HasPrefix(dir, p.Path+"/") {
			return p, true
		}
	}
	return Package{}, false
}

// checkPackages finds packages without a row and rows without a package.
func (c *checker) checkPackages() {
	seen := map[string]bool{}
	for f, code := range c.tree.goFiles {
		row, ok := c.row(code.dir)
		if ok {
			seen[row.Path] = true
		} else if !seen[code.dir] {
			seen[code.dir] = true
			c.find(f.path, code.line(code.syntax.Package), "package %s has no row in the table of packages (%s)", code.dir, tablesAt)
		}
	}
	for _, p := range c.Packages {
		if !seen[p.Path] {
			c.find(tablesAt, 1, "the table of packages has a row for %s, which does not exist", p.Path)
		}
	}
}

// checkImports holds every import against the two tables.
func (c *checker) checkImports() {
	for f, code := range c.tree.goFiles {
		from, ok := c.row(code.dir)
		if !ok {
			continue
		}
		for _, spec := range code.syntax.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			wrong := ""
			if dir, ours := c.ours(name); ours {
				wrong = c.refusePackage(from, code.dir, dir, code.test)
			} else if name == "C" || strings.Contains(strings.Split(name, "/")[0], ".") {
				wrong = c.refuseLibrary(from, name, code.test)
			}
			if wrong != "" {
				c.find(f.path, code.line(spec.Pos()), "%s", wrong)
			}
		}
	}
}

// ours returns the directory of an import path within the module.
func (s Shape) ours(name string) (dir string, ok bool) {
	if name == s.Module {
		return ".", true
	}
	return strings.CutPrefix(name, s.Module+"/")
}

// refusePackage returns why a file in fromDir, whose row is from, may not
// import the package in toDir; "" when it may.
func (s Shape) refusePackage(from Package, fromDir, toDir string, test bool) string {
	to, ok := s.row(toDir)
	switch {
	case !ok:
		return "imports " + toDir + ", which has no row in the table of packages (" + tablesAt + ")"
	case fromDir == toDir, from.Path == to.Path:
		return ""
	case to.Layer == Beside:
		if slices.Contains(to.ImportedBy, from.Path) || test && len(to.ImportedBy) > 0 {
			return ""
		}
		return "imports " + toDir + ", which " + importers(to) + " may import"
	case from.Layer == Beside:
		if slices.Contains(from.Imports, to.Path) {
			return ""
		}
		return "imports " + toDir + ", which is not in the row of " + from.Path + " (" + tablesAt + ")"
	case to.Layer < from.Layer:
		return ""
	case to.Layer == from.Layer:
		return "imports sideways: " + pair(from, to)
	default:
		return "imports upwards: " + pair(from, to)
	}
}

func importers(p Package) string {
	if len(p.ImportedBy) == 0 {
		return "nobody"
	}
	if slices.Equal(p.ImportedBy, []string{Tests}) {
		return "only tests"
	}
	return "only " + strings.Join(p.ImportedBy, ", ") + " and tests"
}

func pair(from, to Package) string {
	return from.Path + " is on layer " + strconv.Itoa(from.Layer) + ", " + to.Path + " on layer " + strconv.Itoa(to.Layer)
}

// library returns the row that decides about an import path.
func (s Shape) library(name string) (best Library, ok bool) {
	for _, l := range s.Libraries {
		fits := name == l.Prefix || strings.HasPrefix(name, l.Prefix+"/")
		if fits && len(l.Prefix) > len(best.Prefix) {
			best, ok = l, true
		}
	}
	return best, ok
}

// refuseLibrary returns why a file of the package in row from may not import
// the library; "" when it may.
func (s Shape) refuseLibrary(from Package, name string, test bool) string {
	l, ok := s.library(name)
	switch {
	case !ok:
		return "imports " + name + ", which has no row in the table of libraries (" + tablesAt + ")"
	case slices.Contains(l.In, from.Path):
		return ""
	case test && (slices.Contains(l.InTests, from.Path) || slices.Contains(l.InTests, Everywhere)):
		return ""
	case len(l.In) == 0:
		return "imports " + name + ", which is for tests"
	default:
		return "imports " + name + ", which belongs to " + strings.Join(bases(l.In), ", ")
	}
}

func bases(paths []string) []string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = path.Base(p)
	}
	return names
}
