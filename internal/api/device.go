package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/secret"
)

// Device is one thing with an address: a camera or a recorder.
type Device struct {
	ID             string      `json:"id"`
	Name           string      `json:"name"`
	Address        string      `json:"address" doc:"host:port of its RTSP service."`
	ONVIF          string      `json:"onvif" doc:"The address of its ONVIF device service; empty: none is known."`
	Endpoint       string      `json:"endpoint" doc:"By it, and by mac, it is found again at another address."`
	MAC            string      `json:"mac"`
	Kind           string      `json:"kind" enum:"camera,recorder"`
	Maker          string      `json:"maker"`
	Model          string      `json:"model"`
	Firmware       string      `json:"firmware"`
	Serial         string      `json:"serial"`
	User           string      `json:"user"`
	HasPassword    bool        `json:"hasPassword"`
	MaxConnections int         `json:"maxConnections" doc:"How many RTSP connections it is asked for at most; 0 is no bound."`
	TLS            string      `json:"tls" enum:"pin,verify,off"`
	Provisioned    bool        `json:"provisioned" doc:"It stands in camwall.yaml or on the command line, and is not edited here."`
	Revision       int64       `json:"revision" doc:"Grows with each change; the ETag."`
	Cameras        []camera.ID `json:"cameras" nullable:"false"`
	ClockOffset    float64     `json:"clockOffsetSeconds" doc:"How far its clock is ahead of ours; 0 when unknown."`
	Events         bool        `json:"events" doc:"It sends events."`
	Problem        *Trouble    `json:"problem"`
}

func describeDevice(d *inventory.Device) Device {
	cameras := d.Cameras
	if cameras == nil {
		cameras = []camera.ID{}
	}
	return Device{
		ID: d.ID, Name: shown(d.Name), Address: d.Address, ONVIF: shown(d.ONVIF), Endpoint: d.Endpoint, MAC: d.MAC, Kind: kindOf(d.Recorder),
		Maker: d.Maker, Model: d.Model, Firmware: d.Firmware, Serial: d.Serial,
		User: d.Credentials.User, HasPassword: !d.Credentials.Password.IsZero(),
		MaxConnections: d.MaxConnections, TLS: d.TLS.String(), Provisioned: d.Provisioned, Revision: d.Revision,
		Cameras: cameras, ClockOffset: seconds(d.ClockOffset), Events: d.Events, Problem: trouble(d.Problem),
	}
}

func kindOf(recorder bool) string {
	if recorder {
		return "recorder"
	}
	return "camera"
}

// DeviceList is a page of devices.
type DeviceList struct {
	Devices []Device `json:"devices" nullable:"false"`
	Next
}

// NewDevice asks for a device and its cameras.
type NewDevice struct {
	Address string `json:"address" minLength:"1" maxLength:"2000" doc:"That of its ONVIF device service, as people write it: 192.0.2.10, nvr.lan:8080 or http://192.0.2.10/onvif/device_service."`

	ID   string `json:"id,omitempty" maxLength:"63" pattern:"^([A-Za-z0-9][A-Za-z0-9_-]*)?$" patternDescription:"letters, digits, _ and -, beginning with a letter or digit" doc:"Made from the name when empty."`
	Name string `json:"name,omitempty" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`

	User     string      `json:"user,omitempty" maxLength:"200"`
	Password secret.Text `json:"password,omitempty" maxLength:"500" writeOnly:"true" doc:"Is never told again."`

	Sources        []string `json:"sources,omitempty" nullable:"false" maxItems:"256" maxLength:"200" doc:"The video sources to take as cameras; none: every one with a profile that can play."`
	Prefix         string   `json:"prefix,omitempty" maxLength:"40" pattern:"^([A-Za-z0-9][A-Za-z0-9_-]*)?$" patternDescription:"letters, digits, _ and -, beginning with a letter or digit" doc:"Begins the ids of its cameras; made from the name when empty."`
	MaxConnections int      `json:"maxConnections,omitempty" minimum:"0" maximum:"1000" doc:"How many RTSP connections it is asked for at most; 0 is no bound."`
	TLS            string   `json:"tls,omitempty" enum:"pin,verify,off" default:"pin"`
}

// DeviceChange changes a device; what is missing or null stays as it is.
type DeviceChange struct {
	Name           *string      `json:"name" required:"false" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters"`
	Address        *string      `json:"address" required:"false" minLength:"1" maxLength:"2000" doc:"host:port of its RTSP service. For another host the password is asked for again."`
	ONVIF          *string      `json:"onvif" required:"false" maxLength:"2000" doc:"The address of its ONVIF device service."`
	User           *string      `json:"user" required:"false" maxLength:"200"`
	Password       *secret.Text `json:"password" required:"false" maxLength:"500" writeOnly:"true" doc:"Is never told again."`
	MaxConnections *int         `json:"maxConnections" required:"false" minimum:"0" maximum:"1000"`
	TLS            *string      `json:"tls" required:"false" enum:"pin,verify,off"`
}

// AddedDevice is a new device with its cameras.
type AddedDevice struct {
	Device  Device   `json:"device"`
	Cameras []Camera `json:"cameras" nullable:"false"`
}

// DevicePath names a device.
type DevicePath struct {
	ID string `path:"id" maxLength:"63" pattern:"^[A-Za-z0-9][A-Za-z0-9_-]*$" patternDescription:"an id: letters, digits, _ and -" doc:"The device's id, without case."`
}

