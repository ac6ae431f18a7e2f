package main

import (
	"log/slog"
	"net/netip"
	"time"

	"camwall/internal/camera"
	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
	"camwall/internal/simcam"
	"camwall/internal/simcam/device"
)

// demoMotion is how often simulated devices tell of motion.
const demoMotion = 30 * time.Second

// Sign-in of the simulated recorder, as docs/simulated-cameras.md tells it.
const (
	demoRecorderUser     = "admin"
	demoRecorderPassword = "camwall-16"
)

// addDemo runs simulated cameras on free ports of loopback and configures them:
// those of the demonstration, or so many that are alike. They end with c.
func (c *core) addDemo(cfg *config.Config, alike int) error {
	specs, err := demoStreams(alike)
	if err != nil {
		return err
	}
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", SentListen: "127.0.0.1:0", Streams: specs, Log: c.log})
	if err != nil {
		return fault.Errorf(fault.Internal, "run simulated cameras: %w", err)
	}
	devices, err := demoDevices(server, func() string { return "127.0.0.1:0" }, c.log)
	if err != nil {
		server.Close()
		return fault.Errorf(fault.Internal, "run simulated ONVIF devices: %w", err)
	}
	if responder := announceDemo(devices, netip.MustParseAddr("127.0.0.1"), c.log); responder != nil {
		server.Attach(responder.Close)
	}
	for _, cam := range demoCameras(server) {
		giveWay(&cam, cfg.Cameras)
		if err := cfg.Add(cam); err != nil {
			server.Close()
			return err
		}
	}
	c.demo = server
	c.log.Info("simulated cameras run", "rtsp", server.Addr(), "sent", "http://"+server.SentAddr()+"/sent", "faults", "http://"+server.SentAddr()+"/fault", "onvif", addressesOf(devices))
	return nil
}

// demoStreams returns the streams of a demonstration.
func demoStreams(alike int) ([]simcam.StreamSpec, error) {
	switch {
	case alike == 0:
		return simcam.Demo(), nil
	case alike < 0 || alike > simcam.MaxWall:
		return nil, fault.Errorf(fault.BadRequest, "--demo-tiles %d is not 1 to %d", alike, simcam.MaxWall)
	}
	return simcam.Wall(alike), nil
}

func addressesOf(devices []*device.Device) []string {
	list := make([]string, len(devices))
	for i, d := range devices {
		list[i] = d.XAddr()
	}
	return list
}

// demoDevices runs an ONVIF device for each camera of the demonstration that a
// server has, and none for what was added to it; they end with the server. A
// camera that asks for a sign-in does so over ONVIF too. listen returns the
// address of the next device.
func demoDevices(server *simcam.Server, listen func() string, log *slog.Logger) ([]*device.Device, error) {
	demo := make(map[string]bool)
	for _, spec := range simcam.Demo() {
		demo[spec.Camera] = true
	}
	var configs []device.Config
	index := make(map[string]int)
	for _, info := range server.Streams() {
		if !demo[info.Camera] {
			continue
		}
		i, known := index[info.Camera]
		if !known {
			i = len(configs)
			index[info.Camera] = i
			configs = append(configs, device.Config{
				Server: server, Name: info.Name, Location: info.Name, Serial: "CW-" + info.Camera, MotionEvery: demoMotion, Log: log,
				Channels: []device.Channel{{Name: info.Name, Main: info.Path, PTZ: info.Camera == "cam1" || info.Camera == "cam6"}},
			})
			if info.User != "" {
				configs[i].SignIn, configs[i].User, configs[i].Password = device.SignInEither, info.User, info.Password
			}
		}
		if info.Role == simcam.RoleSub {
			configs[i].Channels[0].Sub = info.Path
		}
	}
	devices := make([]*device.Device, len(configs))
	for i, cfg := range configs {
		cfg.Listen = listen()
		var err error
		if devices[i], err = device.New(cfg); err != nil {
			return nil, err
		}
	}
	return devices, nil
}

// demoRecorder runs a recorder of 16 channels, the last two without a signal.
func demoRecorder(ports *demoPorts, log *slog.Logger) (*device.Recorder, error) {
	return device.NewRecorder(device.RecorderConfig{
		Listen: ports.next(), ListenRTSP: ports.next(), User: demoRecorderUser, Password: demoRecorderPassword,
		NoSignal: []int{14, 15}, Log: log,
		Edit: func(cfg *device.Config) { cfg.MotionEvery = demoMotion },
	})
}

// giveWay leaves id and number to a camera that somebody configured.
func giveWay(cam *camera.Camera, others []camera.Camera) {
	for i := range others {
		if others[i].ID == cam.ID {
			cam.ID = "demo-" + cam.ID
		}
		if others[i].Number == cam.Number {
			cam.Number = 0
		}
	}
}

// demoCameras groups the server's streams by camera.
func demoCameras(server *simcam.Server) []camera.Camera {
	device := &camera.Device{ID: "demo", Address: server.Addr(), Provisioned: true}
	var cameras []camera.Camera
	index := make(map[string]int)
	for _, info := range server.Streams() {
		i, known := index[info.Camera]
		if !known {
			i = len(cameras)
			index[info.Camera] = i
			cameras = append(cameras, camera.Camera{
				ID: camera.ID(info.Camera), Name: info.Name, Number: i + 1, Device: device, Provisioned: true,
				Credentials:    camera.Credentials{User: info.User, Password: secret.NewText(info.Password)},
				UnchangedAfter: config.DefaultUnchangedAfter,
			})
		}
		cameras[i].Streams = append(cameras[i].Streams, camera.Stream{
			Name: string(info.Role), URL: info.URL, Codec: codecNamed(info.Codec),
			Width: info.Width, Height: info.Height, FPS: info.FPS,
		})
	}
	return cameras
}

func codecNamed(name string) media.Codec {
	for c := media.H264; c.IsVideo(); c++ {
		if c.String() == name {
			return c
		}
	}
	return media.CodecUnknown
}
