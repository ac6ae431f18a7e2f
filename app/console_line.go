package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"camwall/internal/camera"
	"camwall/internal/secret"
)

// maxHistory is how many lines are remembered.
const maxHistory = 500

// history is the lines that were typed, without passwords; it ends with the
// console.
type history struct{ lines []string }

// Add keeps a line.
func (h *history) Add(line string) {
	line = withoutPasswords(line)
	if line == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	if len(h.lines) > maxHistory {
		h.lines = slices.Delete(h.lines, 0, 1)
	}
}

// Len returns how many there are.
func (h *history) Len() int { return len(h.lines) }

// At returns a line; 0 is the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// withoutPasswords returns a line as it may be kept: it asks for the password the
// next time.
func withoutPasswords(line string) string {
	words, err := split(line)
	if err != nil {
		return "" // it did nothing, and who knows where a password ends in it
	}
	var kept []string
	changed := false
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "--password":
			i++ // and what is behind it
			changed = true
			continue
		case strings.HasPrefix(word, "--password="):
			changed = true
			continue
		case strings.Contains(word, "@"):
			word = withoutSignIn(word)
			changed = changed || word != words[i]
		}
		kept = append(kept, word)
	}
	if len(kept) > 4 && strings.EqualFold(kept[0], "cctv") && strings.EqualFold(kept[1], "get") {
		kept, changed = kept[:4], true
	}
	if !changed {
		return strings.TrimSpace(line)
	}
	for i, word := range kept {
		if strings.ContainsAny(word, " \t") {
			kept[i] = `"` + word + `"`
		}
	}
	return strings.TrimSpace(strings.Join(kept, " "))
}

// withoutSignIn returns an address without what is before its host.
func withoutSignIn(word string) string {
	if strings.Contains(word, "://") {
		address, _, _, _ := secret.SplitURL(word)
		return address
	}
	_, host, cred, err := camera.ParseONVIF(word)
	switch {
	case err != nil:
		return secret.Mask
	case cred.IsZero():
		return word
	}
	return host
}

// knownNames are the ids that can be completed, as they were not long ago.
type knownNames struct {
	cameras, devices []string
	at               time.Time
}

const (
	// namesFor is how long ids are not asked for again.
	namesFor = 10 * time.Second

	// namesTime bounds how long a person waits for them.
	namesTime = 2 * time.Second
)

// idsOf returns the ids of cameras or devices; none when they can't be had.
func (c *console) idsOf(ctx context.Context, devices bool) []string {
	if time.Since(c.names.at) > namesFor {
		ctx, cancel := context.WithTimeout(ctx, namesTime)
		defer cancel()
		c.names = knownNames{at: time.Now()}
		quiet := streams{out: c.s.out, err: io.Discard, server: c.s.server}
		_ = c.flags.with(ctx, quiet, func(b *backend) error { // without names nothing is completed
			cameras, err := b.Cameras(ctx, "")
			if err != nil {
				return err
			}
			for i := range cameras {
				c.names.cameras = append(c.names.cameras, cameras[i].ID)
			}
			all, err := b.Devices(ctx)
			for i := range all {
				c.names.devices = append(c.names.devices, all[i].ID)
			}
			return err
		})
	}
	if devices {
		return c.names.devices
	}
	return c.names.cameras
}

// complete completes the word before the cursor at Tab.
func (c *console) complete(ctx context.Context, line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	before := line[:pos]
	begin := strings.LastIndexAny(before, " \t") + 1
	word := before[begin:]
	var fits []string
	for _, candidate := range c.candidates(ctx, strings.Fields(before[:begin]), word) {
		if strings.HasPrefix(candidate, strings.ToLower(word)) {
			fits = append(fits, candidate)
		}
	}
	switch len(fits) {
	case 0:
		return line, pos, true
	case 1:
		word = fits[0] + " "
	default:
		common := commonPrefix(fits)
		if len(common) <= len(word) {
			fmt.Fprintln(c.editor.term, strings.Join(fits, "  "))
			return line, pos, true
		}
		word = common
	}
	return before[:begin] + word + strings.TrimPrefix(line[pos:], " "), begin + len(word), true
}

// candidates returns what can stand behind the words of a line.
func (c *console) candidates(ctx context.Context, words []string, word string) []string {
	if len(words) > 0 && strings.EqualFold(words[0], "cctv") {
		return c.oldCandidates(ctx, words[1:])
	}
	node, arguments := everydayModel(), 0
	for _, w := range words {
		child := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == strings.ToLower(w) })
		switch {
		case child >= 0:
			node = node.Children[child]
		case !strings.HasPrefix(w, "-"):
			arguments++
		}
	}
	var all []string
	if strings.HasPrefix(word, "-") {
		for _, flag := range node.Flags {
			if !flag.Hidden {
				all = append(all, "--"+flag.Name)
			}
		}
		return append(all, "--help")
	}
	for _, child := range node.Children {
		all = append(all, child.Name)
	}
	if len(words) == 0 {
		all = append(all, "cctv", "exit", "help")
	}
	if len(node.Positional) > arguments && node.Positional[arguments].Name == "id" {
		all = append(all, c.idsOf(ctx, len(words) > 0 && strings.EqualFold(words[0], "devices"))...)
	}
	if node.Name == "ptz" && arguments == 1 {
		all = append(all, "left", "right", "up", "down", "in", "out", "stop", "home", "goto", "presets", "save", "status")
	}
	return all
}

// everydayModel returns the grammar of the console.
func everydayModel() *kong.Node {
	parser, err := kong.New(&everydayWords{}, kong.Name(""))
	if err != nil {
		panic(fmt.Sprintf("app: words of the console: %v", err)) // our own declaration is wrong
	}
	return parser.Model.Node
}

// oldCandidates is candidates behind cctv.
func (c *console) oldCandidates(ctx context.Context, words []string) []string {
	joined := strings.ToLower(strings.Join(words, " "))
	switch joined {
	case "":
		all := make([]string, len(oldWords))
		for i, old := range oldWords {
			all[i], _, _ = strings.Cut(old.words, " ")
		}
		return all
	case "discovery":
		return []string{"on", "off"}
	case "proxy":
		return []string{"reset"}
	case "info", "proxy reset":
		return c.idsOf(ctx, false)
	}
	return nil
}

func commonPrefix(words []string) string {
	common := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}
