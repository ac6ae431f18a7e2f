package wire

import (
	"encoding/json"

	"camwall/internal/fault"
)

// The bounds of what a client may ask for.
const (
	maxTogether = 256       // commands in one message
	maxTile     = 1<<31 - 1 // the highest number of a tile
	maxAcks     = 256       // tiles in one ack
	minSide     = 16        // of a tile, in device pixels
	maxSide     = 8192
	maxFPS      = 60
	maxBits     = 1e12 // a second

	// DefaultQuality is the JPEG quality when none is asked for.
	DefaultQuality = 75

	// AutoStream is the stream that follows the size.
	AutoStream = "auto"
)

// Format is how pictures may come.
type Format string

// The formats.
const (
	JPEG Format = "jpeg"
	H264 Format = "h264"
	H265 Format = "h265"
)

// Fit is how a picture fills a tile of another shape.
type Fit string

// The fits: the whole picture with room beside it, the whole tile with parts of
// the picture cut off, and the picture stretched.
const (
	Contain Fit = "contain"
	Cover   Fit = "cover"
	Fill    Fit = "fill"
)

// Command is one of the commands below.
type Command interface{ command() }

// Wish is what a tile is to show.
type Wish struct {
	Camera        string
	Stream        string // a name, or AutoStream
	Width, Height int    // of the tile in device pixels: 16 to 8192
	Fit           Fit
	FPS           float64 // the most; 0 is every picture
	Quality       int     // of JPEGs: 1 to 100
	Formats       []Format
}

// Watch begins a tile.
type Watch struct {
	Tile uint32
	Wish Wish
}

// Change changes a tile's wish.
type Change struct {
	Tile uint32

	change func(*Wish)
}

// Apply returns w with what is to change.
func (c Change) Apply(w Wish) Wish {
	c.change(&w)
	return w
}

// Unwatch ends a tile.
type Unwatch struct{ Tile uint32 }

// Restart asks for a key unit.
type Restart struct{ Tile uint32 }

// TileAck is what came of one tile.
type TileAck struct {
	Tile              uint32
	Received, Painted uint32 // the highest seqs; Painted <= Received
}

// Ack tells what came and what was painted.
type Ack struct{ Tiles []TileAck }

// Pause stops pictures until Resume.
type Pause struct{}

// Resume begins pictures again.
type Resume struct{}

// Ping asks for a Pong.
type Ping struct{ Sent json.RawMessage } // a number

// Budget bounds what is sent, in bits a second; 0 is no bound.
type Budget struct{ Bits float64 }

// Listen asks for one tile's sound; 0 is none.
type Listen struct{ Tile uint32 }

// Report is what a viewer sees who decodes by itself.
type Report struct {
	Tile           uint32
	UnchangedSince Millis  // zero: pictures change
	FPS            float64 // painted
	Delay          float64 // from arrival to paint, ms
}

func (Watch) command()   {}
func (Change) command()  {}
func (Unwatch) command() {}
func (Restart) command() {}
func (Ack) command()     {}
func (Pause) command()   {}
func (Resume) command()  {}
func (Ping) command()    {}
func (Budget) command()  {}
func (Listen) command()  {}
func (Report) command()  {}

// ReadCommands reads one message of a client: a command, or an array of up to 256
// of them. What can't be understood is a fault.BadRequest that names the field;
// nothing of the message counts then.
func ReadCommands(data []byte) ([]Command, error) {
	if len(data) > MaxCommands {
		return nil, fault.Errorf(fault.BadRequest, "a message of %d bytes is too long", len(data)).
			WithHint("send at most 1 MiB in one message")
	}
	objects, err := split(data)
	if err != nil {
		return nil, err
	}
	commands := make([]Command, 0, len(objects))
	for _, object := range objects {
		c, err := readCommand(object)
		if err != nil {
			return nil, err
		}
		commands = append(commands, c)
	}
	return commands, nil
}

// split returns the objects of a message.
func split(data []byte) ([]json.RawMessage, error) {
	var objects []json.RawMessage
	switch first(data) {
	case '{':
		return []json.RawMessage{data}, nil
	case '[':
		if err := json.Unmarshal(data, &objects); err != nil {
			return nil, fault.New(fault.BadRequest, "the commands are no JSON", hint)
		}
	default:
		return nil, fault.New(fault.BadRequest, "a message must be a JSON object or an array of them", hint)
	}
	if len(objects) > maxTogether {
		return nil, fault.Errorf(fault.BadRequest, "%d commands in one message are too many", len(objects)).
			WithHint("send at most 256 together")
	}
	return objects, nil
}

// hint is where the commands are described.
const hint = "docs/live-protocol.md has the commands"

// first returns the first byte that is no space (RFC 8259 section 2); 0: none.
func first(data []byte) byte {
	for _, b := range data {
		switch b {
		case ' ', '\t', '\n', '\r':
		default:
			return b
		}
	}
	return 0
}
