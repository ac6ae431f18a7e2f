package importer

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"camwall/internal/camera"
	"camwall/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// environment is that of all tests.
func environment(name string) (string, bool) {
	value, ok := map[string]string{"FRIGATE_RTSP_PASSWORD": "pass: word\n", "SET": "p#w", "GARDEN_PASSWORD": "not this one", "FRIGATE_YARD": "pw[]"}[name]
	return value, ok
}

// render writes a result out, passwords included: those of tests are none.
func render(r *Result) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Format)
	for _, c := range r.Candidates {
		fmt.Fprintf(&b, "\n%s %q from %s\n", c.ID, c.Name, c.From)
		for _, s := range c.Streams {
			fmt.Fprintf(&b, "  %s %q", s.Name, s.URL)
			if s.Profile != "" {
				fmt.Fprintf(&b, " profile %q", s.Profile)
			}
			fmt.Fprintln(&b)
		}
		if c.ONVIF != "" {
			fmt.Fprintf(&b, "  onvif %s\n", c.ONVIF)
		}
		if !c.Credentials.IsZero() {
			fmt.Fprintf(&b, "  signs in as %q with %q\n", c.Credentials.User, c.Credentials.Password.Reveal())
		}
		if c.Disabled {
			fmt.Fprintln(&b, "  disabled")
		}
		for _, note := range c.Notes {
			fmt.Fprintf(&b, "  note: %s\n", note)
		}
	}
	fmt.Fprintln(&b)
	for _, l := range r.Left {
		fmt.Fprintf(&b, "left: %s %s\n", l.From, l.Why)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, path := range inputs {
		if filepath.Ext(path) == ".golden" {
			continue
		}
		read++
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r, err := Read(path, f, environment)
			if err != nil {
				t.Fatal(err)
			}
			checkResult(t, r)
			got := render(r)
			if tail, _, _ := strings.Cut(got, "\nleft:"); strings.Contains(got[len(tail):], "hunter2") {
				t.Error("what was left tells a password")
			}
			golden := path + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	if read < 10 {
		t.Errorf("%d files read", read)
	}
}

// checkResult checks what holds of every result.
func checkResult(t *testing.T, r *Result) {
	t.Helper()
	seen := make(map[camera.ID]bool)
	for _, c := range r.Candidates {
		if id, err := camera.ParseID(string(c.ID)); err != nil || id != c.ID || seen[c.ID] {
			t.Fatalf("id %q, %v, seen %v", c.ID, err, seen[c.ID])
		}
		seen[c.ID] = true
		if len(c.Streams) == 0 && c.ONVIF == "" || c.Name == "" || c.From == "" || len(c.Streams) > 2 {
			t.Fatalf("half a camera: %+v", c)
		}
		for i, s := range c.Streams {
			if s.Name != [...]string{"main", "sub"}[i] {
				t.Fatalf("stream %d is %q", i, s.Name)
			}
			if s.URL == "" && s.Profile != "" && c.ONVIF != "" {
				continue
			}
			if clean, _, cred, err := camera.ParseURL(s.URL); err != nil || clean != s.URL || !cred.IsZero() {
				t.Fatalf("%q became %q with %v, %v", s.URL, clean, cred, err)
			}
		}
		if c.ONVIF != "" {
			if clean, _, cred, err := camera.ParseONVIF(c.ONVIF); err != nil || clean != c.ONVIF || !cred.IsZero() {
				t.Fatalf("%q became %q with %v, %v", c.ONVIF, clean, cred, err)
			}
		}
	}
}

func read(text string) (*Result, error) { return Read("file", strings.NewReader(text), nil) }

func TestRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"nothing":         {"list.csv", "", "list.csv is empty"},
		"blanks":          {"list.csv", " \n\t\r\n", "list.csv is empty"},
		"prose":           {"letter.txt", "Dear Sir,\nthe cameras are fine.\n", "letter.txt has no list of cameras that can be read"},
		"binary":          {"clip.mp4", "\x00\x00\x00\x20ftypisom\xff\xfe\x00", "clip.mp4 has no list"},
		"other YAML":      {"compose.yml", "services:\n  web: {image: x}\n", "compose.yml has no list"},
		"broken YAML":     {"/etc/secret/go2rtc.yaml", "streams:\n  a: rtsp://u:hunter2@192.0.2.1/x\n  b: [\"hunter2\n", "go2rtc.yaml:"},
		"broken nameless": {"-", "streams:\n\ta: hunter2\n", "-:"},
		"our own":         {"camwall.yaml", "cameras:\n  - {id: a, url: rtsp://u:hunter2@192.0.2.1/x}\n", "camwall.yaml looks like a configuration of Camwall itself"},
		"no columns":      {"list.csv", "a,b,c\n1,2,3\n", "list.csv has no list"},
		"empty rows":      {"list.csv", ",,,\n", "list.csv has no list"},
	} {
		_, err := Read(c.file, strings.NewReader(c.text), nil)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.BadRequest || f.Hint == "" || !strings.HasPrefix(f.Message, c.want) || strings.Contains(f.Message+f.Hint, "hunter2") {
			t.Errorf("%s: %#v, want %q", name, err, c.want)
		}
	}
	if _, err := Read("x", iotest.ErrReader(errors.New("disk gone")), nil); fault.CodeOf(err) != fault.BadRequest {
		t.Errorf("a file that can't be read: %v", err)
	}
	large := strings.NewReader(strings.Repeat("#\n", maxFileBytes))
	if _, err := Read("x", large, nil); fault.CodeOf(err) != fault.BadRequest || !strings.Contains(err.Error(), "4 MiB") {
		t.Errorf("a large file: %v", err)
	}
	if large.Len() < maxFileBytes/2 {
		t.Error("all of a large file was read")
	}
}

