package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"

	"camwall/internal/discovery"
	"camwall/internal/fault"
	"camwall/internal/inventory"
)

// Health says that the server is there.
type Health struct {
	Status string `json:"status" enum:"healthy"`
}

// System is the server and the machine that it runs on.
type System struct {
	Name       string      `json:"name" doc:"The machine's."`
	Version    string      `json:"version"`
	Hosts      []string    `json:"hosts" nullable:"false" doc:"The names by which it may be asked, beside localhost and its addresses."`
	Addresses  []string    `json:"addresses" nullable:"false" doc:"Where browsers can open it."`
	Interfaces []Interface `json:"interfaces" nullable:"false"`
	Started    *moment     `json:"started"`
}

// Interface is one of the machine's network interfaces that are up.
type Interface struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses" nullable:"false" doc:"With the length of the network's prefix."`
	Multicast bool     `json:"multicast" doc:"Devices can be searched on it."`
}

// LogLines is the end of the log.
type LogLines struct {
	Lines []LogLine `json:"lines" nullable:"false" doc:"The newest last."`
}

// LogLine is one line of the log.
type LogLine struct {
	Time       *moment           `json:"time"`
	Level      string            `json:"level" enum:"debug,info,warn,error"`
	Message    string            `json:"message"`
	Attributes map[string]string `json:"attributes"`
}

// Settings are those of the installation, and those that hold until the server
// starts anew.
type Settings struct {
	SiteName  string            `json:"siteName" doc:"What people call this installation."`
	Discovery DiscoverySettings `json:"discovery"`
	Server    ServerSettings    `json:"server" doc:"From camwall.yaml and the command line; not changed here."`
}

// DiscoverySettings say where devices are looked for.
type DiscoverySettings struct {
	Interfaces []string `json:"interfaces" nullable:"false" maxItems:"64" minLength:"1" maxLength:"15" pattern:"^[^/ :\\x00-\\x1f\\x7f]+$" patternDescription:"the name of a network interface" doc:"Their names; none is all."`
	Ranges     []string `json:"ranges" nullable:"false" maxItems:"256" maxLength:"50" doc:"Networks that are searched address by address, such as 192.0.2.0/24."`
}

// ServerSettings are those that hold until the server starts anew.
type ServerSettings struct {
	Listen    []string       `json:"listen" nullable:"false"`
	Open      bool           `json:"open" doc:"Others than this machine may ask."`
	IdleAfter float64        `json:"idleAfterSeconds" doc:"How long a stream is still pulled after its last viewer."`
	Limits    ServerLimits   `json:"limits"`
	GOP       ServerGOPLimit `json:"gop"`
}

// ServerLimits bound what viewers may ask for.
type ServerLimits struct {
	Width               int `json:"width"`
	Height              int `json:"height"`
	Pixels              int `json:"pixels" doc:"Of a picture that a camera sends."`
	Viewers             int `json:"viewers"`
	ViewersPerAddress   int `json:"viewersPerAddress"`
	Renditions          int `json:"renditions"`
	RenditionsPerStream int `json:"renditionsPerStream"`
	ConnectsPerSecond   int `json:"connectsPerSecond"`
}

// ServerGOPLimit bounds the last group of pictures that is kept of each stream.
type ServerGOPLimit struct {
	MaxBytes int     `json:"maxBytes"`
	MaxAge   float64 `json:"maxAgeSeconds"`
}

// SettingsChange changes settings; what is missing or null stays as it is.
type SettingsChange struct {
	SiteName  *string          `json:"siteName" required:"false" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`
	Discovery *DiscoveryChange `json:"discovery,omitempty"`
}

// DiscoveryChange changes where devices are looked for.
type DiscoveryChange struct {
	Interfaces []string `json:"interfaces" required:"false" maxItems:"64" minLength:"1" maxLength:"15" pattern:"^[^/ :\\x00-\\x1f\\x7f]+$" patternDescription:"the name of a network interface" doc:"Replaces all; none is all that there are."`
	Ranges     []string `json:"ranges" required:"false" maxItems:"256" maxLength:"50" doc:"Replaces all; networks such as 192.0.2.0/24."`
}

type logIn struct {
	Lines int    `query:"lines" minimum:"1" maximum:"1000" default:"200" doc:"How many at most."`
	Level string `query:"level" enum:"debug,info,warn,error" default:"info" doc:"And above."`
}

type (
	healthOut   struct{ Body Health }
	systemOut   struct{ Body System }
	logOut      struct{ Body LogLines }
	settingsOut struct{ Body Settings }
)

