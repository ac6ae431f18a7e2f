package onvif

import (
	"cmp"
	"context"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/use-go/onvif/media"

	model "camwall/internal/media"
)

// maxProfiles bounds what one device may list.
const maxProfiles = 256

// Profiles returns the profiles that can play, those of Media2 first, which
// alone can tell H.265; without addresses.
func (c *Client) Profiles(ctx context.Context) ([]Profile, error) {
	if _, err := c.loadServices(ctx); err != nil {
		return nil, err
	}
	var second, first []Profile
	var problem error
	if c.offers(nsMedia2) {
		response, err := c.call(ctx, getProfiles2())
		if isFinal(err) {
			return nil, err
		}
		problem = err
		second = parseProfiles(response, true)
	}
	if c.offers(nsMedia) || len(second) == 0 {
		response, err := c.call(ctx, operation{name: "GetProfiles", service: nsMedia, body: media.GetProfiles{}})
		if isFinal(err) {
			return nil, err
		}
		if err != nil && len(second) == 0 && (problem == nil || c.offers(nsMedia)) {
			return nil, err
		}
		first = parseProfiles(response, false)
	}
	return playable(merge(second, first)), nil
}

// getProfiles2 is GetProfiles of Media2. Without a Type it tells only tokens
// and names.
func getProfiles2() operation {
	return operation{name: "GetProfiles", service: nsMedia2, body: withToken("tr2:GetProfiles", "tr2:Type", "All")}
}

// parseProfiles reads the answer to GetProfiles, also profiles that can't play.
func parseProfiles(response *node, media2 bool) []Profile {
	var all []Profile
	for _, n := range response.all("Profiles") {
		p := parseProfile(n)
		p.Media2, p.media1 = media2, !media2
		known := slices.ContainsFunc(all, func(have Profile) bool { return have.Token == p.Token })
		if p.Token == "" || known || len(all) == maxProfiles {
			continue
		}
		all = append(all, p)
	}
	return all
}

// parseProfile reads a profile of either service. Media2 has its configurations
// in an element of their own, with shorter names and other attributes.
func parseProfile(n *node) Profile {
	part := func(name string) *node {
		if c := n.at("Configurations/" + name); c != nil {
			return c
		}
		return n.child(name + "Configuration")
	}
	p := Profile{Token: bounded(n.attr("token"), 500), Name: shortText(n.value("Name"))}
	source := part("VideoSource")
	p.Source, p.SourceName = bounded(source.value("SourceToken"), 500), shortText(source.value("Name"))
	p.Audio = shortText(part("AudioEncoder").value("Encoding"))
	p.PTZ = part("PTZ") != nil
	p.readEncoder(part("VideoEncoder"))
	return p
}

// Numbers above these are not meant: 2147483647 is how some say "no limit".
const (
	maxSize    = 16384
	maxFPS     = 1000
	maxBitRate = 1_000_000
	maxGOP     = 65535
)

func (p *Profile) readEncoder(n *node) {
	p.CodecName = shortText(n.value("Encoding"))
	p.Codec = codecOf(p.CodecName)
	p.Width, p.Height = within(n.number("Resolution/Width"), maxSize), within(n.number("Resolution/Height"), maxSize)
	if p.Width == 0 || p.Height == 0 {
		p.Width, p.Height = 0, 0
	}
	if fps := n.number("RateControl/FrameRateLimit"); fps > 0 && fps <= maxFPS {
		p.FPS = fps
	}
	if each := within(n.number("RateControl/EncodingInterval"), 10); each > 1 {
		p.FPS /= float64(each) // only every so many pictures are encoded
	}
	p.BitRateKbps = within(n.number("RateControl/BitrateLimit"), maxBitRate)
	for _, told := range []string{n.attr("GovLength"), n.value("H264/GovLength"), n.value("H265/GovLength"), n.value("MPEG4/GovLength"), n.value("GovLength")} {
		p.GOP = cmp.Or(p.GOP, within(parseNumber(told), maxGOP))
	}
	if q := n.number("Quality"); q > 0 && q < 1e6 {
		p.Quality = q
	}
}

// codecNames are devices' words for codecs, without dots and dashes.
var codecNames = map[string]model.Codec{
	"H264": model.H264, "AVC": model.H264, "H265": model.H265, "HEVC": model.H265,
	"JPEG": model.MJPEG, "MJPEG": model.MJPEG, "MPEG4": model.MPEG4, "MPV4ES": model.MPEG4, "MP4VES": model.MPEG4,
	"VP8": model.VP8, "VP9": model.VP9, "AV1": model.AV1,
}

