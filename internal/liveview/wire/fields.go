package wire

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"camwall/internal/fault"
)

// readCommand reads one object.
func readCommand(object []byte) (Command, error) {
	f := fields{rest: map[string]json.RawMessage{}}
	if err := json.Unmarshal(object, &f.rest); err != nil || f.rest == nil {
		return nil, fault.New(fault.BadRequest, "a command is no JSON object", hint)
	}
	f.kind = f.word("type")
	c := f.command()
	if f.wrong == nil && len(f.rest) > 0 {
		names := make([]string, 0, len(f.rest))
		for name := range f.rest {
			names = append(names, name)
		}
		slices.Sort(names)
		f.refuse(names[0], "is no field of it")
	}
	if f.wrong != nil {
		return nil, f.wrong
	}
	return c, nil
}

// fields reads the fields of one object, each once. The first that is wrong is
// kept, and readers return zero values from then on.
type fields struct {
	kind  string
	rest  map[string]json.RawMessage
	wrong error
}

func (f *fields) command() Command {
	switch f.kind {
	case "watch":
		c := Watch{Tile: f.tile(1), Wish: Wish{
			Stream: AutoStream, Fit: Contain, Quality: DefaultQuality, Formats: []Format{JPEG},
		}}
		for _, name := range []string{"camera", "width", "height"} {
			f.need(name)
		}
		f.wish()(&c.Wish)
		return c
	case "change":
		return Change{Tile: f.tile(1), change: f.wish()}
	case "unwatch":
		return Unwatch{Tile: f.tile(1)}
	case "restart":
		return Restart{Tile: f.tile(1)}
	case "ack":
		return Ack{Tiles: f.acks()}
	case "pause":
		return Pause{}
	case "resume":
		return Resume{}
	case "ping":
		return Ping{Sent: f.sent()}
	case "budget":
		return Budget{Bits: f.number("bits", 0, maxBits)}
	case "sound":
		return Listen{Tile: f.tile(0)}
	case "report":
		return f.report()
	default:
		f.refuse("type", "is none that is known")
		return nil
	}
}

// wish reads the fields that are there, and returns what sets them.
func (f *fields) wish() func(*Wish) {
	var sets []func(*Wish)
	set := func(s func(*Wish)) { sets = append(sets, s) }
	if f.has("camera") {
		camera := f.word("camera")
		set(func(w *Wish) { w.Camera = camera })
	}
	if f.has("stream") {
		stream := f.word("stream")
		if !streamForm.MatchString(stream) {
			f.refuse("stream", "is no name of a stream")
		}
		set(func(w *Wish) { w.Stream = stream })
	}
	if f.has("width") {
		width := f.whole("width", minSide, maxSide)
		set(func(w *Wish) { w.Width = width })
	}
	if f.has("height") {
		height := f.whole("height", minSide, maxSide)
		set(func(w *Wish) { w.Height = height })
	}
	if f.has("fit") {
		fit := Fit(f.word("fit"))
		if fit != Contain && fit != Cover && fit != Fill {
			f.refuse("fit", "is not contain, cover or fill")
		}
		set(func(w *Wish) { w.Fit = fit })
	}
	if f.has("fps") {
		fps := f.number("fps", 0, maxFPS)
		set(func(w *Wish) { w.FPS = fps })
	}
	if f.has("quality") {
		quality := f.whole("quality", 1, 100)
		set(func(w *Wish) { w.Quality = quality })
	}
	if f.has("formats") {
		formats := f.formats()
		set(func(w *Wish) { w.Formats = formats })
	}
	return func(w *Wish) {
		for _, s := range sets {
			s(w)
		}
	}
}

var streamForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

func (f *fields) formats() []Format {
	var formats []Format
	f.read("formats", &formats, "is no list of formats")
	for i, format := range formats {
		if format != JPEG && format != H264 && format != H265 || slices.Contains(formats[:i], format) {
			f.refuse("formats", "has another than jpeg, h264 and h265, or one twice")
		}
	}
	if len(formats) == 0 {
		f.refuse("formats", "is empty")
	}
	return formats
}

func (f *fields) acks() []TileAck {
	var lists [][]uint32
	f.read("tiles", &lists, "is no list of [tile, received, painted]")
	if len(lists) > maxAcks {
		f.refuse("tiles", "has more than 256")
		return nil
	}
	acks := make([]TileAck, 0, len(lists))
	for _, l := range lists {
		if len(l) != 3 || l[0] < 1 || l[0] > maxTile || l[2] > l[1] {
			f.refuse("tiles", "is no list of [tile, received, painted]")
			return nil
		}
		acks = append(acks, TileAck{l[0], l[1], l[2]})
	}
	return acks
}

func (f *fields) report() Command {
	c := Report{Tile: f.tile(1)}
	if f.has("unchangedSince") {
		if ms := f.number("unchangedSince", 0, 1e15); ms > 0 {
			c.UnchangedSince = Millis{time.UnixMilli(int64(ms))}
		}
	}
	if f.has("fps") {
		c.FPS = f.number("fps", 0, 1e4)
	}
	if f.has("delay") {
		c.Delay = f.number("delay", -1e9, 1e9)
	}
	return c
}

// sent is any number, as it was written.
func (f *fields) sent() json.RawMessage {
	var raw json.RawMessage
	f.read("sent", &raw, "is no number")
	if len(raw) > 64 || len(raw) > 0 && raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		f.refuse("sent", "is no number")
	}
	return raw
}

func (f *fields) tile(from int) uint32 {
	return uint32(f.whole("tile", from, maxTile)) //nolint:gosec // within
}

// whole reads a whole number within bounds.
func (f *fields) whole(name string, from, to int) int {
	n := f.number(name, float64(from), float64(to))
	if n != math.Trunc(n) {
		f.refuse(name, "is no whole number")
	}
	return int(n)
}

func (f *fields) number(name string, from, to float64) float64 {
	n := math.NaN()
	f.read(name, &n, "is no number")
	if f.wrong != nil || !(n >= from && n <= to) {
		f.refuse(name, "is not from "+strconv.FormatFloat(from, 'f', -1, 64)+" to "+strconv.FormatFloat(to, 'f', -1, 64))
		return from
	}
	return n
}

// word reads a short text that is not empty.
func (f *fields) word(name string) string {
	var s string
	f.read(name, &s, "is no text")
	if len(s) == 0 || len(s) > 256 {
		f.refuse(name, "is empty, or too long")
	}
	return s
}

// has reports whether a field is there and not null: what is null is missing.
func (f *fields) has(name string) bool {
	raw, there := f.rest[name]
	if there && string(raw) == "null" {
		delete(f.rest, name)
		return false
	}
	return there
}

// need refuses a command without the field.
func (f *fields) need(name string) {
	if !f.has(name) {
		f.refuse(name, "is missing")
	}
}

func (f *fields) read(name string, to any, wrong string) {
	if !f.has(name) {
		f.refuse(name, "is missing")
		return
	}
	raw := f.rest[name]
	delete(f.rest, name)
	if err := json.Unmarshal(raw, to); err != nil {
		f.refuse(name, wrong)
	}
}

func (f *fields) refuse(name, why string) {
	if f.wrong == nil {
		f.wrong = fault.Errorf(fault.BadRequest, "command %.40q: %.40q %s", f.kind, name, why).WithHint(hint)
	}
}
