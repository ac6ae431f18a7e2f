package desktop

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestMenuHasEveryAction(t *testing.T) {
	for tag, w := range languages {
		seen := map[action]string{}
		for _, column := range menuOf(w) {
			if column.label == "" {
				t.Errorf("%s: a menu without a name", tag)
			}
			for i, entry := range column.entries {
				if entry.does == 0 {
					if i == 0 || i == len(column.entries)-1 || column.entries[i-1].does == 0 {
						t.Errorf("%s: a line that separates nothing in %s", tag, column.label)
					}
					continue
				}
				if other, ok := seen[entry.does]; ok {
					t.Errorf("%s: %s and %s do the same", tag, entry.label, other)
				}
				if entry.label == "" {
					t.Errorf("%s: action %d has no label", tag, entry.does)
				}
				seen[entry.does] = entry.label
			}
		}
		for does := doSnapshot; does <= doAbout; does++ {
			if seen[does] == "" {
				t.Errorf("%s: action %d is not in the menu", tag, does)
			}
		}
	}
}

// TestKeysLeaveThePageItsOwn: it has every key without Control and Alt (docs/wall.md),
// Alt with digits and arrows, and Ctrl+Z and Ctrl+S while a wall is edited.
func TestKeysLeaveThePageItsOwn(t *testing.T) {
	functions := map[string]bool{"F1": true, "F5": true, "F11": true}
	seen := map[string]bool{}
	for _, k := range keys {
		name, control := strings.CutPrefix(k.name, "<Control>")
		if !control && !functions[name] {
			t.Errorf("%s is the page's", k.name)
		}
		if name == "s" || name == "z" || strings.Contains(name, "<Alt>") {
			t.Errorf("%s is the page's", k.name)
		}
		if seen[k.name] {
			t.Errorf("%s is there twice", k.name)
		}
		seen[k.name] = true
	}
}

func TestZoomSteps(t *testing.T) {
	zoom, steps := 1.0, 0
	for ; zoom < maxZoom; steps++ {
		next := larger(zoom)
		if next <= zoom || steps > 20 {
			t.Fatalf("%v is followed by %v", zoom, next)
		}
		zoom = next
	}
	if larger(maxZoom) != maxZoom || smaller(minZoom) != minZoom {
		t.Error("the sizes go on beyond the last")
	}
	for ; steps > 0; steps-- {
		zoom = smaller(zoom)
	}
	if zoom != 1 {
		t.Errorf("as many steps back lead to %v", zoom)
	}
	if larger(1.05) != 1.1 || smaller(1.05) != 1 {
		t.Error("a size between two steps finds none of them")
	}
}

// TestNamesThatThePageKnows are those of its window.camwall.menu.
func TestNamesThatThePageKnows(t *testing.T) {
	names := slices.Sorted(maps.Values(pageActions))
	want := []string{"cameras", "help", "information", "snapshot", "statistics", "wall"}
	if !slices.Equal(names, want) {
		t.Errorf("the menu sends %q, the page knows %q", names, want)
	}
}