// TestBounded: files made to be large once they are read are read in bounds.
func TestBounded(t *testing.T) {
	t.Parallel()
	bomb := "x0: &x0 [rtsp://192.0.2.1/a]\n"
	for i := 1; i < 30; i++ {
		bomb += fmt.Sprintf("x%d: &x%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d, ", i-1), 10), ", "))
	}
	if r, err := read(bomb + "streams: {a: *x29, b: *x0}\n"); err != nil || len(r.Candidates) != 1 || len(r.Left) != 10 {
		t.Errorf("aliases of aliases: %v, %v", r, err)
	}

	var merges strings.Builder
	merges.WriteString("big: &big {")
	for i := range 1500 {
		fmt.Fprintf(&merges, "k%d: v, ", i)
	}
	merges.WriteString("}\npaths:\n")
	for i := range 1500 {
		fmt.Fprintf(&merges, "  p%d: {<<: *big}\n", i)
	}
	if _, err := read(merges.String()); fault.CodeOf(err) != fault.BadRequest {
		t.Errorf("merges that grow: %v", err)
	}
	if r, err := read("paths: &p {<<: *p, a: {source: rtsp://192.0.2.1/a}}\n"); err != nil || len(r.Candidates) != 1 {
		t.Errorf("a mapping that merges itself: %v, %v", r, err)
	}

	var many, sources strings.Builder
	many.WriteString("streams:\n")
	for i := range maxCandidates + 10 {
		fmt.Fprintf(&many, "  c%d: rtsp://192.0.2.1/%d\n", i, i)
	}
	if r, err := read(many.String()); err != nil || len(r.Candidates) != maxCandidates || len(r.Left) != 10 {
		t.Errorf("many cameras: %v", err)
	}
	sources.WriteString("streams: {a: [" + strings.Repeat("exec:x, ", 200) + "]}\n")
	if r, err := read(sources.String()); err != nil || len(r.Left) != maxSources+1 {
		t.Errorf("many sources: %v", err)
	}
	if r, err := read("#EXTM3U\n" + strings.Repeat("x\n", maxLeft+7)); err != nil || len(r.Left) != maxLeft+1 || r.Left[maxLeft].Why != "and 7 more" {
		t.Errorf("much to leave: %v", err)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Long", 40)
	var text strings.Builder
	text.WriteString("#EXTM3U\n")
	names := []string{"Front Door", "front-door", "FRONT  DOOR!", "front-door-2", "Größe Ñandú", "Кухня", "客厅", "_-x", "---", "a/b.c", long, long, "cam\u0000\u202ex"}
	for _, name := range names {
		text.WriteString("#EXTINF:-1," + name + "\nrtsp://192.0.2.1/x\n")
	}
	r, err := read(text.String())
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, r)
	want := []camera.ID{
		"front-door", "front-door-2", "front-door-3", "front-door-2-2", "grosse-nandu", "camera", "camera-2", "x", "camera-3", "a-b-c",
		camera.ID(strings.ToLower(long)[:63]), camera.ID(strings.ToLower(long)[:61] + "-2"), "cam-x",
	}
	for i, c := range r.Candidates {
		if c.ID != want[i] {
			t.Errorf("%q has id %q, want %q", names[i], c.ID, want[i])
		}
	}
	if got := r.Candidates[12].Name; got != "camx" {
		t.Errorf("a name with control characters is %q", got)
	}
	if got := r.Candidates[5].Name; got != "Кухня" {
		t.Errorf("a name is %q", got)
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	want := "Küche"
	for name, text := range map[string]string{
		"UTF-8":    "name,url\nKüche,rtsp://192.0.2.1/x\n",
		"mark":     "\xef\xbb\xbfname,url\nKüche,rtsp://192.0.2.1/x\n",
		"Latin-1":  "name,url\nK\xfcche,rtsp://192.0.2.1/x\n",
		"UTF-16LE": "\xff\xfe" + wide("name\turl\nKüche\trtsp://192.0.2.1/x\n", false),
		"UTF-16BE": "\xfe\xff" + wide("name\turl\nKüche\trtsp://192.0.2.1/x\n", true),
		"Excel":    "sep=;\r\nname;url\r\nKüche;rtsp://192.0.2.1/x\r\n",
	} {
		r, err := read(text)
		if err != nil || len(r.Candidates) != 1 || r.Candidates[0].Name != want || r.Candidates[0].ID != "kuche" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func wide(s string, big bool) string {
	var b strings.Builder
	for _, r := range s {
		low, high := byte(r), byte(r>>8)
		if big {
			low, high = high, low
		}
		b.WriteByte(low)
		b.WriteByte(high)
	}
	return b.String()
}
