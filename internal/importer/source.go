package importer

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/secret"
)

// source is one address that can be taken: a stream, or an ONVIF device.
type source struct {
	url     string // rtsp or rtsps, without sign-in; empty for ONVIF
	host    string
	onvif   string // address of the device service
	profile string // token of an ONVIF profile
	cred    camera.Credentials
	notes   []string
}

// takes reports whether sub can be a stream of the same camera: at the same host,
// with the same sign-in or none, and asked for in the same way.
func (s source) takes(sub source) bool {
	switch {
	case s.host != sub.host || s.cred != sub.cred && !sub.cred.IsZero():
		return false
	case s.url != "":
		return sub.url != ""
	}
	return sub.url == "" && s.onvif == sub.onvif && s.profile != "" && sub.profile != ""
}

// ambiguous tells that an address may have a password in it that can't be told
// from the rest.
const ambiguous = "has an @ that may end a password; write the password's special characters as %40 and the like"

// maxAddressBytes bounds an address.
const maxAddressBytes = 4096

// soundOnly tells that an address is used for its sound alone.
const soundOnly = "is used for its sound alone"

// programs has what a source is that can't be taken, by its scheme. What is not
// in it is not repeated to people: it may be anything, also a password.
var programs = map[string]string{
	"exec": "is a program that runs", "echo": "is a program that runs", "expr": "is a program that runs",
	"http": "is HTTP, not RTSP", "https": "is HTTP, not RTSP", "httpx": "is HTTP, not RTSP", "tcp": "is a raw TCP stream", "udp": "is a raw UDP stream",
	"rtmp": "is RTMP, not RTSP", "rtmps": "is RTMP, not RTSP", "rtmpx": "is RTMP, not RTSP", "srt": "is SRT, not RTSP", "mmsh": "is MMS, not RTSP",
	"webrtc": "is WebRTC, not RTSP", "whep": "is WebRTC, not RTSP", "wheps": "is WebRTC, not RTSP", "webtorrent": "is WebRTC, not RTSP", "moqt": "is Media over QUIC, not RTSP",
	"ws": "is a WebSocket, not RTSP", "wss": "is a WebSocket, not RTSP",
	"rtsp+http": "is RTSP inside of HTTP", "rtsps+http": "is RTSP inside of HTTP", "rtsp+ws": "is RTSP inside of a WebSocket", "rtsps+ws": "is RTSP inside of a WebSocket",
	"udp+mpegts": "is a raw MPEG-TS stream", "unix+mpegts": "is a raw MPEG-TS stream", "udp+rtp": "is a raw RTP stream", "unix+rtp": "is a raw RTP stream",
	"rtp": "is a raw RTP stream", "file": "is a file", "v4l2": "is a device of that machine", "alsa": "is a device of that machine", "device": "is a device of that machine",
	"virtual": "is a test picture", "tts": "is a voice",
	"tapo":    "is TP-Link's own protocol; the camera has RTSP, too: /stream1 and /stream2, with its camera account",
	"vigi":    "is TP-Link's own protocol; the camera has RTSP, too: /stream1 and /stream2",
	"kasa":    "is TP-Link's own protocol",
	"dvrip":   "is Xiongmai's own protocol; such devices have ONVIF, too, at port 8899",
	"isapi":   "is Hikvision's way to speak through the camera",
	"homekit": "is HomeKit", "hass": "is a camera of Home Assistant", "nest": "is in Google's cloud", "ring": "is in Ring's cloud", "tuya": "is in Tuya's cloud",
	"roborock": "is in Roborock's cloud", "ivideon": "is in Ivideon's cloud", "yandex": "is in Yandex's cloud", "xiaomi": "is in Xiaomi's cloud", "wyze": "is Wyze's own protocol",
	"bubble": "is a maker's own protocol", "eseecloud": "is a maker's own protocol", "doorbird": "is DoorBird's own protocol", "gopro": "is GoPro's own protocol",
	"flussonic": "is Flussonic's own protocol", "multitrans": "is a maker's own protocol",
}

