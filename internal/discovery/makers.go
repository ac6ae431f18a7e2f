package discovery

import (
	"cmp"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/makers"
)

// nodeMakers are those whose UUIDs end with the device's MAC address, by their
// ids in package makers.
var nodeMakers = map[string]bool{"axis": true, "hikvision": true}

// makerOf tells the maker by what all records of a device say.
func makerOf(group []*record) (makers.Maker, bool) {
	var all makers.Banner
	for _, r := range group {
		all.ONVIFMaker = cmp.Or(all.ONVIFMaker, r.description.Maker)
		all.SSDPMaker = cmp.Or(all.SSDPMaker, r.maker)
		all.Scopes = append(all.Scopes, r.scopes...)
		all.HTTPTitle = cmp.Or(all.HTTPTitle, r.banner.HTTPTitle)
		all.HTTPRealm = cmp.Or(all.HTTPRealm, r.banner.HTTPRealm)
		all.HTTPServer = cmp.Or(all.HTTPServer, r.banner.HTTPServer)
		all.RTSPRealm = cmp.Or(all.RTSPRealm, r.banner.RTSPRealm)
		all.RTSPServer = cmp.Or(all.RTSPServer, r.banner.RTSPServer)
	}
	return makers.Identify(all)
}

// withoutONVIF is the diagnosis of a maker's camera that answers RTSP alone.
func withoutONVIF(m makers.Maker) *fault.Error {
	article := "a "
	if strings.ContainsRune("AEIOU", rune(m.Name[0])) {
		article = "an "
	}
	what := "use its RTSP paths"
	if clause := makers.OnvifHint(m.ID); clause != "" {
		what = clause + ", or use its RTSP paths"
	}
	return fault.New(WithoutONVIF, article+m.Name+" without ONVIF: "+what,
		"search again once it is on: ONVIF tells the streams by itself; without it, give the address of a stream")
}
