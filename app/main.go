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
	Kiosk   kioskCommand   `cmd:"" help:"Show one wall on a locked full screen."`
	Session sessionCommand `cmd:"" help:"Hold the display of this terminal: a kiosk on each of its screens."`
	Screen  screenCommand  `cmd:"" help:"Tell the screens of this terminal, and switch them on and off."`
	Demo    demoCommand    `cmd:"" help:"Run simulated cameras: real RTSP, for trying and testing."`
	everydayCommands
	Console consoleCommand `cmd:"" help:"Take commands line by line, with completion; also those of the first system."`
	Version versionCommand `cmd:"" help:"Tell the version."`
}

// everydayCommands are those that the console takes, too.
type everydayCommands struct {
	Discover       discoverCommand `cmd:"" help:"Find the cameras and recorders on the networks of this machine."`
	ONVIF          onvifCommand    `cmd:"" name:"onvif" help:"Ask a device what it is and which streams it offers."`
	Cameras        camerasCommand  `cmd:"" help:"List, add and remove cameras."`
	Devices        devicesCommand  `cmd:"" help:"List, refresh and remove devices: what the cameras are on."`
	PTZ            ptzCommand      `cmd:"" name:"ptz" help:"Turn a camera, or tell where it looks."`
	RestartStreams restartCommand  `cmd:"" help:"Connect a camera, or all, anew."`
	Import         importCommand   `cmd:"" help:"Bring the cameras of go2rtc, Frigate, MediaMTX, M3U or CSV."`
	Host           hostCommand     `cmd:"" help:"Tell this machine's names and addresses."`
	Backup         backupCommand   `cmd:"" help:"Write all that is kept to one encrypted file."`
	Restore        restoreCommand  `cmd:"" help:"Replace all that is kept by a backup."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run parses args, runs the command until it ends or a signal comes, and returns
// the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	s := streams{in: os.Stdin, out: stdout, err: stderr, progress: isTerminal(stderr), said: map[string]bool{}}
	if editor := newLineEditor(os.Stdin, stderr); editor != nil {
		s.ask = editor
	}
	return runOn(args, s)
}

// runOn is run on streams.
func runOn(args []string, s streams) int {
	if desktop.Built && (len(args) == 0 || isFlag(args[0])) {
		args = append([]string{"desktop"}, args...)
	}
	var cli commands
	command, exit := parse(&cli, args, s, `Run "camwall --help" for what there is.`, kong.Name("camwall"),
		kong.Description("A camera wall: live pictures of IP cameras on any screen."))
	if command == nil {
		return exit
	}
	ctx := context.Background()
	if selected := command.Selected(); selected == nil || selected.Name != "console" { // it takes Ctrl-C itself
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
	}
	return runCommand(ctx, command, s)
}

// parse reads a command line; without a command it returns what to exit with.
// help tells people how to go on after an error.
func parse(grammar any, args []string, s streams, help string, options ...kong.Option) (command *kong.Context, exit int) {
	exit = -1
	parser, err := kong.New(grammar, append(options,
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))...)
	if err != nil {
		panic(fmt.Sprintf("app: command line: %v", err)) // our own declaration is wrong
	}
	command, err = parser.Parse(args)
	if exit >= 0 {
		return nil, exit // help was printed
	}
	if err != nil {
		_, _ = fmt.Fprintf(s.err, "camwall: %v\n%s\n", redacted(err), help)
		return nil, 2
	}
	return command, 0
}

// runCommand runs a command and returns what to exit with.
func runCommand(ctx context.Context, command *kong.Context, s streams) int {
	command.BindTo(ctx, (*context.Context)(nil))
	err := command.Run(s)
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		report(s.err, err)
		return fault.ExitCode(err)
	}
	return 0
}

// exitCode is what a command ends with that has done what it should, and tells its
// caller more than that. Nothing is printed.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

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
