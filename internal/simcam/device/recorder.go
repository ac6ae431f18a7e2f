package device

import (
	"fmt"
	"log/slog"
	"slices"

	"camwall/internal/simcam"
)

// RecorderConfig is what a Recorder needs. The zero value is one of 16 channels
// on loopback, without a sign-in.
type RecorderConfig struct {
	// Listen is "IP:port" of ONVIF, ListenRTSP that of RTSP; empty is a free
	// port of loopback.
	Listen, ListenRTSP string
	// Channels is how many; 0 is 16.
	Channels int
	// MainClip and SubClip name committed clips; empty are autumn-720 and
	// street-360.
	MainClip, SubClip string
	// User and Password are the one sign-in of ONVIF, RTSP and snapshots; an
	// empty User is none. SignIn is ONVIF's; SignInNone with a User is
	// SignInEither.
	User, Password string
	SignIn         SignIn
	// NoSignal are channels, counted from 0, without a camera.
	NoSignal []int
	// Edit changes what the device is made of before it starts; nil is nothing.
	Edit func(*Config)
	// Log is where life events go; nil is nowhere.
	Log *slog.Logger
}

// Recorder is a recorder of many channels: one device and its streams,
// chN/main and chN/sub.
type Recorder struct {
	*Device
	// Server has the streams.
	Server *simcam.Server
}

// NewRecorder starts a Recorder. The caller must Close it.
func NewRecorder(cfg RecorderConfig) (*Recorder, error) {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&cfg.Listen, "127.0.0.1:0")
	set(&cfg.ListenRTSP, "127.0.0.1:0")
	set(&cfg.MainClip, "autumn-720")
	set(&cfg.SubClip, "street-360")
	if cfg.Channels <= 0 {
		cfg.Channels = 16
	}
	auth := simcam.AuthNone
	if cfg.User != "" {
		auth = simcam.AuthDigest
		if cfg.SignIn == SignInNone {
			cfg.SignIn = SignInEither
		}
	}
	server, err := simcam.New(simcam.Config{
		Listen: cfg.ListenRTSP, Log: cfg.Log,
		Streams: simcam.RecorderPairs(cfg.Channels, cfg.MainClip, cfg.SubClip, auth, cfg.User, cfg.Password),
	})
	if err != nil {
		return nil, err
	}
	of := Config{
		Server: server, Listen: cfg.Listen, SignIn: cfg.SignIn, User: cfg.User, Password: cfg.Password, Log: cfg.Log,
		Name: "Recorder", Model: "Simulated recorder", HardwareID: "simcam-nvr", Serial: "NVR-0001", Location: "Back Office",
	}
	for i := range cfg.Channels {
		id := fmt.Sprintf("ch%d", i+1)
		of.Channels = append(of.Channels, Channel{
			Name: fmt.Sprintf("Channel %d", i+1), Main: id + "/main", Sub: id + "/sub", NoSignal: slices.Contains(cfg.NoSignal, i),
		})
	}
	if cfg.Edit != nil {
		cfg.Edit(&of)
	}
	device, err := New(of)
	if err != nil {
		server.Close()
		return nil, err
	}
	return &Recorder{Device: device, Server: server}, nil
}

// Close ends the device and its streams, and waits until everything is still.
func (r *Recorder) Close() { r.Server.Close() }
