package main

import (
	"camwall/internal/camera"
	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/secret"
	"camwall/internal/simcam"
)

// addDemo runs simulated cameras on free ports of loopback and configures them.
// They end with c.
func (c *core) addDemo(cfg *config.Config) error {
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", SentListen: "127.0.0.1:0", Log: c.log})
	if err != nil {
		return fault.Errorf(fault.Internal, "run simulated cameras: %w", err)
	}
	for _, cam := range demoCameras(server) {
		giveWay(&cam, cfg.Cameras)
		if err := cfg.Add(cam); err != nil {
			server.Close()
			return err
		}
	}
	c.demo = server
	c.log.Info("simulated cameras run", "rtsp", server.Addr(), "sent", "http://"+server.SentAddr()+"/sent")
	return nil
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
	device := &camera.Device{ID: "demo", Address: server.Addr()}
	var cameras []camera.Camera
	index := make(map[string]int)
	for _, info := range server.Streams() {
		i, known := index[info.Camera]
		if !known {
			i = len(cameras)
			index[info.Camera] = i
			cameras = append(cameras, camera.Camera{
				ID: camera.ID(info.Camera), Name: info.Name, Number: i + 1, Device: device,
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
