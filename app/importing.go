package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"camwall/internal/apiclient"
	"camwall/internal/fault"
	"camwall/internal/importer"
)

type importCommand struct {
	askingFlags
	File   string `arg:"" help:"go2rtc.yaml, Frigate's config.yml, mediamtx.yml, M3U or CSV."`
	Yes    bool   `help:"Add the cameras without asking."`
	DryRun bool   `help:"Only show what would be added."`
}

// maxImport is how much of a file the server takes.
const maxImport = 4_000_000

// Run shows the cameras of another system's configuration, and adds them when
// that is wanted.
func (c *importCommand) Run(ctx context.Context, s streams) error {
	content, err := readImport(c.File)
	if err != nil {
		return err
	}
	file := apiclient.Import{Name: filepath.Base(c.File), Content: content, Environment: environment(content)}
	return c.with(ctx, s, func(b *backend) error {
		shown, err := b.Import(ctx, file)
		if err != nil {
			return err
		}
		todo, err := printImport(s, &shown)
		if err != nil || todo == 0 || c.DryRun {
			return err
		}
		if !c.Yes {
			if s.ask == nil {
				return fault.New(fault.BadRequest, "nothing was added", "--yes adds them without asking, --dry-run only shows them")
			}
			sure, err := sureOf(s, "Add "+counted(todo, "camera")+"?")
			if err != nil || !sure {
				return err
			}
		}
		file.Write = true
		done, err := b.Import(ctx, file)
		if err != nil {
			return err
		}
		return tellImported(s, &done, &shown)
	})
}

func readImport(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fault.Errorf(fault.BadRequest, "open file to import: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxImport+1))
	switch {
	case err != nil:
		return "", fault.Errorf(fault.BadRequest, "read %s: %w", path, err)
	case len(content) > maxImport:
		return "", fault.Errorf(fault.BadRequest, "%s has more than %d bytes", path, maxImport).WithHint("it is no configuration of cameras")
	case !utf8.Valid(content):
		return "", fault.Errorf(fault.BadRequest, "%s is no text in UTF-8", path).WithHint("save it as UTF-8")
	}
	return string(content), nil
}

// environment returns those variables of ours that a file refers to, and no
// other.
func environment(content string) map[string]string {
	values := make(map[string]string)
	for _, name := range importer.Variables(content) {
		if value, ok := os.LookupEnv(name); ok {
			values[name] = value
		}
	}
	return values
}

// printImport shows what an import would add, and what it could not take. It
// returns how many cameras it would add.
func printImport(s streams, shown *apiclient.Imported) (todo int, err error) {
	t := newTable(s.out, "ID", "NAME", "ADDRESSES", "SIGN-IN", "FROM", "NOTE")
	for i := range shown.Cameras {
		cam := &shown.Cameras[i]
		note := " "
		if cam.Problem != nil {
			note = "not added: " + sentence(cam.Problem.Message)
		} else {
			todo++
			if len(cam.Notes) > 0 {
				note = clean(strings.Join(cam.Notes, " "))
			}
		}
		t.row(cam.ID, cam.Name, addressesIn(cam), yes(cam.SignIn, "yes"), cam.From, note)
	}
	if t.rows > 0 {
		if err := t.flush(); err != nil {
			return 0, err
		}
	}
	for _, left := range shown.Left {
		if _, err := fmt.Fprintf(s.out, "Not taken: %s: %s\n", clean(left.From), sentence(clean(left.Why))); err != nil {
			return 0, err
		}
	}
	if todo == 0 {
		_, err = fmt.Fprintln(s.out, "There is nothing to add.")
	}
	return todo, err
}

// addressesIn names the streams of a camera, main first.
func addressesIn(c *apiclient.ImportedCamera) string {
	names := slices.SortedFunc(maps.Keys(c.Streams), func(a, b string) int {
		if (a == "main") != (b == "main") {
			if a == "main" {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	var all []string
	for _, name := range names {
		if address := c.Streams[name]; address != "" {
			all = append(all, name+" "+address)
		}
	}
	if len(all) == 0 && c.ONVIF != "" {
		all = append(all, "onvif "+c.ONVIF)
	}
	return strings.Join(all, ", ")
}

// tellImported tells what an import added, and what of it is new since it was
// shown.
func tellImported(s streams, done, shown *apiclient.Imported) error {
	added, failed := 0, 0
	for i := range done.Cameras {
		cam := &done.Cameras[i]
		if cam.Added {
			added++
		} else if cam.Problem != nil && (i >= len(shown.Cameras) || shown.Cameras[i].Problem == nil) {
			failed++
			s.warn(clean(cam.ID) + " was not added: " + problemLine(&fault.Error{Message: cam.Problem.Message, Hint: cam.Problem.Hint}))
		}
	}
	_, err := fmt.Fprintf(s.out, "Added %s.\n", counted(added, "camera"))
	if err == nil && failed > 0 {
		err = fault.Errorf(fault.Storage, "%s could not be added", counted(failed, "camera"))
	}
	return err
}

// problemOf is an error with its hint in one line.
func problemOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return problemLine(f)
	}
	return redacted(err)
}
