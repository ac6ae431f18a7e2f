// Package main is Camwall's composition root: one file a command, which reads
// flags, wires the packages of internal/ together and prints. Built plainly it
// is camwall-server, without a window; with the tags
// desktop,production,webkit2_41 it is camwall, which opens one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"camwall/internal/desktop"
	"camwall/internal/fault"
)

// version and commit are set by the linker.
var (
	version = "dev"
	commit  = "unknown"
)

// commands is the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve the cameras to browsers and terminals, without a window."`
	Desktop desktopCommand `cmd:"" help:"Open the window (what camwall does without a command)."`
	Demo    demoCommand    `cmd:"" help:"Run simulated cameras: real RTSP, for trying and testing."`
	Version versionCommand `cmd:"" help:"Tell the version."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// streams are where a command prints.
type streams struct{ out, err io.Writer }

// run parses args, runs the command until it ends or a signal comes, and returns
// the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	if desktop.Built && (len(args) == 0 || isFlag(args[0])) {
		args = append([]string{"desktop"}, args...)
	}
	var cli commands
	exit := -1
	parser, err := kong.New(&cli,
		kong.Name("camwall"),
		kong.Description("A camera wall: live pictures of IP cameras on any screen."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		panic(fmt.Sprintf("app: command line: %v", err)) // our own declaration is wrong
	}
	command, err := parser.Parse(args)
	if exit >= 0 {
		return exit // help was printed
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "camwall: %v\nRun \"camwall --help\" for what there is.\n", redacted(err))
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(streams{stdout, stderr}); err != nil && !errors.Is(err, context.Canceled) {
		report(stderr, err)
		return fault.ExitCode(err)
	}
	return 0
}

// isFlag tells a flag of the window's from a command and from a call for help.
func isFlag(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && arg != "-h" && arg != "--help"
}

// report prints what happened, and what can be done.
func report(w io.Writer, err error) {
	_, _ = fmt.Fprintf(w, "camwall: %s\n", redacted(err))
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Hint != "" {
		_, _ = fmt.Fprintf(w, "%s\n", sentence(f.Hint))
	}
}
