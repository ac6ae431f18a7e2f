package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"camwall/internal/apiclient"
	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/store"
)

// dataFlags say where configuration and data are.
type dataFlags struct {
	Config   string     `env:"CAMWALL_CONFIG" help:"Configuration file, where no server is asked." placeholder:"FILE"`
	Data     string     `env:"CAMWALL_DATA" help:"Folder of the data, where no server is asked." placeholder:"DIR"`
	Camera   []string   `sep:"\n" env:"CAMWALL_CAMERA" hidden:"" placeholder:"ID=URL"`
	LogLevel slog.Level `default:"error" hidden:"" placeholder:"LEVEL"`
}

func (f *dataFlags) server() serverFlags {
	return serverFlags{logFlags: f.logFlags(), Config: f.Config, Data: f.Data, Camera: f.Camera}
}

func (f *dataFlags) logFlags() logFlags { return logFlags{LogLevel: f.LogLevel, LogFormat: "text"} }

// askingFlags are those of commands that ask the server.
type askingFlags struct {
	Server string `env:"CAMWALL_SERVER" help:"The server to ask: http://127.0.0.1:8000; without one there, configuration and store are read." placeholder:"URL"`
	dataFlags
}

// backend answers for what is configured: a server, or without one what a server
// would read.
type backend struct {
	*apiclient.Client
	offline bool
}

// with runs fn with the backend.
func (f *askingFlags) with(ctx context.Context, s streams, fn func(*backend) error) error {
	client, err := s.client(f.Server)
	if err != nil {
		return err
	}
	defer client.Close()
	err = client.Health(ctx)
	if f.Server == "" && nobodyThere(err) {
		return f.withoutServer(s, err, fn)
	}
	if err != nil {
		return err
	}
	return fn(&backend{Client: client})
}

// nobodyThere tells that no Camwall listens.
func nobodyThere(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.ConnRefused || code == apiclient.NotOurs
}

// withoutServer runs fn with what a server would read. why says that there is
// none.
func (f *askingFlags) withoutServer(s streams, why error, fn func(*backend) error) error {
	said := why.Error() + ": reading configuration and store"
	holder := f.holder()
	if holder != 0 {
		said += fmt.Sprintf("; process %d has the data in use, and is asked with --server", holder)
	}
	s.once(said)
	client, closeIt, err := offlineClient(f.server(), f.logFlags().logger(s.err))
	if err != nil {
		return err
	}
	defer closeIt()
	err = fn(&backend{Client: client, offline: true})
	if code := fault.CodeOf(err); code == fault.Locked || code == fault.Storage && holder != 0 {
		return fault.Errorf(fault.Locked, "another Camwall has the data in use: nothing was changed").
			WithHint("let that one do it: name it with --server")
	}
	return err
}

// holder returns the process that has the data in use, 0 for none.
func (f *askingFlags) holder() int {
	dir, err := config.DataDir(f.Data, os.Getenv)
	if err != nil {
		return 0
	}
	process, err := store.Holder(dir)
	if err != nil {
		return 0 // opening it tells why
	}
	return process
}

// notRunning is the state of a camera that no server pulls.
const notRunning = "not running"

// cameras returns cameras as they are told: without a server none is connecting,
// live or waiting for anything.
func (b *backend) cameras(ctx context.Context, query string) ([]apiclient.Camera, error) {
	all, err := b.Client.Cameras(ctx, query)
	for i := range all {
		b.tell(&all[i])
	}
	return all, err
}

func (b *backend) camera(ctx context.Context, id string) (apiclient.Camera, error) {
	c, err := b.Client.Camera(ctx, id)
	b.tell(&c)
	return c, err
}

func (b *backend) tell(c *apiclient.Camera) {
	if !b.offline || c.Disabled {
		return
	}
	c.Status = apiclient.Status{State: notRunning}
	for i := range c.Streams {
		c.Streams[i].Status = apiclient.Status{State: notRunning}
	}
}

// onlyRunning refuses what makes no sense without a server.
func (b *backend) onlyRunning() error {
	if !b.offline {
		return nil
	}
	return fault.New(fault.ConnRefused, "no server runs, so no stream does", "start one with camwall serve, or name another with --server")
}
