package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"camwall/internal/fault"
)

type hostCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// hostFacts is this machine. Its lists are never nil.
type hostFacts struct {
	Name       string          `json:"name"`
	Interfaces []hostInterface `json:"interfaces"`
}

// hostInterface is a network interface that is up.
type hostInterface struct {
	Name      string   `json:"name"`
	MAC       string   `json:"mac"`
	Addresses []string `json:"addresses"` // with the length of the network's prefix
	Multicast bool     `json:"multicast"`
}

// Run tells this machine's names and addresses. It needs no server.
func (c *hostCommand) Run(_ context.Context, s streams) error {
	host, err := thisHost()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, host)
	}
	if _, err := fmt.Fprintf(s.out, "Name  %s\n\n", clean(host.Name)); err != nil {
		return err
	}
	t := newTable(s.out, "INTERFACE", "ADDRESSES", "MAC", "MULTICAST")
	for _, i := range host.Interfaces {
		t.row(i.Name, strings.Join(i.Addresses, ", "), i.MAC, yes(i.Multicast, "yes"))
	}
	return t.flush()
}

func thisHost() (hostFacts, error) {
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	host := hostFacts{Name: name, Interfaces: []hostInterface{}}
	all, err := net.Interfaces()
	if err != nil {
		return host, fault.Errorf(fault.Internal, "read network interfaces: %w", err)
	}
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		one := hostInterface{Name: i.Name, MAC: i.HardwareAddr.String(), Addresses: []string{}, Multicast: i.Flags&net.FlagMulticast != 0}
		if addrs, err := i.Addrs(); err == nil { // one that can't be read has none
			for _, addr := range addrs {
				one.Addresses = append(one.Addresses, addr.String())
			}
		}
		host.Interfaces = append(host.Interfaces, one)
	}
	return host, nil
}

type restartCommand struct {
	askingFlags
	ID string `arg:"" optional:"" help:"The camera's id; else all."`
}

// Run ends the sessions of one camera or all, which begin anew where somebody
// watches.
func (c *restartCommand) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, func(b *backend) error {
		if err := b.onlyRunning(); err != nil {
			return err
		}
		if err := b.Restart(ctx, c.ID); err != nil {
			return err
		}
		what := "all cameras"
		if c.ID != "" {
			what = "camera " + strings.ToLower(c.ID)
		}
		_, err := fmt.Fprintf(s.out, "The streams of %s begin anew.\n", what)
		return err
	})
}
