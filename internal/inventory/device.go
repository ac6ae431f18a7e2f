package inventory

import (
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

// Device is a device with what is known of it now.
type Device struct {
	camera.Device

	// Revision grows with each change; it is the device's ETag. 0 for
	// provisioned devices.
	Revision int64

	// Cameras are the ids of its cameras.
	Cameras []camera.ID

	// ClockOffset is how far its clock is ahead of ours; 0 when unknown.
	ClockOffset time.Duration

	// Events tells that it sends events (motion, inputs).
	Events bool

	// Problem is what is wrong with it now; nil is nothing.
	Problem *fault.Error
}

// Camera is a camera with its revision.
type Camera struct {
	camera.Camera

	// Revision grows with each change; it is the camera's ETag. 0 for
	// provisioned cameras.
	Revision int64
}
