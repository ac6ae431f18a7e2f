package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"camwall/internal/apiclient"
	"camwall/internal/camera"
	"camwall/internal/discovery"
	"camwall/internal/fault"
	"camwall/internal/onvif"
)

// oldWords are the first system's own, behind cctv.
var oldWords = []struct{ words, help string }{
	{"discovery [on|off]", "Begin to listen for devices, or stop it."},
	{"search", "Search for devices now."},
	{"list", "List the devices that were found."},
	{"clear", "Forget the devices that were found."},
	{"stream", "List the streams that are pulled, with their viewers."},
	{"get URL [USER [PASSWORD]]", "Ask a device what it offers, by ONVIF."},
	{"onvif", "Ask the devices that are configured, or were found, what they offer."},
	{"info ID", "Tell all of a camera, with the profiles of its device."},
	{"proxy reset [ID]", "Connect a camera, or all, anew."},
}

// help tells what there is.
func (c *console) help() {
	t := newTable(c.s.out)
	for _, node := range everydayModel().Children {
		t.row(node.Name, node.Help)
	}
	for _, old := range oldWords {
		t.row("cctv "+old.words, old.help)
	}
	t.row("help", "Tell this; COMMAND --help tells more.")
	t.row("exit", "Leave.")
	_ = t.flush() // who reads no help needs none
}

// cctv runs the first system's words.
func (c *console) cctv(ctx context.Context, words []string) error {
	if len(words) == 0 {
		c.help()
		return nil
	}
	word, rest := strings.ToLower(words[0]), words[1:]
	limits := map[string][2]int{ // of the words behind it
		"discovery": {0, 1}, "search": {0, 0}, "list": {0, 0}, "clear": {0, 0}, "stream": {0, 0}, "get": {1, 3},
		"onvif": {0, 0}, "info": {1, 1}, "proxy": {1, 2},
	}
	limit, known := limits[word]
	if !known || len(rest) < limit[0] || len(rest) > limit[1] {
		return cctvUsage(word)
	}
	switch word {
	case "discovery":
		return c.discovery(rest)
	case "search":
		return c.search(ctx)
	case "list":
		return c.list()
	case "clear":
		if c.ears != nil {
			c.ears.finder.Clear()
		}
		_, err := fmt.Fprintln(c.s.out, "Forgot what was found.")
		return err
	case "stream":
		return c.pulled(ctx)
	case "get":
		return c.get(ctx, rest)
	case "onvif":
		return c.everyOffer(ctx)
	case "info":
		return (&camerasInfoCommand{askingFlags: c.flags, ID: rest[0], Profiles: true}).Run(ctx, c.s)
	}
	if strings.ToLower(rest[0]) != "reset" {
		return cctvUsage(word)
	}
	return (&restartCommand{askingFlags: c.flags, ID: strings.Join(rest[1:], "")}).Run(ctx, c.s)
}

func cctvUsage(word string) error {
	for _, old := range oldWords {
		if first, _, _ := strings.Cut(old.words, " "); first == word {
			return fault.Errorf(fault.BadRequest, "it is cctv %s", old.words)
		}
	}
	return fault.Errorf(fault.BadRequest, "there is no cctv %.20q", word).WithHint("help tells what there is")
}

// ears is the search for devices that runs beside the console.
type ears struct {
	finder *discovery.Finder
	stop   context.CancelFunc
	done   chan error
	end    func()
}

// listen begins to listen and search, unless it does already.
func (c *console) listen() (*ears, error) {
	if c.ears != nil {
		return c.ears, nil
	}
	cfg, end := searching(c.interfaces, c.ranges)
	finder, err := discovery.New(cfg)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background()) // it outlives the command
	e := &ears{finder: finder, stop: stop, done: make(chan error, 1), end: end}
	go func() { e.done <- finder.Run(ctx) }() // stopListening waits for it
	c.ears = e
	return e, nil
}

func (c *console) stopListening() {
	if c.ears == nil {
		return
	}
	c.ears.stop()
	<-c.ears.done
	c.ears.end()
	c.ears = nil
}

// discovery begins to listen, or stops it; without a word whichever it does not
// do.
func (c *console) discovery(rest []string) error {
	on := c.ears == nil
	if len(rest) == 1 {
		switch strings.ToLower(rest[0]) {
		case "on", "start", "begin":
			on = true
		case "off", "stop", "end":
			on = false
		default:
			return cctvUsage("discovery")
		}
	}
	if !on {
		c.stopListening()
		_, err := fmt.Fprintln(c.s.out, "Does not listen for devices.")
		return err
	}
	if _, err := c.listen(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.s.out, "Listens for devices: cctv list tells which there are.")
	return err
}

// searchLimit is the time that a search is waited for above what it takes.
const searchLimit = 10 * time.Second

