// Package importer reads the cameras that other programs are configured with:
// go2rtc.yaml, Frigate's config.yml, mediamtx.yml, M3U and CSV. It takes what is
// RTSP or ONVIF, splits sign-ins off, and names what it could not take. It
// connects to nothing and stores nothing; package inventory adds what it found.
package importer

import (
	"io"
	"path/filepath"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// The formats.
const (
	Go2RTC   = "go2rtc"
	Frigate  = "frigate"
	MediaMTX = "mediamtx"
	M3U      = "m3u"
	CSV      = "csv"
)

const (
	maxFileBytes = 4 << 20

	// maxCandidates bounds the cameras of one file, maxLeft what is named of the
	// rest.
	maxCandidates = 4096
	maxLeft       = 4096
)

// Candidate is a camera that a file names.
type Candidate struct {
	// ID is made from its name, unique within the Result; Name is as in the file.
	ID   camera.ID
	Name string

	// Streams are main, then sub; their URLs have no sign-in. A stream without
	// URL has the token of its ONVIF profile. It is empty when ONVIF alone is
	// known.
	Streams []camera.Stream

	// ONVIF is the address of its device service, as camera.ParseONVIF returns
	// it; empty: the file has none.
	ONVIF string

	// Credentials sign in at all of these.
	Credentials camera.Credentials

	// From is where the file has it: "streams.front_door[0]", "line 7".
	From string

	// Disabled tells that the file has it switched off.
	Disabled bool

	// Notes say, a sentence each, what of the file has no counterpart here.
	Notes []string
}

// Left is something that was not taken, where it is, and why. It tells no secret.
type Left struct{ From, Why string }

// Result is what a file has, in its order.
type Result struct {
	Format     string
	Candidates []Candidate
	Left       []Left
}

// Read reads a file, whose format shows from its content; name is for messages
// and, where the content leaves it open, a hint. env returns the variables that
// go2rtc and Frigate put into their configuration; nil is "there are none": a
// file from elsewhere must not be given ours. At most 4 MiB are read. The error
// is a fault.BadRequest without secrets: a file that can't be read, is none of
// these, or is broken.
func Read(name string, r io.Reader, env func(string) (string, bool)) (*Result, error) {
	name = filepath.Base(name)
	data, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err != nil {
		return nil, fault.Errorf(fault.BadRequest, "%s can't be read: %w", name, err)
	}
	if len(data) > maxFileBytes {
		return nil, fault.Errorf(fault.BadRequest, "%s is larger than 4 MiB", name).WithHint("is it the right file?")
	}
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	text := decode(data)
	if strings.TrimSpace(text) == "" {
		return nil, fault.Errorf(fault.BadRequest, "%s is empty", name).WithHint(whatIsRead)
	}
	if isM3U(text) {
		return readM3U(text), nil
	}
	y, yamlErr := parseYAML(name, text, env)
	if yamlErr == nil && y.isKnown() {
		return y.read()
	}
	if yamlErr != nil && looksLikeYAML(name, text) {
		return nil, yamlErr
	}
	if isList(text) {
		return readM3U(text), nil
	}
	if result := readCSV(text); result != nil {
		return result, nil
	}
	return nil, fault.Errorf(fault.BadRequest, "%s has no list of cameras that can be read", shownName(name)).WithHint(whatIsRead)
}

const whatIsRead = "what can be read: go2rtc.yaml, Frigate's config.yml, mediamtx.yml, an M3U playlist, or CSV with the columns id, name, url, user, password"

// shownName returns a file's name for messages: without its folder, and without
// what may be a sign-in that was pasted in its place.
func shownName(name string) string {
	if base := filepath.Base(name); !strings.ContainsAny(base, "@:") {
		return base
	}
	return "the file"
}
