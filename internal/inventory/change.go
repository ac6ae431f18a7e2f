package inventory

import (
	"time"

	"camwall/internal/camera"
)

// Change tells that something in the inventory is not as it was.
type Change struct {
	Kind   ChangeKind
	ID     string // of the device, camera or wall
	Device string // of the camera or event
	Event  *Event // for Happened
}

// ChangeKind is what happened.
type ChangeKind string

// The kinds.
const (
	DeviceAdded     ChangeKind = "device.added"
	DeviceChanged   ChangeKind = "device.changed"
	DeviceRemoved   ChangeKind = "device.removed"
	CameraAdded     ChangeKind = "camera.added"
	CameraChanged   ChangeKind = "camera.changed"
	CameraRemoved   ChangeKind = "camera.removed"
	WallChanged     ChangeKind = "wall.changed"
	WallRemoved     ChangeKind = "wall.removed"
	SettingsChanged ChangeKind = "settings.changed"
	Happened        ChangeKind = "event"
)

// Event is something that a device noticed.
type Event struct {
	Camera  camera.ID // "" when it is of no camera
	Kind    string    // motion, digitalInput, tamper, other
	Topic   string
	Active  bool
	At      time.Time // by the device's clock, its offset taken off
	Initial bool      // how it was when we began to listen
}
