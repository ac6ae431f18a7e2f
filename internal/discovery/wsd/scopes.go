package wsd

import (
	"net/url"
	"slices"
	"strings"
)

// Scopes is what the ONVIF scopes of a device say (ONVIF Core section 7.3.2).
type Scopes struct {
	// ONVIF says that there is at least one.
	ONVIF bool

	// Name, Hardware and Location are percent-decoded; "" none. Several of one
	// kind are joined by a space for names and by ", " for locations.
	Name, Hardware, Location string

	Profiles []string // such as Streaming, T, G
	Types    []string // such as video_encoder
}

// ReadScopes reads the scopes of a Target.
func ReadScopes(scopes []string) Scopes {
	const prefix = "onvif://www.onvif.org/"
	var s Scopes
	for _, scope := range scopes {
		if len(scope) < len(prefix) || !strings.EqualFold(scope[:len(prefix)], prefix) {
			continue
		}
		s.ONVIF = true
		category, value, ok := strings.Cut(scope[len(prefix):], "/")
		if !ok || strings.Trim(value, "/") == "" {
			continue
		}
		if decoded, err := url.PathUnescape(value); err == nil {
			value = decoded
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(category) {
		case "name":
			s.Name = join(s.Name, value, " ")
		case "hardware":
			s.Hardware = join(s.Hardware, value, " ")
		case "location":
			s.Location = join(s.Location, place(value), ", ")
		case "profile":
			s.Profiles = append(s.Profiles, value)
		case "type":
			s.Types = append(s.Types, value)
		}
	}
	return s
}

// place leaves out the word that says which part of an address a location is:
// country/china, city/hangzhou.
func place(value string) string {
	kind, rest, ok := strings.Cut(value, "/")
	switch strings.ToLower(kind) {
	case "country", "city", "state", "street", "building", "floor", "room":
		if ok {
			return rest
		}
	}
	return value
}

// join appends a value that is not there yet.
func join(list, value, separator string) string {
	if list == "" {
		return value
	}
	if value == "" || slices.Contains(strings.Split(list, separator), value) {
		return list
	}
	return list + separator + value
}
