//go:build linux && desktop && production

package desktop

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"camwall/internal/framemark"
	"camwall/internal/lab"
)

// nobody is whom a terminal's programs run as where the test runs as root: sway
// refuses that.
const nobody = 65534

// terminal is a Debian terminal as packages set it up, but for its screens, which
// sway keeps in memory: cameras, the server, and a session with its kiosks.
type terminal struct {
	t       testing.TB
	dir     string // of everything; its user owns it
	program string // camwall, where that user can start it
	user    *syscall.SysProcAttr
	sway    string // the socket of sway
}

// newTerminal makes a terminal in which nothing runs.
func newTerminal(t testing.TB) *terminal {
	t.Helper()
	term := &terminal{t: t, dir: scratch(t)}
	if os.Getuid() == 0 {
		term.user = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	for _, dir := range []string{term.dir, term.path("home"), term.path("run"), term.path("data")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		term.own(dir)
	}
	term.program = term.path("camwall")
	program, err := os.ReadFile(programPath(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(term.program, program, 0o755); err != nil {
		t.Fatal(err)
	}
	return term
}

func (term *terminal) path(name string) string { return filepath.Join(term.dir, name) }

func (term *terminal) own(path string) {
	term.t.Helper()
	if term.user == nil {
		return
	}
	if err := os.Chown(path, nobody, nobody); err != nil {
		term.t.Fatal(err)
	}
}

// write writes a file of the terminal's.
func (term *terminal) write(name, text string) string {
	term.t.Helper()
	path := term.path(name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		term.t.Fatal(err)
	}
	term.own(path)
	return path
}

// run starts a command of camwall's as the terminal's user.
func (term *terminal) run(more []string, args ...string) *program {
	term.t.Helper()
	cmd := exec.Command(term.program, args...)
	cmd.Dir = term.dir
	cmd.SysProcAttr = term.user
	cmd.Env = append(environment(term.t, -1),
		"HOME="+term.path("home"), "XDG_CONFIG_HOME="+term.path("home"), "XDG_CACHE_HOME="+term.path("home"),
		"XDG_DATA_HOME="+term.path("data"), "XDG_STATE_HOME="+term.path("home"), "XDG_RUNTIME_DIR="+term.path("run"),
		"CAMWALL_RUNTIME="+term.path("run"))
	cmd.Env = append(cmd.Env, more...)
	return start(term.t, cmd)
}

// cameras runs simulated cameras wall1 to wallN and returns the port of RTSP and
// a line of camwall.yaml for each.
func (term *terminal) cameras(listen string, n int) (p *program, port int, yaml string) {
	term.t.Helper()
	p = term.run(nil, "demo", "--wall", strconv.Itoa(n), "--listen", listen)
	eventually(term.t, "the addresses of the cameras", func() bool {
		return strings.Contains(p.output(), fmt.Sprintf("/wall%d/main", n))
	})
	var lines strings.Builder
	for line := range strings.Lines(p.output()) {
		address, _, _ := strings.Cut(line, " ")
		if _, path, ok := strings.Cut(address, "/wall"); ok {
			id, _, _ := strings.Cut(path, "/")
			fmt.Fprintf(&lines, "  - {id: wall%s, url: %q}\n", id, address)
			_, after, _ := strings.Cut(address, "127.0.0.1:")
			digits, _, _ := strings.Cut(after, "/")
			port, _ = strconv.Atoi(digits)
		}
	}
	return p, port, lines.String()
}

// serve starts the server and waits until it says where it is.
func (term *terminal) serve(config string) (p *program, url string) {
	term.t.Helper()
	p = term.run(nil, "serve", "--config", config, "--data", term.path("data"), "--listen", "127.0.0.1:0",
		"--socket", term.path("run/camwall.sock"))
	eventually(term.t, "the server's address", func() bool {
		_, after, ok := strings.Cut(p.errors()+p.output(), "open http://")
		host, _, whole := strings.Cut(after, "/")
		url = "http://" + host
		return ok && whole
	})
	return p, url
}

// session starts the display session with a number of outputs and waits for
// sway.
func (term *terminal) session(config string, outputs int) *program {
	term.t.Helper()
	p := term.run([]string{
		"PATH=" + term.swayWithCables() + ":" + os.Getenv("PATH"),
		"WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1", "XDG_SESSION_TYPE=wayland",
		fmt.Sprintf("WLR_HEADLESS_OUTPUTS=%d", outputs),
	}, "session", "--config", config, "--display", "sway")
	term.sway = term.path("run/sway.sock")
	eventually(term.t, "sway", func() bool {
		return exec.Command("swaymsg", "-s", term.sway, "-t", "get_version").Run() == nil
	})
	return p
}

// swayWithCables returns a folder with a sway whose headless outputs can be switched
// off, which those of Debian 12 can't by themselves.
func (term *terminal) swayWithCables() string {
	term.t.Helper()
	folder := term.path("cables")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		term.t.Fatal(err)
	}
	library := lab.OutputSwitch(term.t, folder)
	if library == "" {
		return "/usr/bin"
	}
	script := "#!/bin/sh\nLD_PRELOAD=" + library + " exec /usr/bin/sway \"$@\"\n"
	if err := os.WriteFile(filepath.Join(folder, "sway"), []byte(script), 0o755); err != nil {
		term.t.Fatal(err)
	}
	return folder
}

// active reports whether an output is on.
func (term *terminal) active(output string) bool {
	term.t.Helper()
	var all []struct {
		Name   string
		Active bool
	}
	if err := json.Unmarshal(term.message("-t", "get_outputs"), &all); err != nil {
		term.t.Fatal(err)
	}
	for _, o := range all {
		if o.Name == output {
			return o.Active
		}
	}
	return false
}

// message tells sway something and returns its answer.
func (term *terminal) message(args ...string) []byte {
	term.t.Helper()
	answer, err := exec.Command("swaymsg", append([]string{"-s", term.sway, "-r"}, args...)...).Output()
	if err != nil {
		term.t.Fatalf("swaymsg %q: %v: %s", args, err, answer)
	}
	return answer
}

// display is the Wayland display's socket.
func (term *terminal) display() string {
	term.t.Helper()
	sockets, err := filepath.Glob(term.path("run/wayland-*"))
	if err != nil {
		term.t.Fatal(err)
	}
	sockets = slices.DeleteFunc(sockets, func(s string) bool { return strings.HasSuffix(s, ".lock") })
	if len(sockets) == 0 {
		term.t.Fatal("no Wayland display")
	}
	return sockets[0]
}

// shot takes the picture of an output; ok is false while that can't be had.
func (term *terminal) shot(output string) (img *image.RGBA, ok bool) {
	term.t.Helper()
	grim := exec.Command("grim", "-t", "ppm", "-o", output, "-")
	grim.Env = append(os.Environ(), "WAYLAND_DISPLAY="+term.display(), "XDG_RUNTIME_DIR="+term.path("run"))
	ppm, err := grim.Output()
	if err != nil {
		return nil, false
	}
	img, err = readPPM(bytes.NewReader(ppm))
	if err != nil {
		term.t.Fatal(err)
	}
	return img, true
}

// readPPM reads the form that has no compression (ppm(5), P6).
func readPPM(from io.Reader) (*image.RGBA, error) {
	in := bufio.NewReader(from)
	var width, height, most int
	if _, err := fmt.Fscanf(in, "P6\n%d %d\n%d\n", &width, &height, &most); err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	row := make([]byte, 3*width)
	for y := range height {
		if _, err := io.ReadFull(in, row); err != nil {
			return nil, fmt.Errorf("read picture: %w", err)
		}
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{row[3*x], row[3*x+1], row[3*x+2], 255})
		}
	}
	return img, nil
}

