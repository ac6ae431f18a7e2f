// Package discovery finds cameras, recorders and whatever else announces itself:
// a Finder searches by WS-Discovery, SSDP and unicast probes, hears who comes
// and goes, and keeps one merged list of devices with how each was found and a
// diagnosis of what is missing. It knows no ONVIF and no password: what a device
// tells without one is asked by a function that the caller gives. It adds
// nothing to the wall; inventory and the command line do, its only callers.
package discovery

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"camwall/internal/fault"
)

// Kind says what a device is, as far as it told.
type Kind string

// The kinds.
const (
	Camera      Kind = "camera"
	Recorder    Kind = "recorder"
	Maybe       Kind = "maybe" // an RTSP service, or a maker of cameras, without ONVIF
	MediaServer Kind = "mediaServer"
	Router      Kind = "router"
	Other       Kind = "other"
)

// The ways of finding, in the order of Device.FoundBy.
const (
	ByWSDiscovery = "ws-discovery"
	BySSDP        = "ssdp"
	ByProbe       = "probe"
)

// The causes of problems that package fault does not know.
const (
	NoMulticast   fault.Code = "no_multicast"   // an interface that multicast does not pass
	NoInterface   fault.Code = "no_interface"   // a chosen interface that is not there or is down
	PortTaken     fault.Code = "port_taken"     // announcements can't be heard
	Unreachable   fault.Code = "unreachable"    // answered, but its address does not
	NoAnswer      fault.Code = "no_answer"      // reached, but its ONVIF service says nothing
	NoDescription fault.Code = "no_description" // announced, but its description can't be read
	ClockOff      fault.Code = "clock"          // the device's clock is off
	WithoutONVIF  fault.Code = "without_onvif"  // a camera whose ONVIF is switched off
	TooManyFound  fault.Code = "too_many_found" // more than the list takes
)

// Device is one row of the list. Its slices and its Problem are shared and must
// not be changed.
type Device struct {
	// ID is the same across ways of finding and restarts: the UUID of the
	// endpoint reference or the USN, "urn:uuid:..." in lower case, where there is
	// one, else "addr:" and the address.
	ID   string
	Kind Kind

	// Name, Hardware, Maker and Location are as the device tells them, without
	// control characters; "" unknown.
	Name, Hardware, Maker, Location string

	// Addresses has at least one element, the one that was reached first.
	Addresses []netip.Addr

	// XAddrs has the addresses of the ONVIF device service, without sign-in, the
	// one that was reached first.
	XAddrs []string

	// RTSP has "host:port" where an RTSP service answered.
	RTSP []string

	Web      string // page of the device; "" unknown
	MAC      string // "aa:bb:cc:dd:ee:ff"; "" unknown
	Endpoint string // endpoint reference, else UUID of the USN; "" neither
	Scopes   []string

	// FoundBy has at least one of the ways.
	FoundBy []string

	// ClockOffset is the device's clock minus ours; 0 right or unknown.
	ClockOffset time.Duration

	Problem *fault.Error // diagnosis; nil none

	FirstSeen, LastSeen time.Time
}

// Description is what a device tells without a password.
type Description struct {
	// ONVIF says that the service is one; all else is empty when it is not.
	ONVIF bool

	Name, Maker, Hardware, MAC string
	Recorder                   bool
	ClockOffset                time.Duration
	Problem                    *fault.Error
}

// List is what is known at one moment.
type List struct {
	Devices  []Device       // sorted: cameras first, by address
	Problems []*fault.Error // what hinders the search itself
}

// Config says where to search and how to ask.
type Config struct {
	// Interfaces has the names of those to search on; empty: every one that is
	// up and does multicast.
	Interfaces []string

	// Ranges are searched address by address: at most MaxAddresses together.
	// 127.0.0.1 and ::1 always are.
	Ranges []netip.Prefix

	// Describe asks the ONVIF device service at xaddr without a password. It is
	// called from several goroutines and must end with ctx. An error that is a
	// *fault.Error is shown at the row.
	Describe func(ctx context.Context, xaddr string) (Description, error)

	// Client fetches descriptions of SSDP devices. It must allow only addresses
	// that policy does, also after redirects; size, time and number of redirects
	// are bounded here.
	Client *http.Client

	// DialContext opens connections for probes. It must allow only addresses that
	// policy does.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

	// Log may be nil.
	Log *slog.Logger
}

// check returns what is wrong with cfg. Ranges that are too large or not usable
// are a fault.BadRequest.
func (cfg *Config) check() error {
	switch {
	case cfg.Describe == nil:
		return errors.New("configure finder: no Describe")
	case cfg.Client == nil:
		return errors.New("configure finder: no Client")
	case cfg.DialContext == nil:
		return errors.New("configure finder: no DialContext")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	_, err := expand(cfg.Ranges)
	return err
}
