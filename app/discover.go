package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"camwall/internal/config"
	"camwall/internal/discovery"
	"camwall/internal/fault"
	"camwall/internal/inventory"
	"camwall/internal/netpolicy"
	"camwall/internal/onvif"
)

type discoverCommand struct {
	Config    string        `env:"CAMWALL_CONFIG" help:"Configuration file, whose discovery holds where no flag does." placeholder:"FILE"`
	JSON      bool          `name:"json" help:"Print JSON; with --watch one event a line."`
	Interface []string      `help:"Network interface to search on; else every one that does multicast (repeatable)." placeholder:"NAME"`
	Range     []string      `help:"Network or address to ask one by one, where multicast does not pass (repeatable)." placeholder:"CIDR"`
	Watch     bool          `help:"Go on and tell what comes and goes, until Ctrl-C."`
	Clear     bool          `help:"Make a running server forget what it found, too."`
	Timeout   time.Duration `help:"How long at most; else until everybody who answered has been asked: about 6s." placeholder:"TIME"`
	Server    string        `env:"CAMWALL_SERVER" help:"The server of --clear: http://127.0.0.1:8000." placeholder:"URL"`
}

// afterSearch is the time that a search may take above what it is known to.
const afterSearch = 500 * time.Millisecond

// Run searches for devices and prints them.
func (c *discoverCommand) Run(ctx context.Context, s streams) error {
	if c.Timeout < 0 {
		return fault.New(fault.BadRequest, "--timeout is negative", "for example --timeout 5s")
	}
	interfaces, ranges, err := c.where()
	if err != nil {
		return err
	}
	if c.Clear {
		if err := c.clear(ctx, s); err != nil {
			return err
		}
	}
	cfg, end := searching(interfaces, ranges)
	defer end()
	if c.Watch {
		return c.watch(ctx, s, cfg)
	}
	limit := c.Timeout
	if limit == 0 {
		limit = discovery.SearchTime(ranges) + afterSearch
	}
	list, err := findShown(ctx, s, cfg, limit)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, foundList(list))
	}
	return printFound(s, list)
}

// where returns the interfaces and ranges of the flags, else those of the
// configuration.
func (c *discoverCommand) where() (interfaces []string, ranges []netip.Prefix, err error) {
	for _, name := range c.Interface {
		if _, err := net.InterfaceByName(name); err != nil {
			return nil, nil, fault.Errorf(fault.BadRequest, "there is no interface %.20q", name).
				WithHint("camwall host lists those that there are")
		}
	}
	if ranges, err = parseRanges(c.Range); err != nil {
		return nil, nil, err
	}
	path, _, err := config.Find(c.Config, os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, nil, err
	}
	if interfaces = c.Interface; len(interfaces) == 0 {
		interfaces = cfg.Settings.Interfaces
	}
	if len(c.Range) == 0 {
		ranges = cfg.Settings.Ranges
	}
	return interfaces, ranges, nil
}

// searching returns what a search of this process needs. A person at this machine
// asks, so cameras on it may be found.
func searching(interfaces []string, ranges []netip.Prefix) (cfg discovery.Config, end func()) {
	policy := netpolicy.New(netpolicy.Config{Loopback: true})
	client, dial := policy.Client(true), policy.DialContext(true)
	return discovery.Config{
		Interfaces: interfaces, Ranges: ranges, Client: client, DialContext: dial,
		Describe: func(ctx context.Context, xaddr string) (discovery.Description, error) {
			return inventory.Meet(ctx, xaddr, onvif.Config{DialContext: dial})
		},
	}, client.CloseIdleConnections
}

func (c *discoverCommand) clear(ctx context.Context, s streams) error {
	client, err := s.client(c.Server)
	if err != nil {
		return err
	}
	defer client.Close()
	err = client.ClearFound(ctx)
	if c.Server == "" && nobodyThere(err) {
		s.once(err.Error() + ": there is nothing to clear")
		return nil
	}
	return err
}

// findShown searches once, and shows on a terminal how far it is.
func findShown(ctx context.Context, s streams, cfg discovery.Config, limit time.Duration) (discovery.List, error) {
	if !s.progress {
		return discovery.Find(ctx, cfg, limit, nil)
	}
	ctx, cancel := context.WithCancel(ctx)
	var shown sync.WaitGroup
	list, err := discovery.Find(ctx, cfg, limit, func(f *discovery.Finder) {
		shown.Go(func() {
			for e := range f.Watch(ctx) {
				if e.Type == discovery.Advanced && e.Progress.Running {
					fmt.Fprintf(s.err, "\r\x1b[K%s", e.Progress)
				}
			}
			fmt.Fprint(s.err, "\r\x1b[K")
		})
	})
	cancel()
	shown.Wait()
	return list, err
}

// watch tells what comes and goes until ctx ends.
func (c *discoverCommand) watch(ctx context.Context, s streams, cfg discovery.Config) error {
	finder, err := discovery.New(cfg)
	if err != nil {
		return err
	}
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	events := finder.Watch(ctx)
	ended := make(chan error, 1)
	go func() { ended <- finder.Run(ctx) }()
	var failed error
	for e := range events {
		if err := c.tell(s, &e); err != nil && failed == nil {
			failed = err // nobody reads any more
			stop()
		}
	}
	err = <-ended
	if failed != nil {
		return failed
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // --timeout
	}
	return err
}

// tell prints one event.
func (c *discoverCommand) tell(s streams, e *discovery.Event) error {
	switch e.Type {
	case discovery.Added, discovery.Changed, discovery.Removed:
	case discovery.Problem:
		s.once(problemLine(e.Problem))
		return nil
	default:
		return nil
	}
	found := foundDevice(&e.Device)
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetEscapeHTML(false)
		return out.Encode(foundEvent{string(e.Type), found})
	}
	line := fmt.Sprintf("%-7s  %-11s  %-15s  %s (%s)", e.Type, found.Kind, first(found.Addresses), nameOf(&e.Device), strings.Join(found.FoundBy, ", "))
	if e.Device.Problem != nil {
		line += ": " + problemLine(e.Device.Problem)
	}
	_, err := fmt.Fprintln(s.out, clean(line))
	return err
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// parseRanges reads the networks of a --range.
func parseRanges(words []string) ([]netip.Prefix, error) {
	for _, word := range words {
		_, err := discovery.ParseRanges([]string{word})
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return nil, fault.Errorf(f.Code, "--range %.60q is no network", word).WithHint(f.Hint)
		}
	}
	return discovery.ParseRanges(words)
}
