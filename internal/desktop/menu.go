package desktop

import "slices"

// action is what a menu item or a key of the window's does.
type action int

const (
	doSnapshot action = iota + 1
	doQuit
	doWall
	doCameras
	doStatistics
	doInformation
	doFullScreen
	doZoomIn
	doZoomOut
	doZoomReset
	doReload
	doKeys
	doAbout
)

// pageActions are those that the page carries out, by its names for them.
var pageActions = map[action]string{
	doSnapshot:    "snapshot",
	doWall:        "wall",
	doCameras:     "cameras",
	doStatistics:  "statistics",
	doInformation: "information",
	doKeys:        "help",
}

// key is a key of the window's, in GTK's words.
type key struct {
	name string
	does action
}

// keys are those that the page never gets. It has all letters, digits and signs
// without Control for itself, Alt with digits and arrows, and Ctrl+Z and Ctrl+S
// in its editor.
var keys = []key{
	{"<Control><Shift>s", doSnapshot},
	{"<Control>q", doQuit},
	{"F11", doFullScreen},
	{"<Control>plus", doZoomIn},
	{"<Control>equal", doZoomIn},
	{"<Control>KP_Add", doZoomIn},
	{"<Control>minus", doZoomOut},
	{"<Control>KP_Subtract", doZoomOut},
	{"<Control>0", doZoomReset},
	{"<Control>KP_0", doZoomReset},
	{"<Control>r", doReload},
	{"F5", doReload},
	{"F1", doKeys},
}

// menuEntry is a line of a menu; the zero one is a separator.
type menuEntry struct {
	label string
	does  action
}

// menuColumn is one menu of the bar.
type menuColumn struct {
	label   string
	entries []menuEntry
}

// menuOf returns the operator's menu bar.
func menuOf(w windowWords) []menuColumn {
	return []menuColumn{
		{"Camwall", []menuEntry{{label: w.snapshot, does: doSnapshot}, {}, {label: w.quit, does: doQuit}}},
		{w.view, []menuEntry{
			{label: w.wall, does: doWall},
			{label: w.cameras, does: doCameras},
			{label: w.statistics, does: doStatistics},
			{label: w.information, does: doInformation},
			{},
			{label: w.fullScreen, does: doFullScreen},
			{label: w.zoomIn, does: doZoomIn},
			{label: w.zoomOut, does: doZoomOut},
			{label: w.zoomReset, does: doZoomReset},
			{},
			{label: w.reload, does: doReload},
		}},
		{w.help, []menuEntry{{label: w.keys, does: doKeys}, {label: w.about, does: doAbout}}},
	}
}

// zooms are the sizes that the page is shown in.
var zooms = []float64{minZoom, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, maxZoom}

// larger and smaller return the next size; beyond the last there is none.
func larger(zoom float64) float64 {
	for _, z := range zooms {
		if z > zoom+0.001 {
			return z
		}
	}
	return maxZoom
}

func smaller(zoom float64) float64 {
	for _, z := range slices.Backward(zooms) {
		if z < zoom-0.001 {
			return z
		}
	}
	return minZoom
}
