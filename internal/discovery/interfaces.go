package discovery

import (
	"net"
	"net/netip"
	"slices"

	"camwall/internal/fault"
)

// surroundings is what a search finds of this machine's network.
type surroundings struct {
	search   []net.Interface // to search on
	chosen   bool            // somebody chose them
	own      map[netip.Addr]bool
	prefixes map[string][]netip.Prefix // by interface
	problems []*fault.Error
}

// lookAround reads which interfaces there are now and picks those to search on:
// the chosen ones, or all that are up and do multicast.
func lookAround(chosen []string) surroundings {
	s := surroundings{chosen: len(chosen) > 0, own: map[netip.Addr]bool{}, prefixes: map[string][]netip.Prefix{}}
	all, err := net.Interfaces()
	if err != nil {
		s.problems = append(s.problems, noInterfaces())
		return s
	}
	for _, ifi := range all {
		addrs, _ := ifi.Addrs() // an interface that has just gone has none
		for _, addr := range addrs {
			prefix, err := netip.ParsePrefix(addr.String())
			if err != nil {
				continue
			}
			s.own[prefix.Addr().Unmap()] = true
			s.prefixes[ifi.Name] = append(s.prefixes[ifi.Name], prefix)
		}
	}
	for _, ifi := range all {
		if s.chosen && !slices.Contains(chosen, ifi.Name) {
			continue
		}
		s.pick(ifi)
	}
	for _, name := range chosen {
		if !slices.ContainsFunc(all, func(ifi net.Interface) bool { return ifi.Name == name }) {
			s.problems = append(s.problems, notThere(name, all))
		}
	}
	if len(s.search) == 0 && len(s.problems) == 0 {
		s.problems = append(s.problems, noInterfaces())
	}
	return s
}

// pick takes an interface, or says why not. One that nobody chose and that has no
// address is passed over in silence.
func (s *surroundings) pick(ifi net.Interface) {
	addrs := s.prefixes[ifi.Name]
	up, multicast := ifi.Flags&net.FlagUp != 0, ifi.Flags&net.FlagMulticast != 0
	switch {
	case !s.chosen && (!up || ifi.Flags&net.FlagLoopback != 0 || len(addrs) == 0):
	case !up:
		s.problems = append(s.problems, isDown(ifi.Name))
	case !multicast || len(addrs) == 0:
		s.problems = append(s.problems, noMulticast(ifi, addrs))
	default:
		s.search = append(s.search, ifi)
	}
}

// names returns the interfaces that are searched on.
func (s *surroundings) names() []string {
	var list []string
	for _, ifi := range s.search {
		list = append(list, ifi.Name)
	}
	return list
}

// hears tells whether what came in on an interface counts; 0 is unknown.
func (s *surroundings) hears(index int) bool {
	return index == 0 || slices.ContainsFunc(s.search, func(ifi net.Interface) bool { return ifi.Index == index })
}

// onLink tells whether an address is on the network of one of the interfaces.
func (s *surroundings) onLink(addr netip.Addr) bool {
	if !s.chosen || !addr.IsValid() {
		return true
	}
	return slices.ContainsFunc(s.search, func(ifi net.Interface) bool {
		return slices.ContainsFunc(s.prefixes[ifi.Name], func(p netip.Prefix) bool { return p.Contains(addr.WithZone("")) })
	})
}

// four returns those of the interfaces that have an IPv4 address: SSDP is IPv4.
func (s *surroundings) four() []net.Interface {
	var list []net.Interface
	for _, ifi := range s.search {
		if slices.ContainsFunc(s.prefixes[ifi.Name], func(p netip.Prefix) bool { return p.Addr().Is4() }) {
			list = append(list, ifi)
		}
	}
	return list
}

// same tells whether the same interfaces with the same addresses are searched.
func (s *surroundings) same(o *surroundings) bool {
	return slices.EqualFunc(s.search, o.search, func(a, b net.Interface) bool {
		return a.Index == b.Index && a.Name == b.Name && slices.Equal(s.prefixes[a.Name], o.prefixes[b.Name])
	})
}
