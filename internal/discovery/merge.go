package discovery

import (
	"cmp"
	"net/netip"
	"slices"
)

// merging groups the records that are of one device.
type merging struct {
	records []*record
	parent  []int
	own     map[netip.Addr]bool
	hosts   map[netip.Addr][]int // records by where they are
	shared  map[int]bool         // records that are part of several rows and none of their own
}

// merge makes one row of all records of a device. Records are of one device when
// they have the same UUID or the same host and port; what a probe or SSDP found
// at an address is also of the one ONVIF device at that address, if there is
// exactly one. Two devices with endpoint references of their own stay two.
func merge(records []*record, own map[netip.Addr]bool, arp neighbours) []Device {
	slices.SortFunc(records, func(a, b *record) int { return cmp.Or(cmp.Compare(a.way, b.way), cmp.Compare(a.key, b.key)) })
	m := merging{records: records, parent: make([]int, len(records)), own: own, hosts: map[netip.Addr][]int{}, shared: map[int]bool{}}
	for i, r := range records {
		m.parent[i] = i
		for _, addr := range r.addrs() {
			addr = m.host(addr)
			m.hosts[addr] = add(m.hosts[addr], i)
		}
	}
	m.byID()
	m.byPlace()
	m.services()
	m.announcements()
	extra := m.streams()
	groups := map[int][]*record{}
	for i, r := range records {
		if root := m.root(i); !m.shared[i] {
			groups[root] = append(groups[root], r)
		}
	}
	rows := make([]Device, 0, len(groups))
	for root, group := range groups {
		if row, ok := makeRow(append(group, extra[root]...), arp); ok {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, compareRows)
	return rows
}

// host returns one address for all that are this machine's.
func (m *merging) host(addr netip.Addr) netip.Addr {
	if addr.IsLoopback() || m.own[addr.WithZone("")] {
		return netip.IPv6Loopback()
	}
	return addr
}

func (m *merging) root(i int) int {
	for m.parent[i] != i {
		m.parent[i] = m.parent[m.parent[i]]
		i = m.parent[i]
	}
	return i
}

// join makes two groups one, named for the earlier record.
func (m *merging) join(i, j int) {
	i, j = m.root(i), m.root(j)
	m.parent[max(i, j)] = min(i, j)
}

func (m *merging) byID() {
	first := map[string]int{}
	for i, r := range m.records {
		if r.id == "" {
			continue
		}
		if j, ok := first[r.id]; ok {
			m.join(j, i)
		} else {
			first[r.id] = i
		}
	}
}

// byPlace joins what has the host and port of a device that announced itself. A
// place that was reached counts before one that is only announced, and one that
// two devices announce counts for neither.
func (m *merging) byPlace() {
	const nobody = -1
	owners := map[netip.AddrPort]int{}
	for _, reached := range []bool{true, false} {
		claims := map[netip.AddrPort]int{}
		for i, r := range m.records {
			if r.way != byWSD || !r.onvif || (r.reached != nil) != reached {
				continue
			}
			for _, at := range m.placesOf(r) {
				if j, ok := claims[at]; ok && j != nobody && m.root(j) != m.root(i) {
					claims[at] = nobody
				} else if !ok {
					claims[at] = i
				}
			}
		}
		for at, i := range claims {
			if _, ok := owners[at]; !ok {
				owners[at] = i
			}
		}
	}
	for i, r := range m.records {
		if r.way == byWSD || r.way == byRTSP {
			continue
		}
		for _, at := range m.placesOf(r) {
			if j, ok := owners[at]; ok && j != nobody {
				m.join(j, i)
				break
			}
		}
	}
}

func (m *merging) placesOf(r *record) []netip.AddrPort {
	list := r.places()
	for i, at := range list {
		list[i] = netip.AddrPortFrom(m.host(at.Addr()), at.Port())
	}
	return list
}

// at returns the groups that are at a host and have a record that counts.
func (m *merging) at(host netip.Addr, counts func(*record) bool) []int {
	var roots []int
	for _, i := range m.hosts[host] {
		if counts(m.records[i]) {
			roots = add(roots, m.root(i))
		}
	}
	return roots
}

// isJoined tells whether a record is in a group with one of another way.
func (m *merging) isJoined(i int) bool { return m.records[m.root(i)].way != m.records[i].way }

// services joins ONVIF services that probes found to the device that they are of.
func (m *merging) services() {
	for i, r := range m.records {
		if r.way != byService || m.isJoined(i) {
			continue
		}
		host := m.host(r.addrs()[0])
		announced := m.at(host, func(o *record) bool { return o.way == byWSD && o.onvif })
		switch len(announced) {
		case 0:
			for _, j := range m.hosts[host] {
				if o := m.records[j]; o.way == byService && j < i && sameDevice(o.description, r.description) {
					m.join(j, i)
					break
				}
			}
		case 1:
			m.join(announced[0], i)
		}
	}
}

// sameDevice tells whether two services at one host can be of one device.
func sameDevice(a, b Description) bool {
	differ := func(x, y string) bool { return x != "" && y != "" && x != y }
	return !differ(a.MAC, b.MAC) && !differ(a.Name, b.Name) && !differ(a.Hardware, b.Hardware) && !differ(a.Maker, b.Maker)
}

// announcements joins SSDP's records to the one ONVIF device at their host.
func (m *merging) announcements() {
	for i, r := range m.records {
		if r.way != bySSDP || m.isJoined(i) {
			continue
		}
		for _, addr := range r.addrs() {
			if found := m.at(m.host(addr), func(o *record) bool { return o.onvif }); len(found) == 1 {
				m.join(found[0], i)
				break
			}
		}
	}
}

// streams gives RTSP services to the devices at their host, ONVIF devices first;
// where there is none, they are one of their own.
func (m *merging) streams() map[int][]*record {
	extra := map[int][]*record{}
	for i, r := range m.records {
		if r.way != byRTSP {
			continue
		}
		host := m.host(r.rtsp.Addr())
		found := m.at(host, func(o *record) bool { return o.onvif })
		if len(found) == 0 {
			found = m.at(host, func(o *record) bool { return o.way != byRTSP })
		}
		switch len(found) {
		case 0:
			m.join(m.at(host, func(o *record) bool { return o.way == byRTSP })[0], i)
		case 1:
			m.join(found[0], i)
		default:
			for _, root := range found {
				extra[root] = append(extra[root], r)
			}
			m.shared[i] = true
		}
	}
	return extra
}
