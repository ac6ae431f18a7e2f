package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table is printed in Markdown; its columns but the first hold numbers.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String returns the table in Markdown with columns of even width.
func (t *table) String() string {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var out strings.Builder
	line := func(row []string) {
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				out.WriteString("| " + cell + space + " |")
			} else {
				out.WriteString(" " + space + cell + " |")
			}
		}
		out.WriteString("\n")
	}
	line(t.head)
	for i, width := range widths {
		if i == 0 {
			out.WriteString("|" + strings.Repeat("-", width+2) + "|")
		} else {
			out.WriteString(strings.Repeat("-", width+1) + ":|")
		}
	}
	out.WriteString("\n")
	for _, row := range t.rows {
		line(row)
	}
	return out.String()
}

// result is what a section found.
type result struct {
	title string
	how   string // how it was measured, in Markdown
	table table
	aims  []aim
}

// aim is a figure that is held to a bound.
type aim struct {
	what string
	got  string
	want string
	met  bool
}

func (a aim) String() string {
	verdict := "met"
	if !a.met {
		verdict = "**missed**"
	}
	return fmt.Sprintf("- %s: %s; the aim is %s: %s", a.what, a.got, a.want, verdict)
}

func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "## %s\n\n%s\n\n%s\n", r.title, r.how, r.table.String())
	for _, a := range r.aims {
		fmt.Fprintln(w, a)
	}
	if len(r.aims) > 0 {
		fmt.Fprintln(w)
	}
}
