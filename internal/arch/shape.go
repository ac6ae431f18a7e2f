package arch

// Camwall is the shape of this tree.
func Camwall() Shape {
	return Shape{
		Module:        "camwall",
		Packages:      packages,
		Libraries:     libraries,
		Programs:      []string{"app", "internal/bench"},
		Map:           "ARCHITECTURE.md",
		MapLines:      200,
		FileLines:     500,
		FunctionLines: 80,
		LongFunctions: longFunctions,
		Skip: []string{
			".git", "node_modules", "testdata", "vendor",
			"build/bin", "build/tools", "frontend/dist", "frontend/wailsjs",
		},
	}
}

// packages is the table of layers. ARCHITECTURE.md has the same rows, with what
// each package is for.
var packages = []Package{
	{Path: "internal/media", Layer: 0},
	{Path: "internal/fault", Layer: 0},
	{Path: "internal/secret", Layer: 0},
	{Path: "internal/framemark", Layer: 0},
	{Path: "internal/authenticate", Layer: 0},
	{Path: "internal/wait", Layer: 0},
	{Path: "internal/camera", Layer: 1},
	{Path: "internal/problem", Layer: 1},
	{Path: "internal/logtail", Layer: 1},
	{Path: "internal/netpolicy", Layer: 1},
	{Path: "internal/makers", Layer: 1},
	{Path: "internal/screen", Layer: 1},
	{Path: "internal/unixsock", Layer: 1},
	{Path: "internal/service", Layer: 1},
	{Path: "internal/crashlog", Layer: 1},
	{Path: "internal/guard", Layer: 2},
	{Path: "internal/wall", Layer: 2},
	{Path: "internal/discovery/ssdp", Layer: 2},
	{Path: "internal/discovery/wsd", Layer: 2},
	{Path: "internal/rtsp", Layer: 3},
	{Path: "internal/codec", Layer: 3},
	{Path: "internal/placard", Layer: 3},
	{Path: "internal/hub", Layer: 3},
	{Path: "internal/admission", Layer: 3},
	{Path: "internal/discovery", Layer: 3},
	{Path: "internal/onvif", Layer: 3},
	{Path: "internal/store", Layer: 3},
	{Path: "internal/config", Layer: 3},
	{Path: "internal/importer", Layer: 3},
	{Path: "internal/liveview/wire", Layer: 3},
	{Path: "internal/streaming", Layer: 4},
	{Path: "internal/inventory", Layer: 5},
	{Path: "internal/liveview", Layer: 6},
	{Path: "internal/compat", Layer: 6},
	{Path: "internal/api", Layer: 6},
	{Path: "internal/metrics", Layer: 6},
	{Path: "internal/kiosk", Layer: 6},
	{Path: "internal/desktop", Layer: 7},
	{Path: "internal/session", Layer: 7},
	{Path: "internal/apiclient", Layer: 7},
	{Path: "app", Layer: 8},
	{Path: "frontend", Layer: Beside, ImportedBy: []string{"app"}},
	{
		Path: "internal/simcam", Layer: Beside, Nested: true,
		Imports: []string{"internal/framemark"}, ImportedBy: []string{"app", "internal/bench"},
	},
	{Path: "internal/bench", Layer: Beside, Imports: []string{"internal/framemark", "internal/wait"}},
	{Path: "internal/lab", Layer: Beside, ImportedBy: []string{Tests}},
	{Path: "internal/arch", Layer: Beside},
}

// libraries is the table of owners. A library that is for tests alone has no
// package in In.
var libraries = []Library{
	{Prefix: "C", In: []string{"internal/codec", "internal/desktop"}},
	{Prefix: "filippo.io/age", In: []string{"internal/store"}},
	{Prefix: "github.com/alecthomas/kong", In: []string{"app"}},
	{Prefix: "github.com/asticode/go-astiav", In: []string{"internal/codec"}},
	{Prefix: "github.com/bluenviron/gortsplib", In: []string{"internal/rtsp", "internal/simcam"}},
	{Prefix: "github.com/bluenviron/mediacommon", In: []string{"internal/rtsp", "internal/simcam"}},
	{Prefix: "github.com/coder/websocket", In: []string{"internal/compat", "internal/liveview"}},
	{Prefix: "github.com/coreos/go-systemd", In: []string{"internal/service"}},
	{Prefix: "github.com/danielgtaylor/huma", In: []string{"internal/api"}},
	{Prefix: "github.com/godbus/dbus", In: []string{"internal/desktop"}},
	{Prefix: "github.com/icholy/digest", In: []string{"internal/onvif"}, InTests: []string{"internal/simcam"}},
	{Prefix: "github.com/koron/go-ssdp", In: []string{"internal/discovery/ssdp", "internal/simcam"}},
	{Prefix: "github.com/pion", In: []string{"internal/rtsp", "internal/simcam"}},
	{Prefix: "github.com/prometheus", In: []string{"internal/metrics"}},
	{Prefix: "github.com/rogpeppe/go-internal", InTests: []string{Everywhere}},
	{Prefix: "github.com/use-go/onvif", In: []string{"internal/onvif"}},
	{Prefix: "github.com/wailsapp/wails", In: []string{"internal/desktop"}},
	{Prefix: "go.uber.org/goleak", InTests: []string{Everywhere}},
	{Prefix: "golang.org/x/image", In: []string{"internal/placard", "internal/simcam"}},
	{
		Prefix: "golang.org/x/net", In: []string{"internal/discovery/ssdp", "internal/discovery/wsd", "internal/onvif", "internal/simcam"},
		InTests: []string{"internal/netpolicy"},
	},
	{Prefix: "golang.org/x/sys", In: []string{"internal/discovery/wsd", "internal/kiosk", "internal/liveview", "internal/session", "internal/unixsock"}},
	{Prefix: "golang.org/x/term", In: []string{"app"}},
	{Prefix: "golang.org/x/time", In: []string{"internal/streaming"}},
	{Prefix: "gopkg.in/yaml.v3", In: []string{"internal/config", "internal/importer"}},
	{Prefix: "modernc.org/sqlite", In: []string{"internal/store"}},
}

// longFunctions has the reason for each function that is longer than the limit.
var longFunctions = map[string]string{}
