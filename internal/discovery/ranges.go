package discovery

import (
	"net/netip"
	"strings"

	"camwall/internal/fault"
)

// MaxAddresses is how many addresses all ranges may have together: a /20.
const MaxAddresses = 4096

// ParseRanges reads networks such as 192.0.2.0/24; an address alone is a network
// of one. Anything else is a fault.BadRequest.
func ParseRanges(words []string) ([]netip.Prefix, error) {
	list := make([]netip.Prefix, 0, len(words))
	for _, word := range words {
		word = strings.TrimSpace(word)
		p, err := netip.ParsePrefix(word)
		if err != nil {
			addr, aerr := netip.ParseAddr(word)
			if aerr != nil || addr.Zone() != "" {
				return nil, fault.New(fault.BadRequest, "a range is no network", "a range looks like 192.0.2.0/24")
			}
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// expand returns every address of ranges once, without the network and broadcast
// addresses of IPv4. Ranges that are no devices' or too large together are a
// fault.BadRequest.
func expand(ranges []netip.Prefix) ([]netip.Addr, error) {
	var list []netip.Addr
	seen := map[netip.Addr]bool{}
	for _, prefix := range ranges {
		prefix, err := usable(prefix)
		if err != nil {
			return nil, err
		}
		bits := prefix.Addr().BitLen() - prefix.Bits()
		ends := prefix.Addr().Is4() && bits >= 2
		last := 1<<bits - 1
		addr := prefix.Addr()
		for i := 0; i <= last; i, addr = i+1, addr.Next() {
			if !seen[addr] && (!ends || i != 0 && i != last) {
				seen[addr] = true
				list = append(list, addr)
			}
		}
		if len(list) > MaxAddresses {
			return nil, tooLarge
		}
	}
	return list, nil
}

var tooLarge = fault.New(fault.BadRequest, "the ranges have more than 4096 addresses together",
	"search smaller ranges, one after the other, such as 192.0.2.0/24")

// usable returns a range in its plain form.
func usable(prefix netip.Prefix) (netip.Prefix, error) {
	if !prefix.IsValid() {
		return prefix, fault.New(fault.BadRequest, "a range is no range of addresses", "write it such as 192.0.2.0/24")
	}
	if addr := prefix.Addr(); addr.Is4In6() {
		if prefix.Bits() < 96 {
			return prefix, tooLarge
		}
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96)
	}
	prefix = prefix.Masked()
	if addr := prefix.Addr(); addr.BitLen()-prefix.Bits() > 12 {
		return prefix, tooLarge
	} else if addr.IsMulticast() || addr.IsUnspecified() {
		return prefix, fault.Errorf(fault.BadRequest, "%s is no range of devices", prefix).
			WithHint("write a range of addresses that devices have, such as 192.0.2.0/24")
	}
	return prefix, nil
}
