//go:build linux && desktop && production

package desktop

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The screens of the terminal in these tests.
const (
	leftScreen  = "HEADLESS-1"
	rightScreen = "HEADLESS-2"
)

// back is how soon a wall has to be back on an output that is.
const back = 5 * time.Second

// twoScreens is a terminal in which all runs: cameras, server, session, and a
// kiosk on each of two screens, with two cameras of six on both.
type twoScreens struct {
	*terminal
	cameras, server, session *program
	rtsp                     int // port
	url                      string
	config                   string
	opened                   time.Duration // from the session's start to moving pictures: what this machine can do now
}

func startTwoScreens(t *testing.T) *twoScreens {
	t.Helper()
	two := &twoScreens{terminal: newTerminal(t)}
	var cameras string
	two.cameras, two.rtsp, cameras = two.terminal.cameras("127.0.0.1:0", 6)
	two.config = two.write("camwall.yaml", "cameras:\n"+cameras+`
walls:
  - {name: left, preset: "4", cameras: [wall1, wall2, wall3, wall4]}
  - {name: right, preset: "4", cameras: [wall3, wall4, wall5, wall6]}
kiosk:
  server: unix:`+two.path("run/camwall.sock")+`
  pin: "2468"
screens:
  - {output: `+leftScreen+`, wall: left}
  - {output: `+rightScreen+`, wall: right}
`)
	two.server, two.url = two.serve(two.config)
	start := time.Now()
	two.session = two.terminal.session(two.config, 2)
	two.moves(leftScreen, 2)
	two.moves(rightScreen, 2)
	two.opened = time.Since(start)
	return two
}

// same reports a kiosk or a page that is another one than before.
func (two *twoScreens) same(what string, before map[string]int) {
	two.t.Helper()
	if now := two.kiosks(two.session); !maps.Equal(now, before) {
		two.t.Errorf("%s: the kiosks are %v, were %v", what, now, before)
	}
}

