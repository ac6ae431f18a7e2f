package api

import (
	"context"
	"net/netip"

	"camwall/internal/discovery"
	"camwall/internal/inventory"
	"camwall/internal/wall"
)

// stock is what is kept of cameras, devices, walls and settings;
// inventory.Inventory is one. Where a revision is expected 0 stands for any.
type stock interface {
	cameraStock
	deviceStock
	describer
	turner
	finder
	wallStock
	settingStock

	// Import reads another system's configuration, and adds its cameras when
	// write is set.
	Import(ctx context.Context, name, content string, environment map[string]string, write bool) (inventory.Imported, error)

	// Changes returns what changes from now on, until ctx ends; then the channel
	// is closed. Who reads slowly gets an inventory.Resync for what it lost.
	Changes(ctx context.Context) <-chan inventory.Change
}

var _ stock = (*inventory.Inventory)(nil)

type cameraStock interface {
	// Cameras returns every camera in the order of their numbers.
	Cameras() []inventory.Camera

	Camera(id string) (inventory.Camera, error)
	AddCamera(ctx context.Context, c inventory.NewCamera) (inventory.Camera, error)
	EditCamera(ctx context.Context, id string, expect int64, edit inventory.CameraEdit) (inventory.Camera, error)
	RemoveCamera(ctx context.Context, id string, expect int64) error
}

type deviceStock interface {
	// Devices returns every device in a stable order.
	Devices() []inventory.Device

	Device(id string) (inventory.Device, error)
	AddDevice(ctx context.Context, d inventory.NewDevice) (inventory.Device, []inventory.Camera, error)
	EditDevice(ctx context.Context, id string, expect int64, edit inventory.DeviceEdit) (inventory.Device, error)

	// RemoveDevice removes its cameras, too.
	RemoveDevice(ctx context.Context, id string, expect int64) error

	// Refresh describes it anew and takes over what has changed.
	Refresh(ctx context.Context, id string) (inventory.Device, error)
}

// describer asks devices that need not be in the inventory.
type describer interface {
	Describe(ctx context.Context, target inventory.Target) (inventory.Description, error)
	ChannelPicture(ctx context.Context, target inventory.Target, source string) (jpeg []byte, err error)
	Test(ctx context.Context, test inventory.Test) (inventory.TestResult, error)
}

// turner moves cameras and sets how they make their picture.
type turner interface {
	PTZ(ctx context.Context, camera string) (inventory.PTZ, error)
	Move(ctx context.Context, camera string, move inventory.Move) error
	SetPreset(ctx context.Context, camera, name string) (inventory.Preset, error)
	RemovePreset(ctx context.Context, camera, token string) error
	SetHome(ctx context.Context, camera string) error
	Imaging(ctx context.Context, camera string) (inventory.Imaging, error)

	// SetImaging sets what is not nil or empty; limits in it mean nothing.
	SetImaging(ctx context.Context, camera string, want inventory.Imaging) (inventory.Imaging, error)
}

// finder is the search for devices.
type finder interface {
	Found() discovery.List
	FindProgress() discovery.Progress

	// SearchNow searches these interfaces and ranges, or the configured ones.
	SearchNow(interfaces []string, ranges []netip.Prefix) error

	ClearFound()

	// WatchFound returns what is found from now on, until ctx ends; then the
	// channel is closed. Who reads slowly gets the newest.
	WatchFound(ctx context.Context) <-chan discovery.Event

	// FoundDevice returns the id of the device of the inventory that a found one
	// is; "" when it is none.
	FoundDevice(id string) string
}

type wallStock interface {
	Walls() []inventory.Wall
	Wall(name string) (inventory.Wall, error)
	PutWall(ctx context.Context, w wall.Wall, expect int64) (inventory.Wall, error)
	RemoveWall(ctx context.Context, name string, expect int64) error
}

type settingStock interface {
	Settings() inventory.Settings
	SetSettings(ctx context.Context, s inventory.Settings) error
}
