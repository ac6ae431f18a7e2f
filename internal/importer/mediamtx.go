package importer

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// readMediaMTX reads mediamtx.yml.
func (y *yamlFile) readMediaMTX() *collector {
	c := &collector{format: MediaMTX}
	defaults := y.child(y.root, "pathDefaults")
	for _, p := range y.pairs(y.child(y.root, "paths")) {
		from := at("paths", p.key)
		setting := func(names ...string) string { return y.setting(p.value, defaults, names...) }
		e := entry{key: p.key, from: from}
		address := setting("source")
		if why := noCamera(p.key, address); why != "" {
			c.leave(from, why)
			continue
		}
		s, why := parseSource(address)
		if why != "" {
			c.leave(from+".source", why)
			continue
		}
		if setting("sourceFingerprint") != "" {
			e.notes = append(e.notes, "The fingerprint of its certificate is not taken over: the first certificate that is seen will be trusted.")
		}
		switch transport := setting("rtspTransport", "sourceProtocol"); strings.ToLower(transport) {
		case "udp":
			e.notes = append(e.notes, "It was pulled over UDP: set its transport to udp if TCP does not work.")
		case "multicast":
			e.notes = append(e.notes, "It was pulled over multicast; here it is pulled over TCP or UDP.")
		}
		e.sources = []source{s}
		c.add(e)
	}
	c.joinSubs()
	return c
}

// setting returns the first of some names that a path or the defaults have.
func (y *yamlFile) setting(n, defaults *yaml.Node, names ...string) string {
	for _, from := range []*yaml.Node{n, defaults} {
		for _, name := range names {
			if s := y.vars.restore(y.text(from, name)); s != "" {
				return s
			}
		}
	}
	return ""
}

// noCamera says why a path is none that has a camera's address.
func noCamera(name, address string) string {
	switch {
	case name == "all" || name == "all_others" || strings.HasPrefix(name, "~"):
		return "stands for any number of paths"
	case address == "" || address == "publisher":
		return "waits for somebody who sends to it"
	case address == "redirect":
		return "only redirects to another address"
	case address == "rpiCamera":
		return "is a camera of that Raspberry Pi itself"
	case strings.Contains(address, "$MTX_") || strings.Contains(address, "$G1"):
		return "has an address that depends on who asks"
	}
	return ""
}
