package discovery

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"camwall/internal/fault"
	"camwall/internal/makers"
)

// makeRow tells what all records of one device say together; ok is false when
// nothing of it was found by itself.
func makeRow(group []*record, arp neighbours) (d Device, ok bool) {
	slices.SortStableFunc(group, func(a, b *record) int { return cmp.Or(cmp.Compare(a.way, b.way), cmp.Compare(a.key, b.key)) })
	d.Kind = kindOf(group)
	var announced []string
	var addrs []netip.Addr
	for _, r := range group {
		d.FoundBy = add(d.FoundBy, r.foundBy()...)
		d.FirstSeen = earliest(d.FirstSeen, r.first)
		if r.last.After(d.LastSeen) {
			d.LastSeen = r.last
		}
		if r.reachedAt.IsValid() {
			d.Addresses = add(d.Addresses, r.reachedAt)
		}
		addrs = add(addrs, r.addrs()...)
		if r.reached != nil && r.onvif {
			d.XAddrs = add(d.XAddrs, r.reached.String())
		}
		if r.onvif {
			for _, u := range r.announced {
				announced = add(announced, u.String())
			}
		}
		if r.rtsp.IsValid() {
			d.RTSP = add(d.RTSP, r.rtsp.String())
		}
		d.Endpoint = cmp.Or(d.Endpoint, r.id)
		d.Scopes = add(d.Scopes, r.scopes...)
		d.Name = cmp.Or(d.Name, r.name, r.description.Name)
		d.Hardware = cmp.Or(d.Hardware, r.hardware, r.description.Hardware)
		d.Maker = cmp.Or(d.Maker, r.description.Maker, r.maker)
		d.Location = cmp.Or(d.Location, r.place)
		d.Web = cmp.Or(d.Web, r.web)
		d.MAC = cmp.Or(d.MAC, r.description.MAC)
		d.ClockOffset = cmp.Or(d.ClockOffset, r.description.ClockOffset)
	}
	slices.Sort(d.RTSP)
	d.Addresses = add(d.Addresses, addrs...)
	d.XAddrs = add(d.XAddrs, announced...)
	d.Addresses = d.Addresses[:min(len(d.Addresses), maxURLs)]
	d.XAddrs = d.XAddrs[:min(len(d.XAddrs), maxURLs)]
	who, known := makerOf(group)
	if d.Maker == "" && known {
		d.Maker = who.Name
	}
	d.identify(who, arp)
	if d.Kind == Other && (len(d.RTSP) > 0 || known) {
		d.Kind = Maybe
	}
	d.Problem = problemOf(group, d, who, known)
	return d, len(d.FoundBy) > 0 && len(d.Addresses) > 0
}

// identify finds the MAC address and the id.
func (d *Device) identify(who makers.Maker, arp neighbours) {
	for _, addr := range d.Addresses {
		d.MAC = cmp.Or(d.MAC, arp[addr])
	}
	if nodeMakers[who.ID] {
		d.MAC = cmp.Or(d.MAC, nodeMAC(d.Endpoint))
	}
	d.ID = d.Endpoint
	if d.ID != "" || len(d.Addresses) == 0 {
		return
	}
	d.ID = "addr:" + d.Addresses[0].String()
	if len(d.XAddrs) > 0 {
		if u, ok := webAddress(d.XAddrs[0]); ok {
			d.ID = "addr:" + hostPort(u)
		}
	}
}

// foundBy returns the way of finding, if the record was found by itself.
func (r *record) foundBy() []string {
	switch {
	case r.followUp:
		return nil
	case r.way == byWSD:
		return []string{ByWSDiscovery}
	case r.way == bySSDP:
		return []string{BySSDP}
	}
	return []string{ByProbe}
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// recorderWords tell a recorder where its types don't, which is mostly.
var recorderWords = regexp.MustCompile(`(?i)\b(recorder|[nx]vr|dvr|hvr)([^a-z]|$)`)

// kindOf tells the kind: an ONVIF device is a camera or a recorder, whatever else
// it announces.
func kindOf(group []*record) Kind {
	kind := Other
	for _, r := range group {
		switch {
		case r.kind == Recorder, r.description.Recorder, r.onvif && recorderWords.MatchString(r.name+" "+r.hardware):
			return Recorder
		case r.onvif, r.kind == Camera:
			kind = Camera
		case kind == Other && r.kind != "":
			kind = r.kind
		}
	}
	return kind
}

// problemOf is the diagnosis of a row: what hinders most comes first.
func problemOf(group []*record, d Device, who makers.Maker, known bool) *fault.Error {
	onvif, reached := false, false
	for _, r := range group {
		onvif = onvif || r.onvif
		reached = reached || r.onvif && r.reached != nil && r.problem == nil
	}
	for _, r := range group {
		if r.problem != nil && !reached {
			return r.problem
		}
	}
	for _, r := range group {
		if r.description.Problem != nil {
			return r.description.Problem
		}
	}
	switch {
	case d.ClockOffset.Abs() >= clockTolerance:
		return clockOff(d.ClockOffset)
	case !onvif && known && len(d.RTSP) > 0:
		return withoutONVIF(who)
	}
	return nil
}

// compareRows sorts cameras and recorders first, then by address and id.
func compareRows(a, b Device) int {
	rank := func(k Kind) int { return slices.Index([]Kind{Camera, Recorder, Maybe, MediaServer, Router, Other}, k) }
	return cmp.Or(cmp.Compare(max(rank(a.Kind), 1), max(rank(b.Kind), 1)), a.Addresses[0].Compare(b.Addresses[0]), strings.Compare(a.ID, b.ID))
}
