package arch

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sentenceEnd ends a sentence; abbreviations are taken out before.
var (
	sentenceEnd   = regexp.MustCompile(`[.!?][)"'\x60]*(\s|$)`)
	abbreviations = strings.NewReplacer("e.g.", "", "i.e.", "", "etc.", "", "...", "")
)

// checkPackageDocs finds packages whose comment does not say in at least two
// sentences what they are. One file of each has it.
func (c *checker) checkPackageDocs() {
	type state struct {
		first     *file
		documents bool
	}
	states := map[string]*state{}
	for f, code := range c.tree.goFiles {
		if code.test {
			continue
		}
		s := states[code.dir]
		if s == nil {
			s = &state{first: f}
			states[code.dir] = s
		}
		s.documents = s.documents || isPackageDoc(code.syntax)
	}
	for dir, s := range states {
		if s.documents {
			continue
		}
		wrong := "package " + dir + " has no comment of two sentences"
		if start := docStart(s.first.code.syntax.Name.Name); start != "" {
			wrong += " that begins " + strconv.Quote(start)
		}
		c.find(s.first.path, s.first.code.line(s.first.code.syntax.Package), "%s", wrong)
	}
}

func docStart(name string) string {
	if name == "main" {
		return ""
	}
	return "Package " + name + " "
}

func isPackageDoc(f *ast.File) bool {
	text := f.Doc.Text()
	return strings.HasPrefix(text, docStart(f.Name.Name)) &&
		len(sentenceEnd.FindAllString(abbreviations.Replace(text), -1)) >= 2
}

// calls are functions that only some files may name, by import path.
var (
	printing = map[string][]string{
		"fmt": {"Print", "Printf", "Println"},
		"log": {
			"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln",
			"Default", "SetOutput", "SetFlags", "SetPrefix", "Output",
		},
		"log/slog": {
			"Default", "SetDefault", "Debug", "Info", "Warn", "Error", "Log", "LogAttrs", "With",
			"DebugContext", "InfoContext", "WarnContext", "ErrorContext",
		},
		"os": {"Exit"},
	}
	sleeping = map[string][]string{"time": {"Sleep"}}
)

// checkCalls finds what only programs may call, tests that
// sleep outside of bubbles of testing/synctest, and init functions.
func (c *checker) checkCalls() {
	for f, code := range c.tree.goFiles {
		for _, decl := range code.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				c.find(f.path, code.line(fn.Pos()), "func init: make it in New, from a Config")
			}
		}
		switch {
		case code.test:
			c.findNames(f, sleeping, "in a test: use testing/synctest, or wait for the event itself")
		case !slices.Contains(c.Programs, code.dir):
			c.findNames(f, printing, "outside of a program: return the error, or log to the logger in Config")
		}
	}
}

// findNames finds the names of other packages' functions that f may not use.
func (c *checker) findNames(f *file, names map[string][]string, advice string) {
	imported := map[string]string{} // local name to path
	for _, spec := range f.code.syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil || names[name] == nil {
			continue
		}
		local := path.Base(name)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if local == "." {
			c.find(f.path, f.code.line(spec.Pos()), "imports %s by dot", name)
		}
		imported[local] = name
	}
	ast.Inspect(f.code.syntax, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && isBubble(call) {
			return false
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && slices.Contains(names[imported[x.Name]], sel.Sel.Name) {
			c.find(f.path, f.code.line(sel.Pos()), "%s.%s %s", x.Name, sel.Sel.Name, advice)
		}
		return true
	})
}

// isBubble reports whether a call is synctest.Test: sleeping in there moves the
// bubble's clock and takes no time.
func isBubble(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Test" {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == "synctest"
}

// checkFunctions finds functions that are too long, and reasons for functions
// that are not.
func (c *checker) checkFunctions() {
	long := map[string]bool{}
	for f, code := range c.tree.goFiles {
		if code.test || code.generated {
			continue
		}
		for _, decl := range code.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := code.line(fn.End()) - code.line(fn.Pos()) + 1
			if n <= c.FunctionLines {
				continue
			}
			name := code.dir + "." + functionName(fn)
			long[name] = true
			if c.LongFunctions[name] == "" {
				c.find(f.path, code.line(fn.Pos()), "function %s has %d lines, more than %d", functionName(fn), n, c.FunctionLines)
			}
		}
	}
	for name := range c.LongFunctions {
		if !long[name] {
			c.find(tablesAt, 1, "%s needs no row in the table of long functions", name)
		}
	}
}

// functionName returns Name, or Type.Name of a method.
func functionName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + fn.Name.Name
		default:
			return fn.Name.Name
		}
	}
}

// unfinished are the words that mark unfinished work, put together so that this
// file has none.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)

// checkFiles finds files that are too long, and marks of unfinished work.
func (c *checker) checkFiles() {
	for _, f := range c.tree.files {
		switch path.Ext(f.path) {
		case ".md":
			continue
		case ".go", ".ts", ".svelte":
			if n := lines(f.text); n > c.FileLines && !f.isTest() && !f.isGenerated() {
				c.find(f.path, n, "%d lines, more than %d", n, c.FileLines)
			}
		}
		n := 0
		for line := range strings.Lines(f.text) {
			n++
			if word := unfinished.FindString(line); word != "" {
				c.find(f.path, n, "%s: finish it, or open an issue", word)
			}
		}
	}
}