func (a *API) registerSystem() {
	health := func(context.Context, *nothing) (*healthOut, error) { return &healthOut{Health{"healthy"}}, nil }
	register(a, operation("health", http.MethodGet, "/api/health", tagSystem, "Is the server there", ""), health)
	slash := operation("health-slash", http.MethodGet, "/api/health/{$}", tagSystem, "Is the server there", "")
	slash.Hidden = true
	register(a, slash, health)
	register(a, operation("get-system", http.MethodGet, "/api/v1/system", tagSystem, "The server and its machine", ""), a.getSystem)
	register(a, operation("get-log", http.MethodGet, "/api/v1/log", tagSystem, "The end of the log", "Without secrets."), a.getLog)
	register(a, operation("get-settings", http.MethodGet, "/api/v1/settings", tagSystem, "Settings", ""), a.getSettings)
	register(a, operation("edit-settings", http.MethodPatch, "/api/v1/settings", tagSystem, "Change settings", "What is missing stays as it is."), a.editSettings)
}

func (a *API) getSystem(context.Context, *nothing) (*systemOut, error) {
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	out := System{
		Name: name, Version: a.cfg.Version, Hosts: texts(a.cfg.Settings.Hosts), Addresses: []string{},
		Interfaces: interfaces(), Started: at(a.cfg.Started),
	}
	if a.cfg.Listening != nil {
		out.Addresses = texts(a.cfg.Listening())
	}
	return &systemOut{out}, nil
}

// interfaces returns those that are up. One that can't be read has no addresses.
func interfaces() []Interface {
	list := []Interface{}
	all, err := net.Interfaces()
	if err != nil {
		return list
	}
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		out := Interface{Name: i.Name, Addresses: []string{}, Multicast: i.Flags&net.FlagMulticast != 0}
		if addrs, err := i.Addrs(); err == nil {
			for _, addr := range addrs {
				out.Addresses = append(out.Addresses, addr.String())
			}
		}
		list = append(list, out)
	}
	return list
}

func (a *API) getLog(_ context.Context, in *logIn) (*logOut, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(in.Level)); err != nil {
		return nil, fault.Errorf(fault.BadRequest, "level is none: %w", err)
	}
	records := a.cfg.Tail.Tail(in.Lines, level)
	lines := make([]LogLine, len(records))
	for i, r := range records {
		attributes := make(map[string]string, len(r.Attributes))
		for _, attribute := range r.Attributes {
			attributes[attribute.Key] = attribute.Value
		}
		lines[i] = LogLine{at(r.Time), levelWord(r.Level), r.Message, attributes}
	}
	return &logOut{LogLines{lines}}, nil
}

func levelWord(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "debug"
	case level < slog.LevelWarn:
		return "info"
	case level < slog.LevelError:
		return "warn"
	}
	return "error"
}

func (a *API) getSettings(context.Context, *nothing) (*settingsOut, error) {
	s := a.cfg.Inventory.Settings()
	return &settingsOut{a.tellSettings(&s)}, nil
}

func (a *API) tellSettings(s *inventory.Settings) Settings {
	fixed, limits := &a.cfg.Settings, &a.cfg.Settings.Limits
	ranges := make([]string, len(s.Ranges))
	for i, r := range s.Ranges {
		ranges[i] = r.String()
	}
	return Settings{
		SiteName: shown(s.SiteName), Discovery: DiscoverySettings{Interfaces: texts(s.Interfaces), Ranges: ranges},
		Server: ServerSettings{
			Listen: texts(fixed.Listen), Open: fixed.Open, IdleAfter: seconds(fixed.IdleAfter),
			Limits: ServerLimits{
				Width: limits.Width, Height: limits.Height, Pixels: limits.Pixels,
				Viewers: limits.Viewers, ViewersPerAddress: limits.ViewersPerAddress,
				Renditions: limits.Renditions, RenditionsPerStream: limits.RenditionsPerStream,
				ConnectsPerSecond: limits.ConnectsPerSecond,
			},
			GOP: ServerGOPLimit{fixed.GOP.MaxBytes, seconds(fixed.GOP.MaxAge)},
		},
	}
}

func (a *API) editSettings(ctx context.Context, in *struct{ Body SettingsChange }) (*settingsOut, error) {
	a.changing.Lock()
	defer a.changing.Unlock()
	s := a.cfg.Inventory.Settings()
	if in.Body.SiteName != nil {
		s.SiteName = *in.Body.SiteName
	}
	if d := in.Body.Discovery; d != nil {
		if d.Interfaces != nil {
			s.Interfaces = slices.Clone(d.Interfaces)
		}
		if d.Ranges != nil {
			ranges, err := discovery.ParseRanges(d.Ranges)
			if err != nil {
				return nil, err
			}
			s.Ranges = ranges
		}
	}
	if err := a.cfg.Inventory.SetSettings(ctx, s); err != nil {
		return nil, err
	}
	s = a.cfg.Inventory.Settings()
	return &settingsOut{a.tellSettings(&s)}, nil
}
