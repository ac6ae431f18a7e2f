package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"camwall/internal/apiclient"
)

type devicesCommand struct {
	List    devicesListCommand    `cmd:"" help:"List cameras and recorders with their addresses."`
	Info    devicesInfoCommand    `cmd:"" help:"Tell all of one device."`
	Refresh devicesRefreshCommand `cmd:"" help:"Ask a device anew and take over what changed."`
	Remove  devicesRemoveCommand  `cmd:"" help:"Remove a device with its cameras."`
}

type devicesListCommand struct {
	askingFlags
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the devices.
func (c *devicesListCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		all, err := b.Devices(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, struct {
				Devices []apiclient.Device `json:"devices"`
			}{all})
		}
		if len(all) == 0 {
			_, err := fmt.Fprintln(s.out, "No device.")
			return err
		}
		t := newTable(s.out, "ID", "KIND", "NAME", "ADDRESS", "MODEL", "CAMERAS", "PROBLEM")
		for i := range all {
			d := &all[i]
			problem := ""
			if d.Problem != nil {
				problem = d.Problem.Message
			}
			t.row(d.ID, d.Kind, d.Name, d.Address, strings.TrimSpace(d.Maker+" "+d.Model), strconv.Itoa(len(d.Cameras)), problem)
		}
		return t.flush()
	})
}

type devicesInfoCommand struct {
	askingFlags
	ID   string `arg:"" help:"The device's id."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run tells all of one device.
func (c *devicesInfoCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		d, err := b.Device(ctx, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, d)
		}
		return printDevice(s, &d)
	})
}

func printDevice(s streams, d *apiclient.Device) error {
	limit, problem := "", ""
	if d.MaxConnections > 0 {
		limit = strconv.Itoa(d.MaxConnections)
	}
	if d.Problem != nil {
		problem = strings.TrimSpace(sentence(d.Problem.Message) + " " + sentence(d.Problem.Hint))
	}
	return facts(s.out,
		"Device", d.ID, "Kind", d.Kind, "Name", d.Name, "Address", d.Address, "ONVIF", d.ONVIF,
		"Model", strings.TrimSpace(d.Maker+" "+d.Model), "Firmware", d.Firmware, "Serial", d.Serial, "MAC", d.MAC,
		"Endpoint", d.Endpoint, "Clock", clockWords(d.ClockOffset), "Sends events", yes(d.Events, "yes"),
		"Signs in as", d.User, "Password", yes(d.HasPassword, "kept"), "Connections", limit,
		"Configured in", yes(d.Provisioned, "camwall.yaml or the command line"),
		"Cameras", strings.Join(d.Cameras, ", "), "Problem", problem)
}

type devicesRefreshCommand struct {
	askingFlags
	ID string `arg:"" help:"The device's id."`
}

// Run asks a device anew.
func (c *devicesRefreshCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		d, err := b.RefreshDevice(ctx, c.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "Device %s is %s with %s.\n", d.ID,
			clean(cmp.Or(strings.TrimSpace(d.Maker+" "+d.Model), d.Address)), counted(len(d.Cameras), "camera"))
		return err
	})
}

type devicesRemoveCommand struct {
	askingFlags
	ID string `arg:"" help:"The device's id."`
}

// Run removes a device.
func (c *devicesRemoveCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		if err := b.RemoveDevice(ctx, c.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "Removed device %s and its cameras.\n", strings.ToLower(c.ID))
		return err
	})
}
