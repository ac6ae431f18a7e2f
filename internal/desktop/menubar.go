//go:build linux && desktop && production

package desktop

import (
	"encoding/json"
	"strings"

	"github.com/wailsapp/wails/v2/pkg/menu"
	wailskeys "github.com/wailsapp/wails/v2/pkg/menu/keys"
)

// menuBar returns the operator's menu bar as Wails wants it. pressed is called
// from goroutines of Wails'.
func menuBar(w windowWords, pressed func(action)) *menu.Menu {
	bar := menu.NewMenu()
	for _, column := range menuOf(w) {
		sub := bar.AddSubmenu(column.label)
		for _, entry := range column.entries {
			if entry.does == 0 {
				sub.AddSeparator()
				continue
			}
			sub.AddText(entry.label, accelerator(entry.does), func(*menu.CallbackData) { pressed(entry.does) })
		}
	}
	return bar
}

// accelerator returns the first key of an action, to be shown beside it; nil
// where there is none. It would work as well, but the shell's come first.
func accelerator(does action) *wailskeys.Accelerator {
	for _, k := range keys {
		if k.does != does {
			continue
		}
		name, control := strings.CutPrefix(k.name, "<Control>")
		name, shift := strings.CutPrefix(name, "<Shift>")
		found := &wailskeys.Accelerator{Key: strings.ToLower(name)}
		switch name {
		case "plus":
			found.Key = "+"
		case "minus":
			found.Key = "-"
		}
		if control {
			found.Modifiers = append(found.Modifiers, wailskeys.ControlKey)
		}
		if shift {
			found.Modifiers = append(found.Modifiers, wailskeys.ShiftKey)
		}
		return found
	}
	return nil
}

// menuScript is what has the page carry out an action by its name.
func menuScript(name string) string {
	quoted, err := json.Marshal(name)
	if err != nil {
		panic("desktop: a name does not encode: " + err.Error())
	}
	return "window.camwall?.menu?.(" + string(quoted) + ")"
}
