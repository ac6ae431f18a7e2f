package inventory

import (
	"cmp"
	"slices"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/onvif"
)

// renewed returns a device with what it told of itself now.
func renewed(d camera.Device, told *onvif.Device) camera.Device {
	d.Maker, d.Model = cmp.Or(told.Manufacturer, d.Maker), cmp.Or(told.Model, d.Model)
	d.Firmware, d.Serial = cmp.Or(told.Firmware, d.Firmware), cmp.Or(told.Serial, d.Serial)
	if len(told.MACs) > 0 && !slices.Contains(told.MACs, d.MAC) {
		d.MAC = told.MACs[0]
	}
	streams := slices.ContainsFunc(told.Profiles, playable)
	if now := deviceOf(told).Address; streams && hostPart(now) == hostPart(d.Address) {
		d.Address = now // its RTSP has another port
	}
	return d
}

// refreshed returns a camera with the addresses that its profiles have now. A
// stream that was given by its address alone stays as it is, and so does a camera
// whose channel can't be told from the others.
func refreshed(cam camera.Camera, told *onvif.Device) (camera.Camera, bool) {
	old := cam
	channels := channelsOf(told)
	own := ownChannel(channels, &cam)
	if own < 0 && cam.Source != "" {
		return cam, false
	}
	cam.Streams = slices.Clone(cam.Streams)
	lost := make(map[string]bool) // streams that the device no longer has
	for i := range cam.Streams {
		s := &cam.Streams[i]
		if !ofProfile(s) {
			continue
		}
		p, source := profileOf(channels, own, *s)
		if p.Token == "" {
			lost[s.Name] = i > 0 && !cam.Provisioned && s.Profile != "" && own >= 0 && channels[own].main.Token != "" && len(told.Problems) == 0
			continue
		}
		if own < 0 {
			own = slices.IndexFunc(channels, func(c channel) bool { return c.source == source })
		}
		cam.Source = source
		name, wanted := s.Name, s.ProfileName
		*s = streamOf(name, p)
		s.URL = placed(s.URL, told, cam.Device)
		if old.Streams[i].Profile == "" && wanted != "" {
			s.ProfileName = wanted // as the configuration calls it
		}
		cam.PTZ = cam.PTZ || p.PTZ
	}
	cam.Streams = slices.DeleteFunc(cam.Streams, func(s camera.Stream) bool { return lost[s.Name] })
	// A camera that is known by its device alone gets the sub stream as well.
	if len(old.Streams) == 1 && old.Streams[0].URL == "" && old.Streams[0].ProfileName == "" {
		if own >= 0 && channels[own].sub.Token != "" {
			sub := streamOf("sub", channels[own].sub)
			sub.URL = placed(sub.URL, told, cam.Device)
			cam.Streams = append(cam.Streams, sub)
		}
	}
	return cam, !slices.Equal(cam.Streams, old.Streams) || cam.Source != old.Source || cam.PTZ != old.PTZ
}

// ofProfile tells a stream that a profile stands behind.
func ofProfile(s *camera.Stream) bool { return s.Profile != "" || s.ProfileName != "" || s.URL == "" }

// placed returns a told address on the device's RTSP address, where a person put
// that elsewhere than its ONVIF: behind a router.
func placed(address string, told *onvif.Device, d *camera.Device) string {
	if strings.Trim(hostPart(d.Address), "[]") == hostOf(told.Address) {
		return address
	}
	return movedURL(address, deviceOf(told).Address, d.Address)
}

// ownChannel returns the index of a camera's channel: by its video source; when
// the device calls that otherwise now, by an address or a profile that stayed;
// -1 when it can't be told.
func ownChannel(channels []channel, cam *camera.Camera) int {
	if cam.Source != "" {
		if i := slices.IndexFunc(channels, func(c channel) bool { return c.source == cam.Source }); i >= 0 {
			return i
		}
	}
	for _, same := range []func(*camera.Stream, *onvif.Profile) bool{
		func(s *camera.Stream, p *onvif.Profile) bool {
			return s.URL != "" && addressKey(s.URL) == addressKey(p.StreamURI)
		},
		func(s *camera.Stream, p *onvif.Profile) bool {
			return s.Profile != "" && p.Token == s.Profile && (cam.Source == "" || p.Name == s.ProfileName)
		},
	} {
		for i := range cam.Streams {
			s := &cam.Streams[i]
			if !ofProfile(s) {
				continue
			}
			for n, c := range channels {
				if slices.ContainsFunc(c.profiles, func(p onvif.Profile) bool { return same(s, &p) }) {
					return n
				}
			}
		}
	}
	if len(channels) == 1 {
		return 0
	}
	return -1
}

// profileOf finds a stream's profile: by token, by name, else the one in its
// place among those of its video source. own is the index of that; with -1 every
// channel is looked at, and a name that several have is nobody's, unless somebody
// configured it.
func profileOf(channels []channel, own int, s camera.Stream) (onvif.Profile, string) {
	if own >= 0 {
		channels, own = channels[own:own+1], 0
	}
	configured := s.Profile == ""
	if p, source, n := matching(channels, func(p onvif.Profile) bool { return !configured && p.Token == s.Profile }); n > 0 {
		return p, source
	}
	p, source, n := matching(channels, func(p onvif.Profile) bool {
		return s.ProfileName != "" && (p.Name == s.ProfileName || configured && p.Token == s.ProfileName)
	})
	switch {
	case n == 1, n > 1 && (configured || own >= 0):
		return p, source
	case configured && s.ProfileName != "":
		return onvif.Profile{}, "" // somebody named it, and there is none of that name
	case own < 0 && !configured:
		return onvif.Profile{}, "" // it may be any channel's
	case own < 0:
		own = slices.IndexFunc(channels, func(c channel) bool { return c.main.Token != "" })
	}
	switch {
	case own < 0:
		return onvif.Profile{}, ""
	case s.Name == "main":
		return channels[own].main, channels[own].source
	case s.Name == "sub":
		return channels[own].sub, channels[own].source
	}
	return onvif.Profile{}, ""
}

// matching returns the first profile that is like something, its video source,
// and how many are.
func matching(channels []channel, like func(onvif.Profile) bool) (first onvif.Profile, source string, n int) {
	for _, c := range channels {
		for _, p := range c.profiles {
			if !like(p) {
				continue
			}
			if n++; n == 1 {
				first, source = p, c.source
			}
		}
	}
	return first, source, n
}
