package makers

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Banner is what a device says of itself without a password. Each field may be
// empty, and none is trusted.
type Banner struct {
	ONVIFMaker string   // Manufacturer of GetDeviceInformation
	SSDPMaker  string   // manufacturer of the UPnP description
	Scopes     []string // of WS-Discovery, as sent
	HTTPTitle  string   // of the page at /
	HTTPRealm  string   // of WWW-Authenticate
	HTTPServer string   // Server header
	RTSPRealm  string
	RTSPServer string
}

// maxBanner bounds how much of a field is looked at.
const maxBanner = 512

// Identify returns the maker of a device. What names a brand counts more than
// what only is a brand's habit, and what is meant as the maker's name counts most.
func Identify(b Banner) (Maker, bool) {
	names := []string{b.ONVIFMaker, b.SSDPMaker}
	for _, s := range b.Scopes {
		names = append(names, fromScope(s))
	}
	banners := []string{b.HTTPTitle, b.HTTPRealm, b.HTTPServer, b.RTSPRealm, b.RTSPServer}
	for _, s := range append(names, banners...) {
		if m, ok := told(s, words); ok {
			return m, true
		}
	}
	for i, field := range []map[string][]*regexp.Regexp{titleHabits, realmHabits, serverHabits, realmHabits, serverHabits} {
		if m, ok := told(banners[i], field); ok {
			return m, true
		}
	}
	return Maker{}, false
}

// fromScope returns what a scope says of name, hardware or maker; others, as the
// place, may have a brand's name in them by chance.
func fromScope(scope string) string {
	_, item, ok := strings.Cut(scope, "onvif.org/")
	kind, value, found := strings.Cut(item, "/")
	if !ok || !found {
		return ""
	}
	switch strings.ToLower(kind) {
	case "name", "hardware", "manufacturer", "mfr", "brand":
	default:
		return ""
	}
	if plain, err := url.PathUnescape(value); err == nil {
		return plain
	}
	return value
}

// told returns the first maker of the table that text fits.
func told(text string, table map[string][]*regexp.Regexp) (Maker, bool) {
	if len(text) > maxBanner {
		text = text[:maxBanner]
	}
	text = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == utf8.RuneError })
	if text == "" {
		return Maker{}, false
	}
	for _, b := range brands {
		for _, mark := range table[b.ID] {
			if mark.MatchString(text) {
				return b.Maker, true
			}
		}
	}
	return Maker{}, false
}

// words finds the names of each brand as words of their own: "Active" is no ACTi.
var words = brandWords()

func brandWords() map[string][]*regexp.Regexp {
	all := make(map[string][]*regexp.Regexp, len(brands))
	for _, b := range brands {
		for _, name := range b.names {
			all[b.ID] = append(all[b.ID], regexp.MustCompile(`(?i)(?:^|[^\pL\pN])`+regexp.QuoteMeta(name)+`(?:$|[^\pL])`))
		}
	}
	return all
}

// Habits are banners that do not name the brand.
var (
	titleHabits = map[string][]*regexp.Regexp{
		"dahua":    {regexp.MustCompile(`^WEB SERVICE$`)},
		"xiongmai": {regexp.MustCompile(`(?i)^NETSurveillance WEB$`)},
	}
	realmHabits = map[string][]*regexp.Regexp{
		"hikvision": {regexp.MustCompile(`^(?:IP Camera|IP PTZ Camera|Embedded Net DVR)\(\w+\)$`), regexp.MustCompile(`^(?:DS|iDS)-\d\w+`)},
		"dahua":     {regexp.MustCompile(`^Login to \w+`)},
		"reolink":   {regexp.MustCompile(`^BC Streaming Media$`)},
		"hanwha":    {regexp.MustCompile(`(?i)^iPolis`)},
		"dlink":     {regexp.MustCompile(`^DCS-\d+`)},
		"trendnet":  {regexp.MustCompile(`^TV-IP\d+`)},
	}
	serverHabits = map[string][]*regexp.Regexp{
		"hikvision": {regexp.MustCompile(`^(?:App-webs|DNVRS-Webs|DVRDVS-Webs)\b`)},
		"xiongmai":  {regexp.MustCompile(`^uc-httpd\b`), regexp.MustCompile(`^H264DVR\b`)},
		"bosch":     {regexp.MustCompile(`^VCS-VideoJet-Webserver`)},
		"sony":      {regexp.MustCompile(`^gen[56]th/`)},
		"geovision": {regexp.MustCompile(`^GeoHttpServer`)},
		"foscam":    {regexp.MustCompile(`^Netwave IP Camera`)},
	}
)
