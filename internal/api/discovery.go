package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/discovery"
)

// Discovery is the search for devices and what it has found.
type Discovery struct {
	Progress
	Devices  []Found    `json:"devices" nullable:"false"`
	Problems []*Trouble `json:"problems" nullable:"false" doc:"What hinders the search itself."`
}

// Progress is how far a search is.
type Progress struct {
	Searching   bool     `json:"searching"`
	SecondsLeft float64  `json:"secondsLeft" doc:"0 when it is over."`
	Interfaces  []string `json:"interfaces" nullable:"false" doc:"On which devices are searched."`
}

// Found is a device on the network, as far as it told without a password.
type Found struct {
	ID          string   `json:"id" doc:"The same across ways of finding and restarts."`
	Kind        string   `json:"kind" enum:"camera,recorder,maybe,mediaServer,router,other" doc:"maybe: an RTSP service, or a maker of cameras, without ONVIF."`
	Name        string   `json:"name"`
	Hardware    string   `json:"hardware"`
	Maker       string   `json:"maker"`
	Location    string   `json:"location"`
	Addresses   []string `json:"addresses" nullable:"false" doc:"The one that was reached first."`
	XAddrs      []string `json:"xaddrs" nullable:"false" doc:"Of its ONVIF device service."`
	RTSP        []string `json:"rtsp" nullable:"false" doc:"host:port where an RTSP service answered."`
	Web         string   `json:"web" doc:"Its own page; empty: unknown."`
	MAC         string   `json:"mac"`
	FoundBy     []string `json:"foundBy" nullable:"false" enum:"ws-discovery,ssdp,probe"`
	ClockOffset float64  `json:"clockOffsetSeconds" doc:"How far its clock is ahead of ours; 0: right, or unknown."`
	FirstSeen   *moment  `json:"firstSeen"`
	LastSeen    *moment  `json:"lastSeen"`
	Inventory   string   `json:"inventory" doc:"The id of the device that it is already; empty: none."`
	Problem     *Trouble `json:"problem"`
}

// Search says where to search beside what is configured.
type Search struct {
	Interfaces []string `json:"interfaces,omitempty" nullable:"false" maxItems:"64" minLength:"1" maxLength:"15" pattern:"^[^/ :\\x00-\\x1f\\x7f]+$" patternDescription:"the name of a network interface" doc:"None: those of the settings."`
	Ranges     []string `json:"ranges,omitempty" nullable:"false" maxItems:"256" maxLength:"50" doc:"Networks or addresses to ask one by one, at most 4096 addresses together."`
}

// Gone names a device that has left.
type Gone struct {
	ID string `json:"id"`
}

type discoveryOut struct{ Body Discovery }

func (a *API) registerDiscovery() {
	register(a, operation("get-discovery", http.MethodGet, "/api/v1/discovery", tagDiscovery, "What has been found", ""), a.getDiscovery)
	register(a, operation("clear-discovery", http.MethodDelete, "/api/v1/discovery", tagDiscovery, "Forget what has been found", ""), a.clearDiscovery)
	register(a, answering(http.StatusAccepted, operation("search", http.MethodPost, "/api/v1/discovery/search", tagDiscovery,
		"Search now", "What is found comes by the events.")), a.search)
	a.documented(reflect.TypeFor[Found](), reflect.TypeFor[Gone](), reflect.TypeFor[Progress]())
	register(a, withType(eventsType, "Server-sent events.", operation("listen-discovery", http.MethodGet, "/api/v1/discovery/events", tagDiscovery,
		"What is found, as it comes",
		"Server-sent events. snapshot (Discovery) comes first; added and changed (Found), removed (Gone), progress (Progress) and "+
			"problem (code, message, hint) follow. A comment comes every 15 s.")),
		func(context.Context, *nothing) (*huma.StreamResponse, error) { return a.stream(a.sendFound), nil })
}

func (a *API) getDiscovery(context.Context, *nothing) (*discoveryOut, error) {
	return &discoveryOut{a.discovered()}, nil
}