// marks returns the numbers of the pictures on an output that shows side x side
// tiles, -1 where there is none.
func (term *terminal) marks(output string, side int) []int {
	term.t.Helper()
	img, ok := term.shot(output)
	var numbers []int
	for i := range side * side {
		number := -1
		if ok {
			if n, read := framemark.Read(img, tiles(img.Rect, side)[i]); read {
				number = int(n)
			}
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// moves waits until each of the tiles on an output has shown two different
// pictures from now on.
func (term *terminal) moves(output string, side int) {
	term.t.Helper()
	first := make([]int, side*side)
	for i := range first {
		first[i] = -1
	}
	moved := make([]bool, len(first))
	eventually(term.t, "moving pictures on "+output, func() bool {
		for i, n := range term.marks(output, side) {
			switch {
			case n < 0:
			case first[i] < 0:
				first[i] = n
			case n != first[i]:
				moved[i] = true
			}
		}
		return !slices.Contains(moved, false)
	})
}

// kiosks returns the processes of camwall's kiosks below a session, by output.
func (term *terminal) kiosks(session *program) map[string]int {
	term.t.Helper()
	found := make(map[string]int)
	for pid, args := range descendants(term.t, session.cmd.Process.Pid) {
		at := slices.Index(args, "--output")
		if slices.Contains(args, "kiosk") && at >= 0 && at+1 < len(args) {
			found[args[at+1]] = pid
		}
	}
	return found
}

// windows returns the outputs on which kiosks are full screen, by app id.
func (term *terminal) windows() map[string]string {
	term.t.Helper()
	var tree node
	if err := json.Unmarshal(term.message("-t", "get_tree"), &tree); err != nil {
		term.t.Fatal(err)
	}
	found := make(map[string]string)
	tree.each("", func(output string, n *node) {
		if n.AppID != "" && n.Fullscreen != 0 {
			found[n.AppID] = output
		}
	})
	return found
}

// node is a part of sway's tree (sway-ipc(7)).
type node struct {
	Name, Type string
	AppID      string `json:"app_id"`
	Fullscreen int    `json:"fullscreen_mode"`
	Nodes      []node
	Floating   []node `json:"floating_nodes"`
}

func (n *node) each(output string, do func(output string, n *node)) {
	if n.Type == "output" {
		output = n.Name
	}
	do(output, n)
	for _, list := range [][]node{n.Nodes, n.Floating} {
		for i := range list {
			list[i].each(output, do)
		}
	}
}

// programPath is the program under test.
func programPath(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(cmp.Or(os.Getenv("CAMWALL_BIN"), "../../build/bin/camwall"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("run make build: %v", err)
	}
	return path
}

// descendants returns the command lines of all processes below one.
func descendants(t testing.TB, root int) map[int][]string {
	t.Helper()
	parents := make(map[int]int)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it ended meanwhile
		}
		pid, _ := strconv.Atoi(strings.Split(stat, "/")[2])
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) > 1 {
			parents[pid], _ = strconv.Atoi(fields[1])
		}
	}
	found := make(map[int][]string)
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up != root {
				continue
			}
			if args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
				found[pid] = strings.Split(strings.TrimRight(string(args), "\x00"), "\x00")
			}
			break
		}
	}
	return found
}
