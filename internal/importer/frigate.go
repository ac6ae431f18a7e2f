package importer

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// readFrigate reads Frigate's config.yml. Its cameras are what counts; the
// streams of the go2rtc in it are where their addresses lead to.
func (y *yamlFile) readFrigate() *collector {
	f := &frigate{yamlFile: y, collector: &collector{format: Frigate}, used: make(map[string]bool)}
	y.vars.own = y.texts(y.child(y.root, "environment_vars"))
	f.restream = y.readStreams(y.child(y.root, "go2rtc", "streams"), y.text(y.root, "go2rtc", "rtsp", "listen"), "go2rtc.streams", f.expand)
	f.subs = make(map[string]string)
	for _, name := range f.restream.names {
		if base, ok := subOf(name); ok {
			f.subs[base] = name
		}
	}
	cameras := y.pairs(y.child(y.root, "cameras"))
	for _, p := range cameras {
		f.camera(p)
	}
	if len(cameras) == 0 { // go2rtc alone is in use
		f.addStreams(f.restream, f.restream.names, "go2rtc.streams")
		f.joinSubs()
		return f.collector
	}
	for _, name := range f.restream.names {
		s := f.restream.take(name)
		for _, l := range s.left {
			f.leave(l.From, l.Why)
		}
		if !f.used[name] && len(s.sources) > 0 {
			f.leave(at("go2rtc.streams", name), "is used by no camera of the file")
		}
	}
	return f.collector
}

// frigate is such a file being read.
type frigate struct {
	*yamlFile
	*collector
	restream *restream
	subs     map[string]string // streams of go2rtc that are a camera's small one, by its folded name
	used     map[string]bool   // streams of go2rtc that a camera has
}

func (f *frigate) expand(s string) (text, missing string) {
	if s, missing = f.vars.expandBraces(s); missing != "" {
		return "", missing
	}
	return f.vars.expand(s)
}

// input is one of a camera's inputs.
type input struct {
	source
	from  string
	roles []string
}

func (f *frigate) camera(p pair) {
	where := at("cameras", p.key)
	e := entry{key: p.key, from: where, name: f.text(p.value, "friendly_name")}
	if on, ok := truth(f.text(p.value, "enabled")); ok && !on {
		e.disabled = true
	}
	inputs := f.inputs(p, where)
	main := slices.IndexFunc(inputs, func(in input) bool { return slices.Contains(in.roles, "record") })
	small := slices.IndexFunc(inputs, func(in input) bool { return slices.Contains(in.roles, "detect") })
	switch {
	case len(inputs) == 0:
		f.leave(where, "has no input that can be taken")
		return
	case main < 0 && small >= 0:
		// Only what is looked at for motion is there: the stream of the camera's
		// own name may be the better one.
		if s, ok := f.stream(p.key); ok && s.sources[0].url != inputs[small].url {
			inputs = append(inputs, input{source: s.sources[0], from: s.from})
			main = len(inputs) - 1
		}
	case small < 0 || small == main:
		if s, ok := f.subStream(p.key); ok {
			inputs = append(inputs, input{source: s.sources[0], from: s.from})
			small = len(inputs) - 1
		}
	}
	if main < 0 {
		main = max(small, 0)
	}
	e.sources, e.from = []source{inputs[main].source}, inputs[main].from
	if small >= 0 && small != main && inputs[small].url != inputs[main].url {
		if inputs[main].takes(inputs[small].source) {
			e.sources = append(e.sources, inputs[small].source)
		} else {
			f.leave(inputs[small].from, "is at another host, or signs in differently, than the rest of its camera")
		}
	}
	for i, in := range inputs {
		if i != main && i != small {
			f.leave(in.from, "is neither recorded nor looked at by Frigate")
		}
	}
	if note := f.onvifNote(p.value); note != "" {
		e.notes = append(e.notes, note)
	}
	f.add(e)
}

// inputs returns those of a camera's inputs that can be taken.
func (f *frigate) inputs(p pair, where string) []input {
	var all []input
	for i, n := range f.elements(f.child(p.value, "ffmpeg", "inputs")) {
		from := at(where, "ffmpeg", "inputs", i)
		if i == maxSources {
			f.leave(from, "is one input of too many")
			break
		}
		in := input{from: from}
		for _, role := range f.elements(f.child(n, "roles")) {
			in.roles = append(in.roles, role.Value)
		}
		path, missing := f.expand(f.text(n, "path"))
		if missing != "" {
			f.leave(from, "needs the variable "+missing+", which is not set")
			continue
		}
		var why string
		if name, ok := f.restream.refers(path); ok {
			s, found := f.stream(name)
			if !found {
				f.leave(from, "is go2rtc's stream "+name+", which has no source that can be taken")
				continue
			}
			in.source = s.sources[0]
		} else if in.source, why = parseSource(path); why != "" {
			f.leave(from, why)
			continue
		}
		if len(in.roles) == 1 && in.roles[0] == "audio" {
			f.leave(from, soundOnly)
			continue
		}
		all = append(all, in)
	}
	return all
}

// stream returns what a stream of go2rtc leads to, and remembers that it is
// used.
func (f *frigate) stream(name string) (stream, bool) {
	if _, ok := f.restream.raws[name]; !ok {
		return stream{}, false
	}
	f.used[name] = true
	return f.restream.origin(name)
}

// subStream returns the small stream of a camera that go2rtc has by its name.
func (f *frigate) subStream(camera string) (stream, bool) {
	name, ok := f.subs[fold(camera)]
	if !ok || f.used[name] {
		return stream{}, false
	}
	return f.stream(name)
}

// onvifNote tells of a camera's ONVIF sign-in, which is one of its own.
func (f *frigate) onvifNote(n *yaml.Node) string {
	host, missing := f.expand(f.text(n, "onvif", "host"))
	if host = label(host); host == "" || missing != "" || strings.ContainsAny(host, "@") {
		return ""
	}
	note := "Frigate turns it over ONVIF at " + host
	if port := label(f.text(n, "onvif", "port")); port != "" {
		note += ", port " + port + ","
	}
	if user, missing := f.expand(f.text(n, "onvif", "user")); user != "" && missing == "" {
		note += " as user " + label(user)
	}
	return note + ", which is not taken over: add the device by its ONVIF address to turn it from here."
}