func (a *API) discovered() Discovery {
	list := a.cfg.Inventory.Found()
	out := Discovery{
		Progress: tellProgress(a.cfg.Inventory.FindProgress()),
		Devices:  make([]Found, len(list.Devices)), Problems: troubles(list.Problems),
	}
	for i := range list.Devices {
		out.Devices[i] = a.tellFound(&list.Devices[i])
	}
	return out
}

func (a *API) clearDiscovery(context.Context, *nothing) (*nothing, error) {
	a.cfg.Inventory.ClearFound()
	return nil, nil //nolint:nilnil // there is nothing to tell
}

func (a *API) search(_ context.Context, in *struct{ Body *Search }) (*nothing, error) {
	var want Search
	if in.Body != nil {
		want = *in.Body
	}
	ranges, err := discovery.ParseRanges(want.Ranges)
	if err != nil {
		return nil, err
	}
	return nil, a.cfg.Inventory.SearchNow(want.Interfaces, ranges)
}

func (a *API) tellFound(d *discovery.Device) Found {
	out := Found{
		ID: d.ID, Kind: string(d.Kind), Name: shown(d.Name), Hardware: shown(d.Hardware), Maker: shown(d.Maker), Location: shown(d.Location),
		Addresses: make([]string, len(d.Addresses)), XAddrs: make([]string, len(d.XAddrs)), RTSP: texts(d.RTSP),
		Web: shown(d.Web), MAC: d.MAC, FoundBy: texts(d.FoundBy), ClockOffset: seconds(d.ClockOffset),
		FirstSeen: at(d.FirstSeen), LastSeen: at(d.LastSeen), Inventory: a.cfg.Inventory.FoundDevice(d.ID), Problem: trouble(d.Problem),
	}
	for i, address := range d.Addresses {
		out.Addresses[i] = address.String()
	}
	for i, address := range d.XAddrs {
		out.XAddrs[i] = shown(address)
	}
	return out
}

// firstFound is how long the first event of the search is waited for.
const firstFound = 500 * time.Millisecond

// sendFound takes its snapshot when it has heard the first event: what it hears
// then is of the same state or of a later one, and nothing falls between.
func (a *API) sendFound(ctx context.Context, out *eventWriter) {
	found := a.cfg.Inventory.WatchFound(ctx)
	timer := time.NewTimer(firstFound)
	defer timer.Stop()
	t := teller{api: a, out: out, known: map[string]Found{}}
	var first discovery.Event
	select {
	case first = <-found: // nothing, where nothing can be searched: merge sees that
	case <-timer.C:
	}
	snapshot := a.discovered()
	for i := range snapshot.Devices {
		t.known[snapshot.Devices[i].ID] = snapshot.Devices[i]
	}
	if out.add("snapshot", snapshot) != nil || t.tell(&first) != nil {
		return
	}
	merge(out, a.cfg.Heartbeat, found, (<-chan struct{})(nil),
		func(e discovery.Event) error { return t.tell(&e) },
		func(struct{}) error { return nil })
}

// teller writes events of the search for one client.
type teller struct {
	api   *API
	out   *eventWriter
	known map[string]Found // of the snapshot, not told as added yet
}

func (t *teller) tell(e *discovery.Event) error {
	switch e.Type {
	case discovery.Added, discovery.Changed:
		kind, now := e.Type, t.api.tellFound(&e.Device)
		if was, known := t.known[now.ID]; known {
			delete(t.known, now.ID)
			if reflect.DeepEqual(was, now) {
				return nil // the snapshot has told it
			}
			kind = discovery.Changed
		}
		return t.out.add(string(kind), now)
	case discovery.Removed:
		delete(t.known, e.Device.ID)
		return t.out.add(string(e.Type), Gone{e.Device.ID})
	case discovery.Advanced:
		return t.out.add(string(e.Type), tellProgress(e.Progress))
	case discovery.Problem:
		return t.out.add(string(e.Type), trouble(e.Problem))
	}
	return nil
}

func tellProgress(p discovery.Progress) Progress {
	return Progress{Searching: p.Running, SecondsLeft: seconds(p.Left), Interfaces: texts(p.Interfaces)}
}
