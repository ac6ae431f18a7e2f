package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/media"
)

var update = flag.Bool("update", false, "write testdata anew")

var day = time.Date(2026, 3, 4, 5, 6, 7, 891e6, time.UTC)

// golden are messages with their bytes in testdata, which the page's tests read,
// too.
var golden = []struct {
	name   string
	fields any // as messages.json tells them
	bytes  []byte
}{
	{
		"picture-jpeg",
		Picture{Codec: CodecJPEG, Flags: Key, Source: 1, Tile: 7, Seq: 1, Arrived: 1234.5, Sent: 1240.25, Width: 640, Height: 360, Data: []byte("\xff\xd8jpeg\xff\xd9")},
		AppendPicture(nil, &Picture{Codec: CodecJPEG, Flags: Key, Source: 1, Tile: 7, Seq: 1, Arrived: 1234.5, Sent: 1240.25, Width: 640, Height: 360, Data: []byte("\xff\xd8jpeg\xff\xd9")}),
	},
	{
		"picture-last",
		Picture{Codec: CodecJPEG, Flags: Key | Last, Source: 0, Tile: math.MaxInt32, Seq: math.MaxUint32, Sent: 1e9, Width: 3840, Height: 2160, Data: []byte("\xff\xd8\xff\xd9")},
		AppendPicture(nil, &Picture{Codec: CodecJPEG, Flags: Key | Last, Source: 0, Tile: math.MaxInt32, Seq: math.MaxUint32, Sent: 1e9, Width: 3840, Height: 2160, Data: []byte("\xff\xd8\xff\xd9")}),
	},
	{
		"picture-h264",
		Picture{Codec: CodecH264, Flags: Key | CatchingUp | Skipped, Source: 255, Tile: 1, Seq: 300, Arrived: 99.125, Sent: 100, Data: []byte("\x00\x00\x00\x01\x67\x42\x00\x1f\x00\x00\x00\x01\x65\x88")},
		AppendPicture(nil, &Picture{Codec: CodecH264, Flags: Key | CatchingUp | Skipped, Source: 255, Tile: 1, Seq: 300, Arrived: 99.125, Sent: 100, Data: []byte("\x00\x00\x00\x01\x67\x42\x00\x1f\x00\x00\x00\x01\x65\x88")}),
	},
	{
		"picture-h265",
		Picture{Codec: CodecH265, Source: 2, Tile: 64, Seq: 2, Arrived: 5, Sent: 6, Data: []byte("\x00\x00\x00\x01\x02\x01")},
		AppendPicture(nil, &Picture{Codec: CodecH265, Source: 2, Tile: 64, Seq: 2, Arrived: 5, Sent: 6, Data: []byte("\x00\x00\x00\x01\x02\x01")}),
	},
	{
		"sound-pcma",
		Sound{Codec: SoundPCMA, Channels: 1, Tile: 7, SampleRate: 8000, Arrived: 10, Sent: 20.5, Data: []byte("\xd5\xd4\x55")},
		AppendSound(nil, &Sound{Codec: SoundPCMA, Channels: 1, Tile: 7, SampleRate: 8000, Arrived: 10, Sent: 20.5, Data: []byte("\xd5\xd4\x55")}),
	},
	{
		"sound-aac",
		Sound{Codec: SoundAAC, Channels: 2, Tile: 7, SampleRate: 48000, Arrived: 10, Sent: 20.5, Config: []byte("\x11\x90"), Data: []byte("\x21\x10\x05")},
		AppendSound(nil, &Sound{Codec: SoundAAC, Channels: 2, Tile: 7, SampleRate: 48000, Arrived: 10, Sent: 20.5, Config: []byte("\x11\x90"), Data: []byte("\x21\x10\x05")}),
	},
	{
		"hello",
		Hello{Type: "hello", Version: Version, Server: "1.2.3", Page: "a1b2", Now: Millis{day}, Clock: 1234.5, Tiles: 128},
		AppendJSON(nil, Hello{Type: "hello", Version: Version, Server: "1.2.3", Page: "a1b2", Now: Millis{day}, Clock: 1234.5, Tiles: 128}),
	},
	{
		"hello-body",
		Hello{Type: "hello", Version: Version, Server: "1.2.3", Page: "a1b2", Now: Millis{day}, Clock: 1, Tiles: 128, ID: "0123456789abcdef0123456789abcdef"},
		AppendJSON(nil, Hello{Type: "hello", Version: Version, Server: "1.2.3", Page: "a1b2", Now: Millis{day}, Clock: 1, Tiles: 128, ID: "0123456789abcdef0123456789abcdef"}),
	},
	{
		"pong",
		Pong{Type: "pong", Sent: json.RawMessage("12.50"), Clock: 99.5},
		AppendJSON(nil, Pong{Type: "pong", Sent: json.RawMessage("12.50"), Clock: 99.5}),
	},
	{"state-live", liveState(), AppendJSON(nil, liveState())},
	{"state-retrying", retryingState(), AppendJSON(nil, retryingState())},
	{
		"refused",
		Refused{Type: "refused", Tile: 7, Status: 404, Code: fault.NotFound, Message: "there is no camera \"nobody\"", Hint: "look at the list of cameras"},
		AppendJSON(nil, Refused{Type: "refused", Tile: 7, Status: 404, Code: fault.NotFound, Message: "there is no camera \"nobody\"", Hint: "look at the list of cameras"}),
	},
	{
		"bye",
		Bye{Type: "bye", Code: fault.Stopping, Message: "the server is stopping", RetryAfter: 1000},
		AppendJSON(nil, Bye{Type: "bye", Code: fault.Stopping, Message: "the server is stopping", RetryAfter: 1000}),
	},
}