func (p DevicePath) id() string { return strings.ToLower(p.ID) }

type devicesOut struct{ Body DeviceList }

type deviceOut struct {
	ETag
	Body Device
}

type newDeviceOut struct {
	ETag
	Location string `header:"Location" doc:"Where the device is."`
	Body     AddedDevice
}

func (a *API) registerDevices() {
	register(a, operation("list-devices", http.MethodGet, "/api/v1/devices", tagDevices, "Devices", ""), a.listDevices)
	register(a, answering(http.StatusCreated, operation("add-device", http.MethodPost, "/api/v1/devices", tagDevices,
		"Add a device and its cameras", "It is asked by ONVIF. Each chosen video source becomes a camera with main and sub, in one step.")), a.addDevice)
	register(a, operation("get-device", http.MethodGet, "/api/v1/devices/{id}", tagDevices, "One device", ""), a.getDevice)
	register(a, operation("edit-device", http.MethodPatch, "/api/v1/devices/{id}", tagDevices,
		"Change a device", "What is missing stays as it is. Devices of camwall.yaml and the command line are refused with 409."), a.editDevice)
	register(a, operation("remove-device", http.MethodDelete, "/api/v1/devices/{id}", tagDevices,
		"Remove a device and its cameras", ""), a.removeDevice)
	register(a, operation("refresh-device", http.MethodPost, "/api/v1/devices/{id}/refresh", tagDevices,
		"Describe a device anew", "Takes over what has changed: profiles, addresses."), a.refreshDevice)
}

func (a *API) listDevices(_ context.Context, in *struct{ ListPage }) (*devicesOut, error) {
	all := a.cfg.Inventory.Devices()
	index := func(id string) int {
		return slices.IndexFunc(all, func(d inventory.Device) bool { return d.ID == id })
	}
	from, to, next, err := in.page(len(all), index, func(i int) string { return all[i].ID })
	if err != nil {
		return nil, err
	}
	list := make([]Device, 0, to-from)
	for i := range all[from:to] {
		list = append(list, describeDevice(&all[from+i]))
	}
	return &devicesOut{DeviceList{list, next}}, nil
}

func (a *API) addDevice(ctx context.Context, in *struct{ Body NewDevice }) (*newDeviceOut, error) {
	b := &in.Body
	tls, err := camera.ParseTLSMode(b.TLS)
	if err != nil {
		return nil, err
	}
	d, cameras, err := a.cfg.Inventory.AddDevice(ctx, inventory.NewDevice{
		ID: b.ID, Name: b.Name, Address: b.Address, SignIn: inventory.SignIn{User: b.User, Password: b.Password},
		Sources: b.Sources, Prefix: b.Prefix, MaxConnections: b.MaxConnections, TLS: tls,
	})
	if err != nil {
		return nil, err
	}
	return &newDeviceOut{tagOf(d.Revision), "/api/v1/devices/" + d.ID, AddedDevice{describeDevice(&d), a.told(cameras)}}, nil
}

func (a *API) getDevice(_ context.Context, in *struct{ DevicePath }) (*deviceOut, error) {
	return tellDevice(a.cfg.Inventory.Device(in.id()))
}

func tellDevice(d inventory.Device, err error) (*deviceOut, error) {
	if err != nil {
		return nil, err
	}
	return &deviceOut{tagOf(d.Revision), describeDevice(&d)}, nil
}

func (a *API) editDevice(ctx context.Context, in *struct {
	DevicePath
	IfMatch
	Body DeviceChange
},
) (*deviceOut, error) {
	now, err := a.cfg.Inventory.Device(in.id())
	if err != nil {
		return nil, err
	}
	expect, err := in.expected(func() (int64, error) { return now.Revision, nil })
	if err != nil {
		return nil, err
	}
	b := &in.Body
	signIn, err := changedSignIn(b.User, b.Password, now.Credentials)
	if err != nil {
		return nil, err
	}
	tls, err := tlsMode(b.TLS)
	if err != nil {
		return nil, err
	}
	return tellDevice(a.cfg.Inventory.EditDevice(ctx, in.id(), expect, inventory.DeviceEdit{
		Name: b.Name, Address: b.Address, ONVIF: b.ONVIF, SignIn: signIn, MaxConnections: b.MaxConnections, TLS: tls,
	}))
}

func (a *API) removeDevice(ctx context.Context, in *struct {
	DevicePath
	IfMatch
},
) (*nothing, error) {
	expect, err := in.expected(func() (int64, error) {
		d, err := a.cfg.Inventory.Device(in.id())
		return d.Revision, err
	})
	if err != nil {
		return nil, err
	}
	return nil, a.cfg.Inventory.RemoveDevice(ctx, in.id(), expect)
}

func (a *API) refreshDevice(ctx context.Context, in *struct{ DevicePath }) (*deviceOut, error) {
	return tellDevice(a.cfg.Inventory.Refresh(ctx, in.id()))
}

// target returns whom to ask: a device of the inventory, or an address.
func target(device, address, user string, password secret.Text, tls string) (inventory.Target, error) {
	if count(device, address) != 1 {
		return inventory.Target{}, fault.New(fault.BadRequest, "exactly one of device and address is wanted",
			"device is the id of one that is known, address that of an ONVIF service")
	}
	mode, err := camera.ParseTLSMode(tls)
	return inventory.Target{
		Device: strings.ToLower(device), Address: address, SignIn: inventory.SignIn{User: user, Password: password}, TLS: mode,
	}, err
}
