package device

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"time"

	"camwall/internal/simcam/scene"
)

// Size and quality of snapshots.
const (
	snapshotWidth, snapshotHeight = 640, 360
	snapshotQuality               = 80
)

var errNoSignal = errors.New("no signal")

// snapshot draws what the channel sees: another street than its stream shows,
// with its name and the device's time.
func (c *channel) snapshot(now time.Time) ([]byte, error) {
	c.mu.Lock()
	gone := c.gone
	c.frame++
	frame := c.frame
	c.mu.Unlock()
	if gone {
		return nil, errNoSignal
	}
	street, err := scene.New(scene.Config{
		Width: snapshotWidth, Height: snapshotHeight, Name: c.name, Variant: uint64(c.number), Noise: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("draw snapshot: %w", err)
	}
	picture := street.Draw(scene.Moment{
		Phase: float64(now.UnixMilli()%6000) / 6000, Clock: now.Format("15:04:05"), Frame: frame,
	})
	var coded bytes.Buffer
	if err := jpeg.Encode(&coded, picture, &jpeg.Options{Quality: snapshotQuality}); err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return coded.Bytes(), nil
}
