package liveview

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"camwall/internal/codec"
	"camwall/internal/fault"
	"camwall/internal/streaming"
)

// minSide is the smallest side of a picture in pixels that may be asked for.
const minSide = 16

// defaultQuality is the JPEG quality when none is asked for.
const defaultQuality = 75

// params are what a request asks for.
type params struct {
	streaming.Request

	// raw sends the same bytes as application/octet-stream.
	raw bool

	// drawn takes a still that is not live, too: drawn by us, saying so.
	drawn bool
}

var (
	sizeForm    = regexp.MustCompile(`^([0-9]{1,5})[xX]([0-9]{1,5})$`)
	qualityForm = regexp.MustCompile(`^[0-9]{1,3}$`)
	fpsForm     = regexp.MustCompile(`^[0-9]{1,2}(\.[0-9]{1,6})?$`)
	streamForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
)

// parse reads a query. A parameter of ours that is malformed, out of range or
// there twice is a fault.BadRequest that names it; parameters that we don't
// know are ignored: pages add them against caches.
func parse(rawQuery string, maxWidth, maxHeight int) (params, error) {
	want := params{Request: streaming.Request{Quality: defaultQuality}}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return params{}, fault.New(fault.BadRequest, "the query can't be read", "write name=value, joined by &")
	}
	for _, p := range []struct {
		name string
		read func(value string, want *params) bool
		hint string
	}{
		{"size", sizeWithin(maxWidth, maxHeight), "size is WIDTHxHEIGHT in pixels, each from " + strconv.Itoa(minSide) +
			", at most " + strconv.Itoa(maxWidth) + "x" + strconv.Itoa(maxHeight)},
		{"fit", readFit, "fit is fill, contain or cover"},
		{"q", readQuality, "q is the JPEG quality, 1 to 100"},
		{"fps", readFPS, "fps is the highest rate, 0.1 to 60 pictures a second"},
		{"stream", readStream, "stream is main, sub or auto, or the name of another stream of the camera"},
		{"raw", readRaw, "raw is 0 or 1"},
		{"drawn", readDrawn, "drawn is 0 or 1"},
	} {
		values, there := query[p.name]
		if !there {
			continue
		}
		if len(values) > 1 {
			return params{}, fault.Errorf(fault.BadRequest, "%s is there %d times", p.name, len(values)).WithHint(p.hint)
		}
		if !p.read(values[0], &want) {
			return params{}, fault.Errorf(fault.BadRequest, "%s is %.80q", p.name, values[0]).WithHint(p.hint)
		}
	}
	return want, nil
}

func sizeWithin(maxWidth, maxHeight int) func(string, *params) bool {
	return func(value string, want *params) bool {
		m := sizeForm.FindStringSubmatch(value)
		if m == nil {
			return false
		}
		want.Width, _ = strconv.Atoi(m[1])
		want.Height, _ = strconv.Atoi(m[2])
		return min(want.Width, want.Height) >= minSide && want.Width <= maxWidth && want.Height <= maxHeight
	}
}

func readFit(value string, want *params) (ok bool) {
	fit, err := codec.ParseFit(value)
	want.Fit = fit
	return err == nil
}

func readQuality(value string, want *params) bool {
	want.Quality, _ = strconv.Atoi(value)
	return qualityForm.MatchString(value) && want.Quality >= 1 && want.Quality <= 100
}

func readFPS(value string, want *params) bool {
	want.FPS, _ = strconv.ParseFloat(value, 64)
	return fpsForm.MatchString(value) && want.FPS >= 0.1 && want.FPS <= 60
}

func readStream(value string, want *params) bool {
	want.Stream = strings.ToLower(value)
	return streamForm.MatchString(want.Stream)
}

func readRaw(value string, want *params) bool {
	want.raw = value == "1"
	return value == "0" || value == "1"
}

func readDrawn(value string, want *params) bool {
	want.drawn = value == "1"
	return value == "0" || value == "1"
}
