package kiosk

import (
	"cmp"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"camwall/internal/screen"
)

// maxAddresses is how many addresses of the machine are told.
const maxAddresses = 8

// clockSet reports whether the machine's clock can be told to people: it is
// synchronised (adjtimex(2), STA_UNSYNC) and can be right.
func clockSet() bool {
	var t unix.Timex
	_, err := unix.Adjtimex(&t)
	return err == nil && t.Status&unix.STA_UNSYNC == 0 && screen.CanBeRight(time.Now())
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// addresses returns the machine's addresses by which others can reach it, now,
// IPv4 first.
func addresses() []string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var found []netip.Addr
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(n.IP)
		addr = addr.Unmap()
		// 169.254... tells that there was no DHCP; the same of IPv6 tells nothing.
		if ok && !addr.IsLoopback() && !addr.IsMulticast() && (addr.Is4() || !addr.IsLinkLocalUnicast()) {
			found = append(found, addr)
		}
	}
	slices.SortStableFunc(found, func(a, b netip.Addr) int { return cmp.Compare(a.BitLen(), b.BitLen()) })
	list := []string{}
	for _, addr := range found[:min(len(found), maxAddresses)] {
		list = append(list, addr.String())
	}
	return list
}
