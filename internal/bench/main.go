// Package main is the benchmark behind `make bench`. It drives the real
// camwall-server from outside, over RTSP and HTTP, and reads its CPU time and
// memory from /proc: nothing of the program under test runs in this process.
// Its own children are this program again: a crowd of viewers, a bare fan-out
// to compare with, and simulated cameras. build/bench.sh calls it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"camwall/internal/wait"
)

// totalTime bounds a whole run; a good one takes twenty-three minutes.
const totalTime = 30 * time.Minute

// bench is one run. Its methods measure one section each.
type bench struct {
	server string // the program under test
	ffmpeg string // the command line to compare with
	self   string // this program, for children
	data   string // a folder of this run
	source string // the repository: the wall's browser is driven from its frontend
	config string // an empty configuration file, so that the machine's own is not read
	brief  bool
	begun  machine
	log    io.Writer
}

// section is one group of figures that can be measured alone.
type section struct {
	name    string
	measure func(*bench, context.Context) (*result, error)
}

func sections() []section {
	return []section{
		{"cpu", (*bench).measureCPU},
		{"viewers", (*bench).measureViewers},
		{"latency", (*bench).measureLatency},
		{"first", (*bench).measureFirst},
		{"memory", (*bench).measureMemory},
		{"stock", (*bench).measureStock},
		{"wall", (*bench).measureWall},
		{"soak", (*bench).measureSoak},
	}
}

// children are the commands that a run starts this program with.
func children() map[string]func(context.Context, []string, io.Writer) error {
	return map[string]func(context.Context, []string, io.Writer) error{
		"child-crowd":   runCrowd,
		"child-fanout":  runFanout,
		"child-cameras": runCameras,
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, totalTime)
	defer cancel()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		if child := children()[args[0]]; child != nil {
			return child(ctx, args[1:], out)
		}
	}
	b := &bench{log: out}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&b.server, "server", "build/bin/camwall-server", "the program to measure")
	flags.StringVar(&b.ffmpeg, "ffmpeg", "ffmpeg", "the command line to compare with")
	flags.StringVar(&b.source, "source", ".", "the repository, whose frontend/tests drive the browser")
	flags.BoolVar(&b.brief, "brief", false, "measure for a fraction of the time, to try that it works")
	report := flags.String("report", "", "`FILE` that gets the figures when all sections were measured")
	write := flags.Bool("write", false, "write the report even if only some were")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "usage: bench [flags] [section...]\nsections: %s\n", strings.Join(names(), " "))
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	wanted, err := choose(flags.Args())
	if err != nil {
		return err
	}
	if err := b.prepare(); err != nil {
		return err
	}
	defer os.RemoveAll(b.data)
	if err := b.look(ctx); err != nil {
		return err
	}
	results, err := b.measure(ctx, wanted)
	if err != nil {
		return err
	}
	all := len(wanted) == len(sections()) && !b.brief
	if *report == "" || !all && !*write {
		return nil
	}
	return b.writeReport(ctx, *report, results)
}

func names() []string {
	var list []string
	for _, s := range sections() {
		list = append(list, s.name)
	}
	return list
}

// choose returns the sections with the given names, in the order of the report;
// all without names.
func choose(wanted []string) ([]section, error) {
	for _, name := range wanted {
		if !slices.Contains(names(), name) {
			return nil, fmt.Errorf("no section %q: there are %s", name, strings.Join(names(), ", "))
		}
	}
	if len(wanted) == 0 {
		return sections(), nil
	}
	return slices.DeleteFunc(sections(), func(s section) bool { return !slices.Contains(wanted, s.name) }), nil
}

func (b *bench) prepare() error {
	if _, err := os.Stat(b.server); err != nil {
		return fmt.Errorf("find the server (make build): %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if b.data, err = os.MkdirTemp("", "camwall-bench-"); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	b.self, b.config, b.begun = self, filepath.Join(b.data, "camwall.yaml"), thisMachine()
	if err := os.WriteFile(b.config, nil, 0o600); err != nil {
		return fmt.Errorf("make empty configuration: %w", err)
	}
	return nil
}

// quiet is the share of the machine's time above which others disturb the run.
const quiet = 0.1

// look notes how busy the machine is with other things, and warns.
func (b *bench) look(ctx context.Context) error {
	var seen [2]processors
	for i := range seen {
		text, err := os.ReadFile("/proc/stat")
		if err != nil {
			return fmt.Errorf("read processors' time: %w", err)
		}
		if seen[i], err = parseProcessors(string(text)); err != nil {
			return err
		}
		if i == 0 {
			if !wait.For(ctx, 2*time.Second) {
				return ctx.Err()
			}
		}
	}
	busy := seen[1].busySince(seen[0])
	b.begun.busy = fmt.Sprintf("%.0f %%", 100*busy)
	if busy > quiet {
		b.say("The machine is busy with other things (%s): expect worse figures, above all of latency and of many viewers.\n", b.begun.busy)
	}
	return nil
}

// measure runs the sections one after the other and prints each as it is done.
func (b *bench) measure(ctx context.Context, wanted []section) ([]*result, error) {
	var results []*result
	for _, s := range wanted {
		started := time.Now()
		b.say("\n== %s\n", s.name)
		r, err := s.measure(b, ctx)
		if err != nil {
			return nil, fmt.Errorf("measure %s: %w", s.name, err)
		}
		r.print(b.log)
		b.say("(%.0f s)\n", time.Since(started).Seconds())
		results = append(results, r)
	}
	return results, nil
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.log, format, args...) }

// window is how long to count where full would be right.
func (b *bench) window(full time.Duration) time.Duration {
	if b.brief {
		return max(2*time.Second, full/8)
	}
	return full
}
