package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"camwall/internal/fault"
)

type consoleCommand struct {
	askingFlags
	Interface []string `help:"Network interface of cctv search; else every one that does multicast (repeatable)." placeholder:"NAME"`
	Range     []string `help:"Network or address that cctv search asks one by one (repeatable)." placeholder:"CIDR"`
}

const (
	prompt = "camwall> "

	// maxLine bounds a line of a script.
	maxLine = 1 << 20
)

// console takes commands line by line. It belongs to one goroutine.
type console struct {
	flags  askingFlags
	s      streams
	editor *lineEditor // nil: standard input is no terminal
	names  knownNames

	interfaces []string
	ranges     []netip.Prefix
	ears       *ears // nil while it does not listen for devices
}

// Run takes commands until exit, Ctrl-D or the end of the input. Errors are told
// and do not end it.
func (c *consoleCommand) Run(ctx context.Context, s streams) error {
	if s.said == nil {
		s.said = map[string]bool{}
	}
	s.said[seenByOthers] = true // what is typed here is in nobody's list of processes
	ranges, err := parseRanges(c.Range)
	if err != nil {
		return err
	}
	editor, _ := s.ask.(*lineEditor)
	con := &console{flags: c.askingFlags, s: s, editor: editor, interfaces: c.Interface, ranges: ranges}
	defer con.stopListening()
	if editor == nil {
		return con.script(ctx)
	}
	return con.interactive(ctx)
}

// interactive reads lines that a person edits.
func (c *console) interactive(ctx context.Context) error {
	fmt.Fprintln(c.s.err, "Camwall's console. help tells what there is; exit or Ctrl-D leaves.")
	c.editor.term.History = &history{}
	c.editor.term.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		return c.complete(ctx, line, pos, key)
	}
	for {
		line, err := c.editor.readLine(prompt)
		switch {
		case errors.Is(err, errGivenUp):
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(c.s.err)
			return nil
		case err != nil:
			return fmt.Errorf("read command: %w", err)
		}
		if leave, _ := c.line(ctx, line); leave {
			return nil
		}
	}
}

// script reads lines until their end; Ctrl-C ends it.
func (c *console) script(ctx context.Context) error {
	if c.s.in == nil {
		return nil
	}
	lines := bufio.NewScanner(c.s.in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if leave, interrupted := c.line(ctx, lines.Text()); leave || interrupted {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return fault.Errorf(fault.BadRequest, "read commands: %w", err)
	}
	return nil
}

// line runs one line. Ctrl-C ends what runs.
func (c *console) line(ctx context.Context, line string) (leave, interrupted bool) {
	words, err := split(line)
	if err != nil {
		report(c.s.err, err)
		return false, false
	}
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return false, false
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch strings.ToLower(words[0]) {
	case "exit", "quit":
		return true, false
	case "help", "?":
		c.help()
	case "cctv":
		if err := c.cctv(ctx, words[1:]); err != nil && !errors.Is(err, context.Canceled) {
			report(c.s.err, err)
		}
	default:
		c.everyday(ctx, words)
	}
	return false, ctx.Err() != nil
}

// everyday runs a command of the command line, with the console's own flags where
// it has none.
func (c *console) everyday(ctx context.Context, words []string) {
	var grammar everydayWords
	command, _ := parse(&grammar, words, c.s, "help tells what there is.", kong.Name("camwall>"), kong.Resolvers(c.inherited()))
	if command != nil {
		runCommand(ctx, command, c.s)
	}
}

// everydayWords is the grammar of the console.
type everydayWords struct {
	everydayCommands
	Version versionCommand `cmd:"" help:"Tell the version."`
}

// inherited gives commands the flags that the console was begun with.
func (c *console) inherited() kong.ResolverFunc {
	given := map[string]string{"server": c.flags.Server, "config": c.flags.Config, "data": c.flags.Data}
	return func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if value := given[flag.Name]; value != "" {
			return value, nil
		}
		return nil, nil //nolint:nilnil // nil is "nothing to say"
	}
}

// split returns the words of a line. Quotes hold words together, at the beginning
// of a word and behind the = of a flag.
func split(line string) ([]string, error) {
	var words []string
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimSpace(rest) {
		begin := ""
		if strings.HasPrefix(rest, "--") {
			if eq := strings.IndexAny(rest, "= \t"); eq >= 0 && rest[eq] == '=' {
				begin, rest = rest[:eq+1], rest[eq+1:]
			}
		}
		var word string
		if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
			end := strings.IndexByte(rest[1:], rest[0])
			if end < 0 {
				return nil, fault.Errorf(fault.BadRequest, "a quote %c is not closed", rest[0])
			}
			word, rest = rest[1:end+1], rest[end+2:]
		} else if end := strings.IndexAny(rest, " \t"); end >= 0 {
			word, rest = rest[:end], rest[end:]
		} else {
			word, rest = rest, ""
		}
		words = append(words, begin+word)
	}
	return words, nil
}
