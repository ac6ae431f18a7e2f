package arch_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"camwall/internal/arch"
)

// small is the shape that the trees of testdata are held against.
func small() arch.Shape {
	return arch.Shape{
		Module: "small",
		Packages: []arch.Package{
			{Path: "internal/low", Layer: 0},
			{Path: "internal/left", Layer: 1},
			{Path: "internal/right", Layer: 1},
			{Path: "internal/top", Layer: 2},
			{Path: "app", Layer: 3},
			{
				Path: "internal/sim", Layer: arch.Beside, Nested: true,
				Imports: []string{"internal/low"}, ImportedBy: []string{"app"},
			},
			{Path: "internal/alone", Layer: arch.Beside},
			{Path: "internal/lab", Layer: arch.Beside, ImportedBy: []string{arch.Tests}},
		},
		Libraries: []arch.Library{
			{Prefix: "C", In: []string{"internal/right"}},
			{Prefix: "example.com/codec", In: []string{"internal/left"}, InTests: []string{"internal/top"}},
			{Prefix: "example.com/leaks", InTests: []string{arch.Everywhere}},
		},
		Programs:      []string{"app"},
		Map:           "MAP.md",
		MapLines:      25,
		FileLines:     30,
		FunctionLines: 8,
		Skip:          []string{"node_modules", "testdata"},
	}
}

// lay writes the files of an archive below root, over those that are there; an
// empty one takes the file away. What is under "want" is returned.
func lay(t *testing.T, root, archive string) (want []string) {
	t.Helper()
	a, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	marks := strings.NewReplacer("TO-DO", "TO"+"DO", "FIX-ME", "FIX"+"ME")
	for _, f := range a.Files {
		name, text := filepath.Join(root, filepath.FromSlash(f.Name)), marks.Replace(string(f.Data))
		switch {
		case f.Name == "want":
			want = strings.Split(strings.TrimSpace(text), "\n")
		case text == "":
			err = os.Remove(name)
		default:
			if err = os.MkdirAll(filepath.Dir(name), 0o755); err == nil {
				err = os.WriteFile(name, []byte(text), 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want = slices.DeleteFunc(want, func(s string) bool { return s == "" })
	slices.Sort(want)
	return want
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	for _, finding := range got {
		if !slices.Contains(want, finding) {
			t.Errorf("found, but not wanted: %s", finding)
		}
	}
	for _, finding := range want {
		if !slices.Contains(got, finding) {
			t.Errorf("wanted, but not found: %s", finding)
		}
	}
}

// TestRules breaks each rule in a small tree and wants exactly those findings.
func TestRules(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("found %d archives: %v", len(archives), err)
	}
	for _, archive := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(archive), ".txtar"), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			want := lay(t, root, filepath.Join("testdata", "base.txtar"))
			if filepath.Base(archive) != "base.txtar" {
				want = lay(t, root, archive)
				if len(want) == 0 {
					t.Fatal("a case that wants nothing proves nothing")
				}
			}
			got, err := arch.Check(root, small())
			if err != nil {
				t.Fatal(err)
			}
			compare(t, got, want)
		})
	}
}

// TestReasons: a function may be longer for a reason, and a reason may not
// outlive its function.
func TestReasons(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	lay(t, root, filepath.Join("testdata", "base.txtar"))
	long := "package left\n\nfunc (*T[K]) Table() {" + strings.Repeat("\n", 8) + "}\n\ntype T[K any] struct{}\n"
	if err := os.WriteFile(filepath.Join(root, "internal", "left", "table.go"), []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	shape := small()
	shape.LongFunctions = map[string]string{"internal/left.T.Table": "a flat table", "internal/low.Short": "it was long"}
	got, err := arch.Check(root, shape)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got, []string{"internal/arch/shape.go:1: internal/low.Short needs no row in the table of long functions"})

	shape.LongFunctions = nil
	if got, err = arch.Check(root, shape); err != nil {
		t.Fatal(err)
	}
	compare(t, got, []string{"internal/left/table.go:3: function T.Table has 9 lines, more than 8"})
}

// TestUnreadable: a tree that can't be read or parsed is an error, not a tree
// without findings.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	if _, err := arch.Check(filepath.Join(t.TempDir(), "gone"), small()); err == nil {
		t.Error("a tree that is not there has no error")
	}
	root := t.TempDir()
	lay(t, root, filepath.Join("testdata", "base.txtar"))
	if err := os.WriteFile(filepath.Join(root, "app", "broken.go"), []byte("package main\nfunc {"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := arch.Check(root, small()); err == nil || !strings.Contains(err.Error(), "app/broken.go:2") {
		t.Errorf("a file that does not parse: findings %q, error %v", got, err)
	}
}
