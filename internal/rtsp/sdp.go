package rtsp

import (
	"bytes"
	"strings"

	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/gortsplib/v4/pkg/sdp"

	"camwall/internal/fault"
)

// mendSDP makes a session description (RFC 8866) one that the library takes.
// The library refuses a description as a whole for one media that it can't
// read, such as an audio track with odd parameters: such a media is left out,
// a video media is first tried without its parameters, which also come in
// band. Attributes that are not needed here, and that cameras get wrong, are
// left out too.
func mendSDP(body []byte) []byte {
	header, medias := splitSDP(body)
	plain := dropLines(header, "a=control:") // relative ones are refused, and * means nothing
	if len(medias) == 0 || (plain == header && readable(body)) {
		return body
	}
	header = dropLines(plain, "a=group:")
	out := header
	for _, media := range medias {
		media = dropLines(media, "a=mid:")
		switch {
		case readable(header + media):
			out += media
		case strings.HasPrefix(media, "m=video"):
			if bare := dropLines(media, "a=fmtp:"); readable(header + bare) {
				out += bare
			}
		}
	}
	return []byte(out)
}

func readable[T string | []byte](body T) bool {
	var session sdp.SessionDescription
	if session.Unmarshal([]byte(body)) != nil {
		return false
	}
	var desc description.Session
	return desc.Unmarshal(&session) == nil
}

// splitSDP splits a description in the lines before the first media, and the
// lines of each media. Every line ends with CR LF then.
func splitSDP(body []byte) (header string, medias []string) {
	var parts []*strings.Builder
	current := &strings.Builder{}
	parts = append(parts, current)
	for line := range bytes.Lines(body) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		if bytes.HasPrefix(line, []byte("m=")) {
			current = &strings.Builder{}
			parts = append(parts, current)
		}
		current.Write(line)
		current.WriteString("\r\n")
	}
	for _, p := range parts[1:] {
		medias = append(medias, p.String())
	}
	return parts[0].String(), medias
}

// dropLines returns text without the lines that begin with one of prefixes. An
// absolute control address is kept: requests go to it.
func dropLines(text string, prefixes ...string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if !hasAnyPrefix(line, prefixes) || strings.HasPrefix(line, "a=control:rtsp") {
			out.WriteString(line)
		}
	}
	return out.String()
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// chooseTracks returns the first video track in a codec of ours, and the first
// audio track, or nil.
func chooseTracks(desc *description.Session) (video, audio *track, err error) {
	unknown, anyVideo := "", false
	for _, media := range desc.Medias {
		if media.IsBackChannel {
			continue
		}
		isVideo := media.Type == description.MediaTypeVideo
		anyVideo = anyVideo || isVideo
		t := usable(media)
		switch {
		case t == nil && isVideo && unknown == "":
			unknown = codecName(media.Formats)
		case t == nil:
		case isVideo && t.info.Codec.IsVideo() && video == nil:
			video = t
		case media.Type == description.MediaTypeAudio && t.info.Codec.IsAudio() && audio == nil:
			audio = t
		}
	}
	switch {
	case video != nil:
	case anyVideo:
		return nil, nil, fault.New(fault.UnknownCodec, "The camera's video is in a codec that is not known: "+unknown+".",
			"Set the camera to H.264 or H.265.")
	default:
		return nil, nil, fault.New(fault.NoVideo, "The camera's stream has no video.",
			"Check the path of the address: this one may be its sound only.")
	}
	number := 0
	for _, media := range desc.Medias {
		for _, t := range []*track{video, audio} {
			if t != nil && t.media == media {
				t.info.ID = number
				number++
			}
		}
	}
	return video, audio, nil
}

func usable(media *description.Media) *track {
	for _, f := range media.Formats {
		if t := newTrack(media, f); t != nil {
			return t
		}
	}
	return nil
}

// codecName names a format that is not known, for people.
func codecName(formats []format.Format) string {
	for _, f := range formats {
		name := f.Codec()
		if g, ok := f.(*format.Generic); ok {
			name, _, _ = strings.Cut(g.RTPMap(), "/")
		}
		if name = strings.Map(printable, name); name != "" {
			return name[:min(len(name), 32)]
		}
	}
	return "unnamed"
}

func printable(r rune) rune {
	if r > ' ' && r < 0x7f {
		return r
	}
	return -1
}