func codecOf(name string) model.Codec {
	return codecNames[strings.ToUpper(strings.NewReplacer(".", "", "-", "", " ", "", "+", "", "_", "").Replace(name))]
}

// merge joins what both services say. Where both know a profile, Media2's word
// counts, and the other's fills what it left out.
func merge(second, first []Profile) []Profile {
	all := slices.Clone(second)
	for _, p := range first {
		at := slices.IndexFunc(all, func(have Profile) bool { return have.Token == p.Token })
		if at < 0 {
			all = append(all, p)
			continue
		}
		have := &all[at]
		have.media1 = true
		have.PTZ = have.PTZ || p.PTZ
		have.Name, have.Source, have.SourceName = cmp.Or(have.Name, p.Name), cmp.Or(have.Source, p.Source), cmp.Or(have.SourceName, p.SourceName)
		have.Audio = cmp.Or(have.Audio, p.Audio)
		if have.CodecName == "" {
			have.Codec, have.CodecName = p.Codec, p.CodecName
		}
		if have.Width == 0 {
			have.Width, have.Height = p.Width, p.Height
		}
		have.FPS, have.Quality = cmp.Or(have.FPS, p.FPS), cmp.Or(have.Quality, p.Quality)
		have.BitRateKbps, have.GOP = cmp.Or(have.BitRateKbps, p.BitRateKbps), cmp.Or(have.GOP, p.GOP)
	}
	return all[:min(len(all), maxProfiles)]
}

// playable leaves out profiles that have no encoder, or one without coding or
// size: those are templates that were never set. When no profile tells a size,
// a coding is enough.
func playable(all []Profile) []Profile {
	some := slices.ContainsFunc(all, func(p Profile) bool { return p.CodecName != "" && p.Width > 0 })
	return slices.DeleteFunc(all, func(p Profile) bool { return p.CodecName == "" || some && p.Width == 0 })
}

// getVideoSources reads the sources, from the Media service; what profiles name
// beside them is added. A device without the service has those only.
func (c *Client) videoSources(ctx context.Context, profiles []Profile) ([]VideoSource, error) {
	var all []VideoSource
	if c.offers(nsMedia) {
		response, err := c.call(ctx, operation{name: "GetVideoSources", service: nsMedia, body: media.GetVideoSources{}})
		if isFinal(err) {
			return nil, err
		}
		all = parseSources(response)
	}
	for _, p := range profiles {
		at := slices.IndexFunc(all, func(s VideoSource) bool { return s.Token == p.Source })
		switch {
		case p.Source == "":
		case at < 0:
			all = append(all, VideoSource{Token: p.Source, Name: p.SourceName})
		case all[at].Name == "":
			all[at].Name = p.SourceName
		}
	}
	return all, nil
}

// parseSources reads the answer to GetVideoSources.
func parseSources(response *node) []VideoSource {
	var all []VideoSource
	for _, n := range response.all("VideoSources") {
		s := VideoSource{
			Token: bounded(n.attr("token"), 500),
			Width: within(n.number("Resolution/Width"), maxSize), Height: within(n.number("Resolution/Height"), maxSize),
		}
		if fps := n.number("Framerate"); fps > 0 && fps <= maxFPS {
			s.FPS = fps
		}
		if s.Token != "" && len(all) < maxProfiles {
			all = append(all, s)
		}
	}
	return all
}

// SetSynchronizationPoint asks for a key frame of a profile now. The caller
// keeps it rare.
func (c *Client) SetSynchronizationPoint(ctx context.Context, profileToken string) error {
	_, err := c.loadServices(ctx)
	if err != nil {
		return err
	}
	if c.offers(nsMedia2) {
		_, err = c.call(ctx, operation{
			name: "SetSynchronizationPoint", service: nsMedia2,
			body: withToken("tr2:SetSynchronizationPoint", "tr2:ProfileToken", profileToken),
		})
		if err == nil || isFinal(err) || !c.offers(nsMedia) {
			return err
		}
	}
	_, err = c.call(ctx, operation{
		name: "SetSynchronizationPoint", service: nsMedia,
		body: struct {
			XMLName xml.Name
			Token   string `xml:"trt:ProfileToken"`
		}{xml.Name{Local: "trt:SetSynchronizationPoint"}, profileToken},
	})
	return err
}
