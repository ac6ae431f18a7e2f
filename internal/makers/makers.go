// Package makers tells who made a device from what it says of itself without a
// password, and which RTSP paths and which place of the ONVIF switch that maker's
// manuals name. It is tables and pure functions: it asks no device, and paths
// that would have a password in them are not in it. Package discovery uses it
// for its diagnosis, package inventory for devices without ONVIF.
package makers

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Maker is a brand of cameras.
type Maker struct {
	// ID is its short name in this package's tables: small letters and digits.
	ID string

	// Name is how people write it.
	Name string
}

// Candidate is one pair of paths that a device may have.
type Candidate struct {
	// Main is a path with its query, such as /stream1. Sub is that of the
	// smaller stream; empty when the maker names none. Not every model has both.
	Main, Sub string

	// Port is that of the maker's RTSP service; 0 is 554. A port that is known
	// to answer comes before it.
	Port int

	// Source is the document that names the paths: its title or address.
	Source string
}

// Paths returns the paths of a maker's devices for a channel (1 is the first, and
// that of every single camera), likely ones first. maker is an ID, or a name as
// devices tell it. Nil: the maker is not known or has no paths that are told
// without a password. For a higher channel only those are returned whose path
// has the channel in it.
func Paths(maker string, channel int) []Candidate {
	m, ok := find(maker)
	if !ok {
		return nil
	}
	return candidates(m.ID, channel)
}

// Generic returns paths that many makers share, for a device whose maker is not
// known; as Paths.
func Generic(channel int) []Candidate { return candidates(anybody, channel) }

// OnvifHint says where ONVIF is switched on at a maker's devices, or that they
// have none: a clause to follow a colon or a comma. It is empty when that is not
// known. maker is as in Paths.
func OnvifHint(maker string) string {
	m, ok := find(maker)
	if !ok {
		return ""
	}
	return switches[m.ID]
}

// find returns the maker of an ID or a name.
func find(name string) (Maker, bool) {
	for _, e := range brands {
		if strings.EqualFold(e.ID, name) {
			return e.Maker, true
		}
	}
	return told(name, words)
}

func candidates(id string, channel int) []Candidate {
	channel = max(channel, 1)
	var all []Candidate
	for _, r := range paths {
		if r.maker != id || channel > 1 && !strings.Contains(r.main, "{") {
			continue
		}
		all = append(all, Candidate{Main: expand(r.main, channel), Sub: expand(r.sub, channel), Port: r.port, Source: r.source})
	}
	return all
}

// placeholder is {channel}, counted from 1, or {channel0}, counted from 0; a
// number behind a colon is the least number of digits.
var placeholder = regexp.MustCompile(`\{channel(0?)(?::0([1-9]))?\}`)

func expand(path string, channel int) string {
	return placeholder.ReplaceAllStringFunc(path, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		n := channel
		if m[1] != "" {
			n--
		}
		width, _ := strconv.Atoi(m[2]) // nothing is no width
		return fmt.Sprintf("%0*d", width, n)
	})
}