// pages returns the page's process of each kiosk.
func (two *twoScreens) pages() []int {
	two.t.Helper()
	var pids []int
	for pid, args := range descendants(two.t, two.session.cmd.Process.Pid) {
		if strings.HasSuffix(args[0], "WebKitWebProcess") {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

// TestTwoScreens is a terminal with two walls: one pull a stream, an output that
// goes and comes, cameras that go for long, a page and a server that are killed.
func TestTwoScreens(t *testing.T) {
	two := startTwoScreens(t)
	kiosks, pages := two.kiosks(two.session), two.pages()
	if len(kiosks) != 2 || len(pages) != 2 {
		t.Fatalf("kiosks %v, pages %v", kiosks, pages)
	}
	if pulls := established(t, two.rtsp); pulls != 6 {
		t.Errorf("%d connections to the cameras for six streams", pulls)
	}
	want := map[string]string{"camwall-kiosk-" + leftScreen: leftScreen, "camwall-kiosk-" + rightScreen: rightScreen}
	if got := two.windows(); !maps.Equal(got, want) {
		t.Errorf("full screen are %v, want %v", got, want)
	}

	for _, off := range []int{0, 15, 0} { // longer than a page may paint nothing, once
		two.message("output", rightScreen, "disable")
		if two.active(rightScreen) {
			t.Fatal("an output that is disabled is on")
		}
		two.moves(leftScreen, 2)
		<-time.After(time.Duration(off) * time.Second)
		two.message("output", rightScreen, "enable")
		two.backWithin(t, "an output that was off", rightScreen)
	}
	two.same("after an output was off", kiosks)
	if got := two.windows(); !maps.Equal(got, want) {
		t.Errorf("after an output was off full screen are %v, want %v", got, want)
	}
	if now := two.pages(); !slices.Equal(now, pages) {
		t.Errorf("after an output was off the pages are %v, were %v", now, pages)
	}

	two.camerasGone(t, kiosks, pages)

	for _, page := range two.pages() {
		if err := syscall.Kill(page, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	two.backWithin(t, "a page that was killed", leftScreen)
	two.backWithin(t, "a page that was killed", rightScreen)
	two.same("after a page was killed", kiosks)

	two.serverGone(t, kiosks)
	two.session.terminate()
	if code := two.session.exit(); code != 0 {
		t.Errorf("the session ended with %d", code)
	}
	eventually(t, "the end of all that the session has started", func() bool {
		return len(descendants(t, two.session.cmd.Process.Pid)) == 0 && !two.answers()
	})
}

// answers reports whether sway is there.
func (two *twoScreens) answers() bool {
	_, err := os.Stat(two.sway)
	return err == nil
}

func (two *twoScreens) backWithin(t *testing.T, what, output string) {
	t.Helper()
	begun := time.Now()
	two.moves(output, 2)
	took := time.Since(begun)
	t.Logf("%s: %s shows its wall after %v", what, output, took.Round(10*time.Millisecond))
	if took > max(back, two.opened) {
		t.Errorf("%s: %s shows its wall after %v", what, output, took)
	}
}

// stands waits until nothing moves on either screen.
func (two *twoScreens) stands() {
	two.t.Helper()
	var seen []int
	eventually(two.t, "walls that stand still", func() bool {
		before := seen
		seen = append(two.marks(leftScreen, 2), two.marks(rightScreen, 2)...)
		return slices.Equal(seen, before)
	})
}

// camerasGone takes all cameras away for a while (CAMWALL_CAMERAS_GONE_SECONDS, 15):
// nothing is started anew for that, and nothing looks live.
func (two *twoScreens) camerasGone(t *testing.T, kiosks map[string]int, pages []int) {
	t.Helper()
	seconds, err := strconv.Atoi(cmp.Or(os.Getenv("CAMWALL_CAMERAS_GONE_SECONDS"), "15"))
	if err != nil {
		t.Fatal(err)
	}
	two.cameras.terminate()
	two.cameras.exit()
	two.stands()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for range seconds {
		<-look.C
		two.same("without cameras", kiosks)
		if now := two.pages(); !slices.Equal(now, pages) {
			t.Fatalf("without cameras the pages are %v, were %v", now, pages)
		}
	}
	two.cameras, _, _ = two.terminal.cameras(fmt.Sprintf("127.0.0.1:%d", two.rtsp), 6)
	two.moves(leftScreen, 2)
	two.moves(rightScreen, 2)
	two.same("with the cameras again", kiosks)
}

// serverGone kills the server and starts it again: the same kiosks show their walls.
func (two *twoScreens) serverGone(t *testing.T, kiosks map[string]int) {
	t.Helper()
	if err := two.server.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	two.server.exit()
	two.stands()
	two.server, two.url = two.serve(two.config)
	two.moves(leftScreen, 2)
	two.moves(rightScreen, 2)
	two.same("with a server again", kiosks)
}

// TestPowerCuts ends everything at once, again and again, while walls are being
// written: what was acknowledged is there afterwards, and so are the pictures.
func TestPowerCuts(t *testing.T) {
	two := startTwoScreens(t)
	kept := make(map[string]bool)
	for cut := range 20 {
		names := make(chan string)
		go func() {
			defer close(names)
			for i := 0; ; i++ {
				name := fmt.Sprintf("cut%d-%d", cut, i)
				if two.putWall(name) != nil {
					return
				}
				names <- name
			}
		}()
		var written []string
		for name := range names {
			if written = append(written, name); len(written) == 20+cut {
				two.killAll() // beside the next ones
			}
		}
		if len(written) < 20+cut {
			t.Fatalf("round %d: %d walls were written", cut, len(written))
		}
		for _, name := range written {
			kept[name] = true
		}
		two.server, two.url = two.serve(two.config)
		if missing := two.missing(t, kept); len(missing) > 0 {
			t.Fatalf("round %d: lost %q", cut, missing)
		}
		two.session = two.terminal.session(two.config, 2)
	}
	two.moves(leftScreen, 2)
	two.moves(rightScreen, 2)
}

// killAll is the power cut: nobody hears of it.
func (two *twoScreens) killAll() {
	two.t.Helper()
	all := []int{two.server.cmd.Process.Pid, two.session.cmd.Process.Pid}
	for pid := range descendants(two.t, two.session.cmd.Process.Pid) {
		all = append(all, pid)
	}
	for _, pid := range all {
		_ = syscall.Kill(pid, syscall.SIGKILL) // some end with their parents
	}
	two.server.exit()
	two.session.exit()
	eventually(two.t, "an end of all processes", func() bool {
		return !slices.ContainsFunc(all, func(pid int) bool {
			_, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			return err == nil
		})
	})
}

// putWall writes a wall; an error is no acknowledgement.
func (two *twoScreens) putWall(name string) error {
	body := `{"columns": 1, "rows": 1, "pages": [{"tiles": [{"column": 0, "row": 0, "width": 1, "height": 1, "cameras": ["wall1"]}]}]}`
	request, err := http.NewRequest(http.MethodPut, two.url+"/api/v1/walls/"+name, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		text, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("PUT %s: %s: %s", name, answer.Status, text)
	}
	return nil
}

// missing returns which of the walls the server has not.
func (two *twoScreens) missing(t *testing.T, kept map[string]bool) []string {
	t.Helper()
	answer, err := http.Get(two.url + "/api/v1/walls")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var list struct {
		Walls []struct{ Name string } `json:"walls"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, w := range list.Walls {
		found[w.Name] = true
	}
	var missing []string
	for name := range kept {
		if !found[name] {
			missing = append(missing, name)
		}
	}
	return missing
}

// established counts the connections of this machine's to a port of loopback.
func established(t testing.TB, port int) (n int) {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		// proc(5): local address, remote address, state; 01 is established.
		if fields := strings.Fields(line); len(fields) > 3 && fields[3] == "01" && strings.HasSuffix(fields[2], fmt.Sprintf(":%04X", port)) {
			n++
		}
	}
	return n
}
