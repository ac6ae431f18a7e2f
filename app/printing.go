package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"camwall/internal/apiclient"
)

// streams are where a command reads and prints.
type streams struct {
	in       io.Reader // nil: nothing
	out, err io.Writer

	ask      asker // nil: there is no terminal, so nobody to ask
	progress bool  // err is a terminal

	// said has what is told once.
	said map[string]bool

	// server is asked where no other is named; "" is apiclient's.
	server string
}

// client returns a client of the server that is named, else of the default one.
func (s streams) client(named string) (*apiclient.Client, error) {
	return apiclient.New(apiclient.Config{Server: cmp.Or(named, s.server)})
}

// once tells something on standard error, unless it was told before.
func (s streams) once(text string) {
	if s.said[text] {
		return
	}
	if s.said != nil {
		s.said[text] = true
	}
	fmt.Fprintf(s.err, "camwall: %s\n", text)
}

// warn tells something on standard error.
func (s streams) warn(text string) { fmt.Fprintf(s.err, "camwall: %s\n", text) }

// printJSON prints a value, indented.
func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// table prints rows with aligned columns, the first of which are headings.
type table struct {
	w    *tabwriter.Writer
	rows int
}

func newTable(w io.Writer, headings ...string) *table {
	t := &table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	if len(headings) > 0 {
		t.line(headings)
	}
	return t
}

// row adds a row. Empty cells are shown as a dash.
func (t *table) row(cells ...string) {
	for i, cell := range cells {
		if cells[i] = clean(cell); strings.TrimSpace(cell) == "" {
			cells[i] = "-"
		}
	}
	t.line(cells)
	t.rows++
}

func (t *table) line(cells []string) { fmt.Fprintln(t.w, strings.Join(cells, "\t")) }

func (t *table) flush() error { return t.w.Flush() }

// facts prints names and values, one a line; those without a value are left out.
func facts(w io.Writer, pairs ...string) error {
	width := 0
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			width = max(width, utf8.RuneCountInString(pairs[i]))
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-*s  %s\n", width, pairs[i], clean(pairs[i+1])); err != nil {
			return err
		}
	}
	return nil
}

// sized is a picture's size, "" while it is unknown.
func sized(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	return strconv.Itoa(width) + "x" + strconv.Itoa(height)
}

// short is a number with at most two decimals, "" for none.
func short(f float64) string {
	if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return ""
	}
	return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
}

// yes is a word for what is so.
func yes(is bool, word string) string {
	if is {
		return word
	}
	return ""
}

// finite is a number for JSON, which has no infinity.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return math.Round(f*100) / 100
}

// words leaves out what is empty.
func words(list ...string) []string {
	return slices.DeleteFunc(list, func(w string) bool { return w == "" })
}