// schemePattern also finds the words that go2rtc writes with a colon alone.
var schemePattern = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)(://|:)`)

// schemeOf returns the scheme of a source in lower case; empty is none.
func schemeOf(raw string) string {
	if m := schemePattern.FindStringSubmatch(raw); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

// parseSource reads an address as these programs write it. why says why it
// can't be taken, without repeating it; it is empty when it was.
func parseSource(raw string) (s source, why string) {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxAddressBytes {
		return source{}, "is longer than any address"
	}
	scheme := schemeOf(raw)
	switch scheme {
	case "rtsp", "rtsps":
		return parseRTSP(raw)
	case "rtspx": // go2rtc: without a check of the certificate, as we pin it
		return parseRTSP("rtsps" + raw[len(scheme):])
	case "onvif":
		return parseONVIF("http" + raw[len(scheme):])
	case "ffmpeg":
		return parseFFmpeg(raw[len(scheme)+1:])
	case "":
		return source{}, "is no address"
	}
	if what := programs[scheme]; what != "" {
		return source{}, what
	}
	return source{}, "is no address of RTSP or ONVIF"
}

// params are what go2rtc appends to an address: #video=copy#backchannel=0.
var params = regexp.MustCompile(`#(?:backchannel|media|timeout|transport|input|video|audio|hardware|width|height|rotate|raw|query|async|bitrate|drawtext)(?:=|#|$)`)

// cutParams splits the parameters off. The address may have a # in its password.
func cutParams(raw string) (address string, values map[string]string) {
	values = make(map[string]string)
	at := params.FindStringIndex(raw)
	if at == nil {
		return raw, values
	}
	for p := range strings.SplitSeq(raw[at[0]+1:], "#") {
		name, value, _ := strings.Cut(p, "=")
		values[name] = value
	}
	return raw[:at[0]], values
}

// enableSRTP is what UniFi Protect appends to its addresses.
var enableSRTP = regexp.MustCompile(`[?&]enableSrtp(?:=[^&]*)?$`)

func parseRTSP(raw string) (source, string) {
	address, with := cutParams(raw)
	if ws, ok := with["transport"]; ok && strings.HasPrefix(ws, "ws") {
		return source{}, "is RTSP inside of a WebSocket"
	}
	if with["media"] == "audio" {
		return source{}, soundOnly
	}
	clean, _, _, found := secret.SplitURL(address)
	if !found && strings.Contains(clean, "@") {
		return source{}, ambiguous
	}
	if i := strings.IndexByte(clean, '#'); i >= 0 {
		address = address[:len(address)-len(clean)+i]
	}
	clean, hostport, cred, err := camera.ParseURL(enableSRTP.ReplaceAllString(address, ""))
	if err != nil {
		return source{}, because(err)
	}
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return source{}, "has no host"
	}
	return source{url: clean, host: host, cred: cred}, ""
}

// because returns what a fault says behind the address that it quotes.
func because(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		if i := strings.LastIndex(f.Message, `" `); i >= 0 {
			return f.Message[i+2:]
		}
	}
	return "is no address of a stream"
}

// parseONVIF reads http://user:password@host:port/path?subtype=token.
func parseONVIF(raw string) (source, string) {
	address, _ := cutParams(raw)
	clean, _, _, _ := secret.SplitURL(address)
	query := ""
	if i := strings.IndexAny(clean, "?#"); i >= 0 {
		address = address[:len(address)-len(clean)+i]
		query, _, _ = strings.Cut(strings.TrimPrefix(clean[i:], "?"), "#")
	}
	clean, host, cred, err := camera.ParseONVIF(address)
	if err != nil {
		return source{}, because(err)
	}
	if strings.Contains(clean, "@") {
		return source{}, ambiguous
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return source{}, "is no address of an ONVIF device"
	}
	return source{onvif: clean, host: host, cred: cred, profile: label(values.Get("subtype"))}, ""
}

// parseFFmpeg reads what FFmpeg is given: an address is taken as if it stood
// there alone.
func parseFFmpeg(raw string) (source, string) {
	address, with := cutParams(raw)
	_, video := with["video"]
	if _, audio := with["audio"]; audio && !video {
		return source{}, soundOnly
	}
	if scheme := schemeOf(address); scheme == "ffmpeg" || scheme == "" {
		if kind, _, ok := strings.Cut(address, "?"); ok && programs[kind] != "" {
			return source{}, programs[kind]
		}
		return source{}, "is a file or another stream, read by FFmpeg"
	}
	s, why := parseSource(address)
	if angle := with["rotate"]; why == "" && slices.Contains([]string{"90", "180", "270", "-90"}, angle) {
		s.notes = append(s.notes, "FFmpeg turned its picture by "+angle+" degrees: set its rotation.")
	}
	return s, why
}
