package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"camwall/internal/fault"
	"camwall/internal/secret"
	"camwall/internal/unixsock"
)

// Kiosk is what holds for every locked screen of this machine.
type Kiosk struct {
	// Server is whose pictures are shown: unix:/path of a server on this machine,
	// or http(s)://host:port; empty: a server of this machine if one answers, else
	// a core of the kiosk's own.
	Server string

	// Key opens the pad for the PIN: modifiers in the order Ctrl, Alt, Shift
	// and a key behind them, with + between.
	Key string

	// PIN leads out of the kiosk; zero: nothing does.
	PIN secret.Text

	// Memory bounds the process that draws the page, in bytes.
	Memory int64
}

// Bounds of a kiosk's memory, in MiB.
const (
	minKioskMiB     = 512
	maxKioskMiB     = 16384
	defaultKioskMiB = 1024
)

// defaultKiosk returns what holds without a file.
func defaultKiosk() Kiosk { return Kiosk{Key: "Ctrl+Alt+Q", Memory: defaultKioskMiB << 20} }

// kiosk reads the section kiosk.
func (r *reader) kiosk(_ *reader, _, _ string, n *yaml.Node) bool {
	to := &r.config.Settings.Kiosk
	pin := signIn{reader: r, where: "kiosk", secretKey: "pin"}
	ok := r.fields(n, "kiosk", pin.with(fields{
		"server": func(r *reader, where, key string, n *yaml.Node) bool {
			if strings.Contains(n.Value, "@") { // a password may be in it
				r.wrong(n, "write it without user and password: unix:/path or http://host:port", "kiosk: server has a sign-in in it")
				return false
			}
			return value(&to.Server, must(ParseKioskServer))(r, where, key, n)
		},
		"key": value(&to.Key, must(ParseKioskKey)),
		"memory": func(r *reader, where, key string, n *yaml.Node) bool {
			var mib int
			ok := value(&mib, whole(minKioskMiB, maxKioskMiB))(r, where, key, n)
			if ok {
				to.Memory = int64(mib) << 20
			}
			return ok
		},
	}))
	before := r.count()
	text := pin.read().Password
	if text.IsZero() || r.count() > before {
		return ok
	}
	if !isPIN(text.Reveal()) {
		at := pin.secretAt
		if at == nil {
			at = pin.fileAt
		}
		r.wrong(at, pinHint, "kiosk: the PIN is not usable")
		return false
	}
	to.PIN = text
	return ok
}

const pinHint = "a PIN has 4 to 12 digits, in quotes: \"2468\""

// isPIN tells 4 to 12 digits.
func isPIN(s string) bool {
	return len(s) >= 4 && len(s) <= 12 && strings.Trim(s, "0123456789") == ""
}

// ParseKioskMemory takes MiB and returns bytes, as Kiosk.Memory has them. The
// error is a fault.Config.
func ParseKioskMemory(mib int) (int64, error) {
	if mib < minKioskMiB || mib > maxKioskMiB {
		return 0, fault.Errorf(fault.Config, "memory is %d, must be %d to %d", mib, minKioskMiB, maxKioskMiB).WithHint("it is in MiB")
	}
	return int64(mib) << 20, nil
}

// ReadPIN reads a file with a PIN in it and nothing else. The error is a
// fault.Config that does not tell it.
func ReadPIN(path string) (secret.Text, error) {
	r := newReader("")
	in := signIn{reader: r, file: path, fileAt: &yaml.Node{}}
	abs, err := filepath.Abs(path)
	if err == nil {
		in.file = abs
	}
	text, err := in.readFile()
	if err != nil {
		return secret.Text{}, fault.Errorf(fault.Config, "read PIN from %s: %w", path, err).WithHint("name a file that holds the PIN and nothing else")
	}
	if !isPIN(text) {
		return secret.Text{}, fault.Errorf(fault.Config, "%s holds no PIN", path).WithHint(pinHint)
	}
	return secret.NewText(text), nil
}

// modifiers are those of a key, in the order in which they are written.
var modifiers = []string{"Ctrl", "Alt", "Shift"}

// modifierNames are what people write for them.
var modifierNames = map[string]string{
	"ctrl": "Ctrl", "control": "Ctrl", "strg": "Ctrl", "alt": "Alt", "option": "Alt", "shift": "Shift",
}

// keyNames are keys that are no letter, digit or function key.
var keyNames = map[string]string{
	"escape": "Escape", "esc": "Escape", "home": "Home", "end": "End", "insert": "Insert", "pause": "Pause", "backspace": "Backspace", "delete": "Delete",
}

// ParseKioskKey reads a key with its modifiers, such as Ctrl+Alt+Q, in any order
// and case, and returns it as Kiosk.Key has it. The error is a fault.Config.
func ParseKioskKey(s string) (string, error) {
	bad := fault.Errorf(fault.Config, "key is %.40q, must be Ctrl or Alt, and a letter, digit or function key, such as Ctrl+Alt+Q", s)
	parts := strings.Split(s, "+")
	held := map[string]bool{}
	for _, part := range parts[:len(parts)-1] {
		name := modifierNames[strings.ToLower(strings.TrimSpace(part))]
		if name == "" || held[name] {
			return "", bad
		}
		held[name] = true
	}
	last := strings.TrimSpace(parts[len(parts)-1])
	key, ok := keyNames[strings.ToLower(last)]
	if !ok {
		key, ok = strings.ToUpper(last), isPlainKey(strings.ToUpper(last))
	}
	// A key that is typed by chance must not open it.
	if !ok || !held["Ctrl"] && !held["Alt"] {
		return "", bad
	}
	all := slices.DeleteFunc(slices.Clone(modifiers), func(name string) bool { return !held[name] })
	return strings.Join(append(all, key), "+"), nil
}

// isPlainKey tells A to Z, 0 to 9 and F1 to F12.
func isPlainKey(s string) bool {
	if len(s) == 1 {
		return s[0] >= 'A' && s[0] <= 'Z' || s[0] >= '0' && s[0] <= '9'
	}
	for n := 1; n <= 12; n++ {
		if s == fmt.Sprintf("F%d", n) {
			return true
		}
	}
	return false
}

// ParseKioskServer reads unix:/path or http(s)://host:port, and "" for none. The
// error is a fault.Config.
func ParseKioskServer(s string) (string, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok && filepath.IsAbs(path) && len(path) <= unixsock.MaxPath {
		return "unix:" + filepath.Clean(path), nil
	}
	u, err := url.Parse(s)
	if s == "" {
		return "", nil
	}
	if err != nil || u.User != nil || strings.Contains(s, "@") {
		return "", fault.New(fault.Config, "server is not usable, must be unix:/path or http://host:port without user and password", "")
	}
	if u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fault.Errorf(fault.Config, "server is %.80q, must be unix:/path of at most %d bytes, or http://host:port", s, unixsock.MaxPath)
	}
	return u.Scheme + "://" + u.Host, nil
}

// socketPath reads the path of a socket, relative to the file.
func (r *reader) socketPath(s string) (string, string) {
	path, _ := r.folder(s)
	if path == "" {
		return "", ""
	}
	if len(path) > unixsock.MaxPath || strings.HasSuffix(s, "/") {
		return "", fmt.Sprintf("must be the path of a socket, of at most %d bytes, such as /run/camwall/camwall.sock", unixsock.MaxPath)
	}
	return filepath.Clean(path), ""
}
