package importer

import (
	"net"
	"net/url"
	"strings"

	"gopkg.in/yaml.v3"
)

// restream is the streams of a go2rtc configuration, by name, and where that
// program offers them itself.
type restream struct {
	names []string
	raws  map[string][]raw
	port  string // of its RTSP server, on this machine
}

// raw is one source as the file has it, its variables replaced.
type raw struct {
	text string
	from string
	why  string // it can't be taken before it is looked at
}

// readStreams reads the mapping streams of go2rtc, in its own file or in
// Frigate's, at the place where.
func (y *yamlFile) readStreams(streams *yaml.Node, listen, where string, expand func(string) (string, string)) *restream {
	r := &restream{raws: make(map[string][]raw), port: "8554"}
	if _, port, err := net.SplitHostPort(listen); err == nil && port != "" {
		r.port = port
	}
	for _, p := range y.pairs(streams) {
		if _, twice := r.raws[p.key]; twice {
			continue
		}
		r.names = append(r.names, p.key)
		r.raws[p.key] = y.readSources(p, at(where, p.key), expand)
	}
	return r
}

// maxSources bounds the sources of one stream.
const maxSources = 64

func (y *yamlFile) readSources(p pair, where string, expand func(string) (string, string)) []raw {
	value := p.value
	if value.Kind == yaml.MappingNode {
		value = y.child(value, "url")
	}
	var all []raw
	for i, n := range y.elements(value) {
		from := at(where, i)
		if value.Kind != yaml.SequenceNode {
			from = where
		}
		switch {
		case i == maxSources:
			return append(all, raw{from: from, why: "is one source of too many"})
		case n.Kind != yaml.ScalarNode:
			all = append(all, raw{from: from, why: "is no address"})
		default:
			text, missing := expand(n.Value)
			if missing != "" {
				all = append(all, raw{from: from, why: "needs the variable " + missing + ", which is not set"})
				continue
			}
			all = append(all, raw{text: strings.TrimSpace(text), from: from})
		}
	}
	return all
}

// refers returns the name of the stream that a source takes from go2rtc itself:
// ffmpeg:NAME, or its own RTSP server's address.
func (r *restream) refers(text string) (name string, ok bool) {
	if len(text) > maxAddressBytes {
		return "", false
	}
	if rest, found := strings.CutPrefix(text, "ffmpeg:"); found {
		text = rest
	}
	plain, _, _ := strings.Cut(text, "#")
	if _, ok = r.raws[plain]; ok {
		return plain, true
	}
	u, err := url.Parse(plain)
	if err != nil || u.Scheme != "rtsp" || u.Port() != r.port {
		return "", false
	}
	switch u.Hostname() {
	case "127.0.0.1", "localhost", "::1":
	default:
		return "", false
	}
	name = strings.TrimPrefix(u.Path, "/")
	_, ok = r.raws[name]
	return name, ok
}

// stream is what the sources of one stream come to.
type stream struct {
	sources []source // at most one
	from    string
	onvif   string
	refs    []string // streams of the same program that it is made of
	left    []Left
}

// take chooses among the sources of a stream, which are all the same pictures:
// the first RTSP address, else the first ONVIF one. An ONVIF address of the same
// host goes with it.
func (r *restream) take(name string) stream {
	var s stream
	var later []Left // others that could be taken
	for _, raw := range r.raws[name] {
		if raw.why != "" {
			s.left = append(s.left, Left{raw.from, raw.why})
			continue
		}
		if ref, ok := r.refers(raw.text); ok {
			s.refs = append(s.refs, ref)
			s.left = append(s.left, Left{raw.from, "is made from the stream " + ref + " of the same file"})
			continue
		}
		src, why := parseSource(raw.text)
		switch {
		case why != "":
			s.left = append(s.left, Left{raw.from, why})
		case len(s.sources) == 0:
			s.sources, s.from = []source{src}, raw.from
		case s.sources[0].host == src.host && src.url == "" && s.onvif == "" && s.sources[0].onvif == "":
			s.onvif = src.onvif
		case s.sources[0].host == src.host && s.sources[0].url == "" && src.url != "":
			src.onvif = s.sources[0].onvif
			if src.cred.IsZero() {
				src.cred = s.sources[0].cred
			}
			s.sources, s.from = []source{src}, raw.from
		default:
			later = append(later, Left{raw.from, "is another source of the same stream; the first one is taken"})
		}
	}
	s.left = append(s.left, later...)
	return s
}

// maxReferences is how many streams may stand between one and its source.
const maxReferences = 8

// origin follows references until a stream has a source of its own.
func (r *restream) origin(name string) (stream, bool) {
	for range maxReferences {
		s := r.take(name)
		if len(s.sources) > 0 || len(s.refs) == 0 {
			return s, len(s.sources) > 0
		}
		name = s.refs[0]
	}
	return stream{}, false
}

// readGo2RTC reads go2rtc.yaml.
func (y *yamlFile) readGo2RTC() *collector {
	c := &collector{format: Go2RTC}
	y.vars.own, y.vars.ownFirst = y.texts(y.child(y.root, "env")), true
	r := y.readStreams(y.child(y.root, "streams"), y.text(y.root, "rtsp", "listen"), "streams", y.vars.expand)
	c.addStreams(r, r.names, "streams")
	c.joinSubs()
	return c
}

// addStreams adds those streams as entries.
func (c *collector) addStreams(r *restream, names []string, where string) {
	for _, name := range names {
		s := r.take(name)
		if len(r.raws[name]) == 0 {
			c.leave(at(where, name), "has no source")
		}
		for _, l := range s.left {
			c.leave(l.From, l.Why)
		}
		if len(s.sources) > 0 {
			c.add(entry{key: name, from: s.from, sources: s.sources, onvif: s.onvif})
		}
	}
}

// texts returns a mapping of scalars.
func (y *yamlFile) texts(n *yaml.Node) map[string]string {
	all := make(map[string]string)
	for _, p := range y.pairs(n) {
		if p.value.Kind == yaml.ScalarNode {
			all[p.key] = y.vars.restore(p.value.Value)
		}
	}
	return all
}
