package streaming

import (
	"time"

	"camwall/internal/camera"
	"camwall/internal/media"
)

// JPEG says how pictures are made where they don't come as the camera codes
// them. The whole picture is stretched to the size.
type JPEG struct {
	// Width and Height are the exact size; 0, 0 is the stream's own display
	// size.
	Width, Height int

	// Quality is 1 to 100.
	Quality int

	// FPS is the highest rate in pictures a second; 0 is every picture.
	FPS float64
}

// FollowRequest is what a live tile wants.
type FollowRequest struct {
	// Stream is as in Request.
	Stream string

	// Width and Height are the size of the whole picture that is to be filled:
	// by them Auto chooses. 0, 0 is the largest.
	Width, Height int

	// Coded are the codecs that may come as they are: H264, H265. Without any,
	// and where the camera sends another one, pictures are JPEGs.
	Coded []media.Codec

	JPEG JPEG

	// MaxAge is from which age on coded units that nobody has taken yet are
	// passed over, up to the next key unit: 500 ms.
	MaxAge time.Duration

	// Sound asks for audio units too.
	Sound bool
}

// FollowItem is one thing that a Follower gives: exactly one of State, Picture,
// Unit and Sound is set.
type FollowItem struct {
	// Source counts the streams and formats that were shown, from 1.
	Source int

	// State is what is shown from now on. It comes before the first picture of
	// a source, and when something of it has changed.
	State *Shown

	// Picture is a JPEG. It is Live, but for one: the camera's last picture, as
	// it was, for who comes while the camera is not live. That one has no Part,
	// and comes to those who take coded units, too.
	Picture *Picture

	// Unit is a coded picture. CatchingUp says that newer ones follow at once:
	// decode it, don't show it. Skipped says that units were left out before it;
	// then it is a key unit.
	Unit       *media.AccessUnit
	CatchingUp bool
	Skipped    bool

	// Sound is an audio unit.
	Sound *media.AccessUnit
}

// Shown is what a Follower shows.
type Shown struct {
	Stream string // its name

	// Coded is what units come as; CodecUnknown: pictures are JPEGs, made as
	// Rendition says.
	Coded     media.Codec
	Rendition JPEG

	// Why is why JPEGs come although Coded was asked for: "codec", the camera
	// sends another one; else "".
	Why string

	// Codec is the camera's; Width and Height are the size at which the stream
	// is shown in pixels, turned if the camera is; FPS and BitsPerSecond are
	// measured. 0 is unknown.
	Codec         media.Codec
	Width, Height int
	FPS           float64
	BitsPerSecond float64

	// ShapeWidth and ShapeHeight are the camera's shape, turned as it is shown,
	// which is the same for all its streams; 0 is unknown.
	ShapeWidth, ShapeHeight int

	// Rotation is by how many degrees clockwise a coded picture has to be
	// turned.
	Rotation int

	// UnchangedAfter is as in camera.Camera.
	UnchangedAfter time.Duration

	Status camera.Status

	// LastArrived is when the stream's newest unit arrived; zero is never.
	LastArrived time.Time
}
