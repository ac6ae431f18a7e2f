package session

import (
	"regexp"
	"strconv"
	"strings"

	"camwall/internal/screen"
)

// xOutput is an output as xrandr prints it.
type xOutput struct {
	raw       string // the name that Xorg gives it
	connected bool
	active    bool // it has a place

	x, y, width, height int // that place
	rotation            string
	mode                screen.Mode   // now
	modes               []screen.Mode // the preferred one first
}

var (
	xHead = regexp.MustCompile(`^([^\s]+) (connected|disconnected)( primary)?(?: ([0-9]{1,6})x([0-9]{1,6})\+([0-9]{1,6})\+([0-9]{1,6}))?(?: (normal|left|right|inverted|X axis|Y axis|X and Y axis))?(?: |$)`)
	xMode = regexp.MustCompile(`^\s+([0-9]{1,5})x([0-9]{1,5})\s+(.*)$`)
	xRate = regexp.MustCompile(`([0-9]{1,4}\.[0-9]{1,3})([* ]?)([+ ]?)`)
)

// parseXrandr reads what xrandr --query prints.
func parseXrandr(text string) []xOutput {
	var all []xOutput
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := xHead.FindStringSubmatch(line); m != nil {
			o := xOutput{raw: m[1], connected: m[2] == "connected", active: m[4] != "", rotation: m[8]}
			for i, to := range []*int{&o.width, &o.height, &o.x, &o.y} {
				*to, _ = strconv.Atoi(m[4+i]) // digits, or nothing
			}
			all = append(all, o)
		} else if m := xMode.FindStringSubmatch(line); m != nil && len(all) > 0 {
			all[len(all)-1].addModes(m)
		}
	}
	return all
}

// addModes takes one line of modes: a size, and rates with * for the one that is
// and + for the preferred one.
func (o *xOutput) addModes(m []string) {
	width, _ := strconv.Atoi(m[1]) // digits alone
	height, _ := strconv.Atoi(m[2])
	for _, r := range xRate.FindAllStringSubmatch(m[3], -1) {
		hertz, err := strconv.ParseFloat(r[1], 64)
		if err != nil {
			continue
		}
		mode := screen.Mode{Width: width, Height: height, MilliHertz: int(hertz*1000 + 0.5)}
		if r[2] == "*" {
			o.mode = mode
		}
		if r[3] == "+" {
			o.modes = append([]screen.Mode{mode}, o.modes...)
		} else {
			o.modes = append(o.modes, mode)
		}
	}
}

// kernelName is the name that the kernel, and so sway and camwall.yaml, gives to a
// connector of Xorg's.
func kernelName(raw string) string {
	if number, ok := strings.CutPrefix(raw, "HDMI-"); ok && strings.Trim(number, "0123456789") == "" {
		return "HDMI-A-" + number
	}
	return raw
}

// xWindow is a window as wmctrl -lGx prints it.
type xWindow struct {
	id                  string
	x, y, width, height int
	class               string // WM_CLASS: instance, dot, class
}

// parseWmctrl reads the windows.
func parseWmctrl(text string) []xWindow {
	var all []xWindow
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 8 || !strings.HasPrefix(f[0], "0x") {
			continue
		}
		w := xWindow{id: f[0]}
		ok := true
		for i, to := range []*int{&w.x, &w.y, &w.width, &w.height} {
			n, err := strconv.Atoi(f[2+i])
			*to, ok = n, ok && err == nil
		}
		if w.class = f[6]; ok {
			all = append(all, w)
		}
	}
	return all
}

// of tells whether it is a program's window, by one half of WM_CLASS: which of them
// GTK fills from the program's name depends on who starts GTK.
func (w xWindow) of(program string) bool {
	class, program := strings.ToLower(w.class), strings.ToLower(program)
	return strings.HasPrefix(class, program+".") || strings.HasSuffix(class, "."+program)
}