// search searches and waits until it is over.
func (c *console) search(ctx context.Context) error {
	begun := c.ears == nil // then the first search begins by itself
	e, err := c.listen()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, discovery.SearchTime(c.ranges)+searchLimit)
	defer cancel()
	events := e.finder.Watch(ctx)
	if !begun {
		e.finder.Search()
	}
	running := false
	for event := range events {
		if event.Type != discovery.Advanced {
			continue
		}
		if running = running || event.Progress.Running; running && !event.Progress.Running {
			break
		}
		if c.s.progress && running {
			fmt.Fprintf(c.s.err, "\r\x1b[K%s", event.Progress)
		}
	}
	if c.s.progress {
		fmt.Fprint(c.s.err, "\r\x1b[K")
	}
	if ctx.Err() == context.Canceled { //nolint:errorlint // a context's own
		return ctx.Err()
	}
	_, err = fmt.Fprintf(c.s.out, "Found %s: cctv list tells which.\n", counted(len(e.finder.Snapshot().Devices), "device"))
	return err
}

func (c *console) list() error {
	if c.ears == nil {
		_, err := fmt.Fprintln(c.s.out, "Nothing has been searched for: cctv search does.")
		return err
	}
	return printFound(c.s, c.ears.finder.Snapshot())
}

// pulled lists the streams that the server pulls.
func (c *console) pulled(ctx context.Context) error {
	return c.flags.with(ctx, c.s, func(b *backend) error {
		if err := b.onlyRunning(); err != nil {
			return err
		}
		all, err := b.cameras(ctx, "")
		if err != nil {
			return err
		}
		t := newTable(c.s.out, "CAMERA", "STREAM", "VIEWERS", "STATE", "TRANSPORT", "ENCODING", "SIZE")
		for i := range all {
			for j := range all[i].Streams {
				st := &all[i].Streams[j]
				if st.State == "idle" || st.State == "disabled" {
					continue
				}
				t.row(all[i].ID, st.Name, strconv.Itoa(st.Viewers), stateWords(&st.Status), st.Transport, encoding(st), sized(st.Width, st.Height))
			}
		}
		if t.rows == 0 {
			_, err := fmt.Fprintln(c.s.out, "No stream is pulled: nobody watches.")
			return err
		}
		return t.flush()
	})
}

func (c *console) get(ctx context.Context, rest []string) error {
	ask := onvifCommand{URL: rest[0], TLS: "pin", Server: c.flags.Server}
	if len(rest) > 1 {
		ask.User = rest[1]
	}
	if len(rest) > 2 {
		ask.Password = rest[2]
	}
	return ask.Run(ctx, c.s)
}

// everyOffer asks the devices that are configured, with their sign-ins, and those
// that were found, without one.
func (c *console) everyOffer(ctx context.Context) error {
	var asked []string
	err := c.flags.with(ctx, c.s, func(b *backend) error {
		all, err := b.Devices(ctx)
		if err != nil {
			return err
		}
		for i := range all {
			if all[i].ONVIF == "" || ctx.Err() != nil {
				continue
			}
			asked = append(asked, hostPort(all[i].ONVIF))
			if err := c.configuredOffer(ctx, b, &all[i]); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for _, xaddr := range c.foundServices() {
		if slices.Contains(asked, hostPort(xaddr)) {
			continue
		}
		asked = append(asked, hostPort(xaddr))
		if err := c.foundOffer(ctx, xaddr); err != nil {
			return err
		}
	}
	if len(asked) == 0 {
		_, err = fmt.Fprintln(c.s.out, "No device with ONVIF is configured or was found: cctv search looks for some.")
	}
	return err
}

func (c *console) configuredOffer(ctx context.Context, b *backend, d *apiclient.Device) error {
	fmt.Fprintf(c.s.out, "%s: %s\n", d.ID, clean(strings.TrimSpace(d.Maker+" "+d.Model)+" "+d.ONVIF))
	told, err := b.Describe(ctx, apiclient.Target{Device: d.ID})
	if err != nil {
		c.s.warn(problemOf(err))
		return nil
	}
	if err := printProfiles(c.s, told.Profiles); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.s.out)
	return err
}

// foundServices returns the ONVIF services of what was found.
func (c *console) foundServices() []string {
	if c.ears == nil {
		return nil
	}
	var all []string
	for _, d := range c.ears.finder.Snapshot().Devices {
		if len(d.XAddrs) > 0 && (d.Kind == discovery.Camera || d.Kind == discovery.Recorder) {
			all = append(all, d.XAddrs[0])
		}
	}
	return all
}

func (c *console) foundOffer(ctx context.Context, xaddr string) error {
	fmt.Fprintf(c.s.out, "%s, found\n", clean(xaddr))
	ctx, cancel := context.WithTimeout(ctx, onvifTime)
	defer cancel()
	told, err := describeDevice(ctx, xaddr, camera.Credentials{}, camera.TLSPin)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case wantsSignIn(err):
		_, err := fmt.Fprintf(c.s.out, "It wants a sign-in: cctv get %s USER\n\n", clean(xaddr))
		return err
	case err != nil:
		c.s.warn(problemOf(err))
		return nil
	}
	offered := offerOf(told, func(*onvif.Profile) string { return "" })
	if err := printOffer(c.s, &offered); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.s.out)
	return err
}
