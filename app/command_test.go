package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"camwall/internal/secret"
	"camwall/internal/simcam/device"
)

// said is what a command printed, and how it ended.
type said struct {
	exit     int
	out, err string
}

// person answers questions in order, and gives up behind the last answer.
type person struct {
	answers   []string
	questions []string
}

func (p *person) ask(question string) (string, error) {
	p.questions = append(p.questions, question)
	if len(p.answers) == 0 {
		return "", context.Canceled
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer, nil
}

func (p *person) askSecret(question string) (secret.Text, error) {
	answer, err := p.ask(question)
	return secret.NewText(answer), err
}

// stage is where commands run: on data of their own.
type stage struct {
	t      *testing.T
	server string // "": the default one, which nobody is at
	who    *person
	in     string
}

// nobody returns an address at which nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// alone is a stage without a server.
func alone(t *testing.T) *stage {
	t.Helper()
	file := filepath.Join(t.TempDir(), "camwall.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"CAMWALL_CONFIG": file, "CAMWALL_DATA": t.TempDir(), "CAMWALL_CAMERA": "", "CAMWALL_SERVER": "", "CAMWALL_PASSWORD": "", "CAMWALL_PASSPHRASE": "",
	} {
		t.Setenv(name, value)
	}
	return &stage{t: t}
}

// served is a stage with a server, whose data it shares.
func served(t *testing.T, flags serverFlags) *stage {
	t.Helper()
	s := alone(t)
	flags.Config, flags.Data = os.Getenv("CAMWALL_CONFIG"), os.Getenv("CAMWALL_DATA")
	s.server = serve(t, flags).url
	return s
}

// run runs a command.
func (s *stage) run(args ...string) said {
	s.t.Helper()
	var out, errs bytes.Buffer
	on := streams{in: strings.NewReader(s.in), out: &out, err: &errs, said: map[string]bool{}, server: nobody(s.t)}
	if s.server != "" {
		on.server = s.server
	}
	if s.who != nil {
		on.ask = s.who
	}
	exit := runOn(args, on)
	return said{exit, out.String(), errs.String()}
}

// wants runs a command that has to end with an exit code and to say each of some
// texts; one that begins with ! must not be said.
func (s *stage) wants(exit int, command string, texts ...string) said {
	s.t.Helper()
	words, err := split(command)
	if err != nil {
		s.t.Fatal(err)
	}
	got := s.run(words...)
	all := got.out + got.err
	if got.exit != exit {
		s.t.Errorf("%s: exit code %d, want %d: %s", command, got.exit, exit, all)
	}
	for _, text := range texts {
		if unwanted, ok := strings.CutPrefix(text, "!"); ok == strings.Contains(all, unwanted) {
			s.t.Errorf("%s said %s\nwant %q", command, all, text)
		}
	}
	return got
}

// recorder runs a recorder of three channels; the sign-in is admin, camwall-16.
func recorder(t *testing.T) *device.Recorder {
	t.Helper()
	r, err := device.NewRecorder(device.RecorderConfig{
		Channels: 3, User: "admin", Password: "camwall-16",
		Edit: func(cfg *device.Config) {
			cfg.MAC, cfg.UUID = "02:00:5e:00:00:16", "5a7a99f2-2362-5eec-98d6-a550038beae3"
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{"": "", "try again": "Try again.", "Done.": "Done.", "é": "É.", "why?": "Why?"} {
		if got := sentence(text); got != want {
			t.Errorf("%q is %q as a sentence, want %q", text, got, want)
		}
	}
	if got := counted(1, "camera") + counted(2, "camera") + counted(0, "wall"); got != "1 camera2 cameras0 walls" {
		t.Errorf("counted: %s", got)
	}
	if got := clean("a\x1b[31m\nb\u202e rtsp://u:hidden@192.0.2.1/x\x00"); strings.ContainsAny(got, "\x1b\n\u202e\x00") || strings.Contains(got, "hidden") {
		t.Errorf("clean: %q", got)
	}
}

func TestTablesAreAligned(t *testing.T) {
	var out bytes.Buffer
	table := newTable(&out, "ID", "NAME")
	table.row("a", "é")
	table.row("longer", "")
	if err := table.flush(); err != nil {
		t.Fatal(err)
	}
	if want := "ID      NAME\na       é\nlonger  -\n"; out.String() != want || table.rows != 2 {
		t.Errorf("it is %q, want %q", out.String(), want)
	}
	out.Reset()
	if err := facts(&out, "Name", "x", "Nothing at all", "", "Number", "1"); err != nil || out.String() != "Name    x\nNumber  1\n" {
		t.Errorf("facts are %q, %v", out.String(), err)
	}
	for _, c := range []struct{ got, want string }{
		{sized(0, 5), ""},
		{sized(640, 360), "640x360"},
		{short(0), ""},
		{short(12.5), "12.5"},
		{short(29.97003), "29.97"},
		{short(25), "25"},
		{clockWords(1), ""},
		{clockWords(10800), "3h0m0s ahead of ours: compensated"},
		{clockWords(-60), "1m0s behind ours: compensated"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestSplitLine(t *testing.T) {
	for line, want := range map[string][]string{
		"":                                 nil,
		"  cameras\tlist ":                 {"cameras", "list"},
		`add "a b" 'c"d' e"f`:              {"add", "a b", `c"d`, `e"f`},
		`--name="Main gate" --text='x' -v`: {"--name=Main gate", "--text=x", "-v"},
		`--name "" end`:                    {"--name", "", "end"},
		"--name=":                          {"--name="},
		`rtsp://u:p"w@h/x?a="b"`:           {`rtsp://u:p"w@h/x?a="b"`},
	} {
		got, err := split(line)
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
	if _, err := split(`a "b c`); err == nil {
		t.Error("a quote that is not closed is taken")
	}
}

func TestNobodyWritesToAClosedOutput(t *testing.T) {
	s := streams{out: closed{}, err: closed{}}
	if err := (&hostCommand{}).Run(t.Context(), s); !errors.Is(err, os.ErrClosed) {
		t.Errorf("host: %v", err)
	}
	if err := (versionCommand{}).Run(s); !errors.Is(err, os.ErrClosed) {
		t.Errorf("version: %v", err)
	}
}

// closed takes nothing.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, os.ErrClosed }
