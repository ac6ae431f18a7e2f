package main

import "time"

// serverFlags are shared by serve and the window. What is not given is left to
// the file and to config's defaults.
type serverFlags struct {
	logFlags

	Config string   `env:"CAMWALL_CONFIG" help:"Configuration file; else camwall/camwall.yaml in $$XDG_CONFIG_HOME or in /etc." placeholder:"FILE"`
	Data   string   `env:"CAMWALL_DATA" help:"Folder for what Camwall keeps; else camwall in $$XDG_DATA_HOME." placeholder:"DIR"`
	Camera []string `sep:"\n" env:"CAMWALL_CAMERA" help:"A camera and its address, with user and password raw in it (repeatable)." placeholder:"ID=URL"`

	Listen       []string `sep:"\n" env:"CAMWALL_LISTEN" help:"Address to serve at: 127.0.0.1:8000; none in the window (repeatable)." placeholder:"IP:PORT"`
	Socket       string   `env:"CAMWALL_SOCKET" help:"Unix socket to serve at, too: /run/camwall/camwall.sock. Its group may see every camera." placeholder:"PATH"`
	CompatListen []string `sep:"\n" env:"CAMWALL_COMPAT_LISTEN" help:"Address for the WebSocket of the first system's pages (repeatable)." placeholder:"IP:PORT"`
	CompatWWW    string   `name:"compat-www" env:"CAMWALL_COMPAT_WWW" help:"Folder of an old page's files, served under /www/." placeholder:"DIR"`
	Host         []string `sep:"\n" env:"CAMWALL_HOST" help:"Name by which browsers may ask, beside localhost and this machine's addresses (repeatable)." placeholder:"NAME"`
	Origin       []string `sep:"\n" env:"CAMWALL_ORIGIN" help:"Page of another server that may open our WebSockets (repeatable)." placeholder:"URL"`
	Open         bool     `env:"CAMWALL_OPEN" help:"Allow addresses beyond this machine: everybody on that network sees every camera."`

	Demo                 bool `env:"CAMWALL_DEMO" help:"Add simulated cameras."`
	DemoTiles            int  `env:"CAMWALL_DEMO_TILES" help:"With simulated cameras: N alike ones, of 640x360 at 15 fps, in place of the usual six; at most 64." placeholder:"N"`
	DemoUnlessConfigured bool `env:"CAMWALL_DEMO_UNLESS_CONFIGURED" help:"Add simulated cameras if no camera is configured."`

	IdleAfter              time.Duration `env:"CAMWALL_IDLE_AFTER" help:"How long a stream is still pulled after its last viewer: 10s." placeholder:"TIME"`
	MaxViewers             int           `env:"CAMWALL_MAX_VIEWERS" help:"Viewers at the same time: 2000." placeholder:"N"`
	MaxPerAddress          int           `env:"CAMWALL_MAX_PER_ADDRESS" help:"The same of one address, loopback excepted: 64." placeholder:"N"`
	MaxRenditions          int           `env:"CAMWALL_MAX_RENDITIONS" help:"Sizes and qualities that are made at the same time: 160." placeholder:"N"`
	MaxRenditionsPerStream int           `env:"CAMWALL_MAX_RENDITIONS_PER_STREAM" help:"The same of one stream: 12." placeholder:"N"`
}