func liveState() State {
	age := 41.5
	return State{
		Type: "state", Tile: 7, Camera: "gate", Source: 3, Stream: "sub", Format: H264, Codec: "H264",
		Width: 640, Height: 360, FPS: 15, Bitrate: 412000, Shape: &[2]int{1920, 1080}, Rotation: 90,
		State: "live", Since: Millis{day}, Age: &age, UnchangedAfter: 10, Behind: 2100,
	}
}

func retryingState() State {
	return State{
		Type: "state", Tile: 8, Camera: "hof", Source: 1, Stream: "main", Format: JPEG, Why: "codec", Codec: "H265",
		Rendition: &Rendition{Width: 640, Height: 360, FPS: 5, Quality: 55},
		State:     "retrying", Reason: fault.ConnRefused, Message: "no answer from 192.0.2.7 <rtsp>", Hint: "is it on?",
		Since: Millis{day}, NextTry: Millis{day.Add(2 * time.Second)}, UnchangedSince: Millis{day.Add(-time.Minute)}, Reduced: "link",
	}
}

// described is a message in messages.json: what the file of its name holds.
type described struct {
	Type   string `json:"type"` // picture, sound or json
	Fields any    `json:"fields"`
}

func TestGolden(t *testing.T) {
	t.Parallel()
	list := map[string]described{}
	for _, g := range golden {
		path := filepath.Join("testdata", g.name+".bin")
		kind := "json"
		switch g.fields.(type) {
		case Picture:
			kind = "picture"
		case Sound:
			kind = "sound"
		}
		list[g.name] = described{kind, fieldsOf(t, g.fields)}
		if *update {
			if err := os.WriteFile(path, g.bytes, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(g.bytes, want) {
			t.Errorf("%s is\n%swant\n%s", g.name, hex.Dump(g.bytes), hex.Dump(want))
		}
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "messages.json")
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(text, want) {
		t.Errorf("messages.json differs, %v:\n%s", err, text)
	}
}

// fieldsOf returns a message as messages.json has it: names in lower case, bytes
// in hexadecimal.
func fieldsOf(t *testing.T, message any) map[string]any {
	t.Helper()
	text, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{}
	for name, value := range raw {
		fields[strings.ToLower(name[:1])+name[1:]] = value
	}
	switch m := message.(type) {
	case Picture:
		fields["data"] = hex.EncodeToString(m.Data)
	case Sound:
		fields["data"], fields["config"] = hex.EncodeToString(m.Data), hex.EncodeToString(m.Config)
	}
	return fields
}

// TestLayout reads a picture by the offsets of the document.
func TestLayout(t *testing.T) {
	t.Parallel()
	b := AppendPicture([]byte("before"), &Picture{
		Codec: CodecH264, Flags: Skipped, Source: 9, Tile: 0x01020304, Seq: 5, Arrived: 1.5, Sent: 2.5, Width: 70000, Height: -1, Data: []byte("unit"),
	})[len("before"):]
	if n := binary.BigEndian.Uint32(b); int(n) != len(b)-4 {
		t.Errorf("length is %d of %d bytes", n, len(b))
	}
	if !bytes.Equal(b[4:12], []byte{1, 2, 4, 9, 1, 2, 3, 4}) || binary.BigEndian.Uint32(b[12:]) != 5 {
		t.Errorf("begins with % x", b[:16])
	}
	if a, s := float(b[16:]), float(b[24:]); a != 1.5 || s != 2.5 {
		t.Errorf("times are %v, %v", a, s)
	}
	if w, h := binary.BigEndian.Uint16(b[32:]), binary.BigEndian.Uint16(b[34:]); w != math.MaxUint16 || h != 0 {
		t.Errorf("size is %dx%d", w, h)
	}
	if string(b[36:]) != "unit" {
		t.Errorf("ends with %q", b[36:])
	}
	b = AppendSound(nil, &Sound{Config: bytes.Repeat([]byte("c"), 1<<16), Data: []byte("s")})
	if n := binary.BigEndian.Uint16(b[32:]); n != math.MaxUint16 || string(b[34+int(n):]) != "s" {
		t.Errorf("a configuration that is too long makes %d bytes", n)
	}
}

func float(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }

func TestCodecs(t *testing.T) {
	t.Parallel()
	for codec, want := range map[media.Codec]Codec{
		media.MJPEG: 1, media.H264: 2, media.H265: 3, media.PCMA: 1, media.PCMU: 2, media.AAC: 3, media.Opus: 4,
		media.VP8: 0, media.CodecUnknown: 0,
	} {
		if got, ok := CodecOf(codec); got != want || ok != (want > 0) {
			t.Errorf("%v is %d, %v; want %d", codec, got, ok, want)
		}
	}
}
