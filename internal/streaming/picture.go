package streaming

import (
	"time"

	"camwall/internal/camera"
	"camwall/internal/codec"
)

// Picture is one JPEG of a rendition, ready to be written. It is immutable and
// shared by every viewer of its rendition.
type Picture struct {
	// Part is what Config.Pack made of it: for multipart M-JPEG the part's
	// headers, the JPEG and the boundary behind it.
	Part []byte

	// JPEG is the picture alone, a slice of Part.
	JPEG []byte

	// Seq grows by 1 with every picture of the rendition, and goes on when the
	// same is asked for again.
	Seq uint64

	// Live says that this is the camera's own newest picture. All others are
	// drawn by us: the last picture darkened, with the state written on it.
	Live bool

	// Status is the stream's state when the picture was made.
	Status camera.Status

	// Arrived is when the picture's access unit arrived; zero when there has
	// been none. Made is when the picture was ready to be written.
	Arrived, Made time.Time

	// Stream is the name of the stream that it shows.
	Stream string

	// Width and Height are the JPEG's size in pixels.
	Width, Height int

	next chan struct{} // closed when a newer picture is there
}

// Request is what a viewer wants to see.
type Request struct {
	// Stream is main, sub or another stream's name, "auto" for the smallest
	// that fills the size, or "" for the first.
	Stream string

	// Width and Height are the exact size wanted; 0, 0 is the stream's own
	// display size.
	Width, Height int

	Fit codec.Fit

	// Quality is the JPEG quality, 1 to 100.
	Quality int

	// FPS is the highest rate wanted in pictures a second; 0 is every picture.
	FPS float64
}

// Auto is the Request.Stream that follows the size.
const Auto = "auto"
