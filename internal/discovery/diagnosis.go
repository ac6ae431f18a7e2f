package discovery

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"camwall/internal/fault"
)

// clockTolerance is how far off a clock may be without a word.
const clockTolerance = time.Minute

var (
	tooMany = fault.New(TooManyFound, fmt.Sprintf("more devices answer than the list takes: %d, of one address %d", maxRecords, maxPerSender),
		"search on fewer interfaces, or find out which device answers for so many")
	unreachable = fault.New(Unreachable, "answered, but its address is not reachable from here",
		"give the device an address of this network, or this machine a way to it")
	silent = fault.New(NoAnswer, "answered the search, but its ONVIF service does not answer",
		"see whether ONVIF is switched on at the device, then search again")
)

// noDescription is the diagnosis of an SSDP device of which only the address is
// known.
var noDescription = fault.New(NoDescription, "announces itself, but its description can't be read",
	"search again; if it stays so, look at the device's own page")

// clockOff is the diagnosis of a clock.
func clockOff(offset time.Duration) *fault.Error {
	return fault.New(ClockOff, "clock "+about(offset)+" off: compensated", "set the time of the device, or let it take it from a time server")
}

// about tells a duration without its sign in the largest unit that fits.
func about(d time.Duration) string {
	d = d.Abs()
	const day = 24 * time.Hour
	unit, name := time.Minute, "min"
	switch {
	case d >= 700*day:
		unit, name = 365*day, "years"
	case d >= 2*day:
		unit, name = day, "days"
	case d >= 59*time.Minute+30*time.Second:
		unit, name = time.Hour, "h"
	}
	return fmt.Sprintf("%d %s", d.Round(unit)/unit, name)
}

// noMulticast is the diagnosis of an interface that a search does not pass.
func noMulticast(ifi net.Interface, addrs []netip.Prefix) *fault.Error {
	return fault.Errorf(NoMulticast, "interface %s has no multicast route", ifi.Name).WithHint(searchRange(addrs))
}

// searchRange tells how to search without multicast.
func searchRange(addrs []netip.Prefix) string {
	for _, prefix := range addrs {
		if prefix.Addr().Is4() && !prefix.Addr().IsLoopback() && prefix.Bits() >= 20 && prefix.Bits() <= 30 {
			return "search its range of addresses in place of it: " + prefix.Masked().String()
		}
	}
	return "search the range of addresses where the cameras are, such as 192.0.2.0/24"
}

func notThere(name string, all []net.Interface) *fault.Error {
	var names []string
	for _, ifi := range all {
		names = append(names, ifi.Name)
	}
	return fault.Errorf(NoInterface, "there is no interface %s", plain(name)).WithHint("there are " + strings.Join(names, ", "))
}

func isDown(name string) *fault.Error {
	return fault.Errorf(NoInterface, "interface %s is down", name).WithHint("switch it on, or plug its cable in")
}

func noInterfaces() *fault.Error {
	return fault.New(NoInterface, "no network interface that does multicast is up", "connect this machine to the cameras' network, or search a range of addresses")
}

func portTaken(port int) *fault.Error {
	return fault.Errorf(PortTaken, "port %d is in use by another program: devices that come and go are seen at the next search only", port).
		WithHint("stop the other program, or search again by hand")
}

func noRoute(prefix netip.Prefix) *fault.Error {
	return fault.Errorf(Unreachable, "there is no route to the range %s", prefix).
		WithHint("check the range, and that this machine has an address in it or a gateway to it")
}
