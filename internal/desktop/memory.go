package desktop

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The page's memory.
const (
	defaultMemory = 1 << 30
	memoryEvery   = 10 * time.Second

	// Between two renewals: a page that needs more than its limit to show its
	// wall would else be renewed for ever.
	renewalRest    = 10 * time.Minute
	maxRenewalRest = 4 * time.Hour
	urgentRest     = time.Minute // above twice the limit

	spentMargin = 512 << 20 // so much above twice the limit a page is not asked any more
)

// WebKit's processes, as /proc names them: 15 bytes of a name are kept.
const (
	webProcess     = "WebKitWebProces"
	networkProcess = "WebKitNetworkPr"
)

// renewals decides when a page that has grown too large is renewed. The first
// time it is at once.
type renewals struct {
	limit int64 // bytes
	last  time.Time
	rest  time.Duration
}

// due tells whether to renew a page of so many bytes at now, and counts it.
func (r *renewals) due(now time.Time, size int64) bool {
	if size <= r.limit {
		return false
	}
	rest := r.rest
	if size/2 > r.limit {
		rest = min(rest, urgentRest)
	}
	since := now.Sub(r.last)
	if !r.last.IsZero() && since < rest {
		return false
	}
	if !r.last.IsZero() && since < maxRenewalRest {
		r.rest = min(2*r.rest, maxRenewalRest)
	} else {
		r.rest = renewalRest
	}
	r.last = now
	return true
}

// spent tells whether so many bytes are more than a page may take for any time.
func (r *renewals) spent(size int64) bool { return (size-spentMargin)/2 > r.limit }

// processes is what WebKit's processes of ours take, in bytes of memory that is
// theirs now (RSS).
type processes struct {
	page, network int64
	pages         int // processes: two while one takes the place of another
}

// networkEvery is how soon a network process that died is missed. A page that it
// served may wait for ever for what was under way.
const networkEvery = 500 * time.Millisecond

// networkWatch tells when WebKit has started another network process.
type networkWatch struct {
	proc   string // /proc
	parent int
	pid    int // 0 before the first
}

// replaced looks, and is true when the process is another than at the last look.
// It is cheap as long as that lives.
func (n *networkWatch) replaced() bool {
	if n.pid != 0 {
		if text, err := os.ReadFile(n.stat(strconv.Itoa(n.pid))); err == nil {
			if p, ok := parseStat(text); ok && n.ours(p) {
				return false
			}
		}
	}
	entries, err := os.ReadDir(n.proc)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == n.pid {
			continue
		}
		text, err := os.ReadFile(n.stat(entry.Name()))
		if err != nil {
			continue // it ended meanwhile
		}
		if p, ok := parseStat(text); ok && n.ours(p) {
			before := n.pid
			n.pid = pid
			return before != 0
		}
	}
	return false
}

func (n *networkWatch) stat(pid string) string { return filepath.Join(n.proc, pid, "stat") }

func (n *networkWatch) ours(p process) bool {
	return p.parent == n.parent && p.name == networkProcess && !p.ended
}

// readProcesses looks through proc, which is /proc, for children of parent. A
// process that ends meanwhile is left out.
func readProcesses(proc string, parent int) (processes, error) {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return processes{}, fmt.Errorf("list processes: %w", err)
	}
	var all processes
	for _, entry := range entries {
		if name := entry.Name(); name[0] < '0' || name[0] > '9' {
			continue
		}
		text, err := os.ReadFile(filepath.Join(proc, entry.Name(), "stat"))
		if err != nil {
			continue
		}
		p, ok := parseStat(text)
		if !ok || p.parent != parent {
			continue
		}
		switch p.name {
		case webProcess:
			all.page += p.resident
			all.pages++
		case networkProcess:
			all.network += p.resident
		}
	}
	return all, nil
}

// process is what /proc/PID/stat says of one.
type process struct {
	name     string
	parent   int
	resident int64 // bytes
	ended    bool  // and nobody has taken note yet
}

// The fields behind the name (proc(5)), counted from the state.
const (
	fieldParent   = 1
	fieldResident = 21 // in pages
)

// parseStat reads /proc/PID/stat. The name may hold anything, brackets and
// blanks, too: it ends at the last bracket.
func parseStat(text []byte) (process, bool) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return process{}, false
	}
	fields := strings.Fields(string(text[end+1:]))
	if len(fields) <= fieldResident {
		return process{}, false
	}
	parent, err := strconv.Atoi(fields[fieldParent])
	if err != nil {
		return process{}, false
	}
	pages, err := strconv.ParseInt(fields[fieldResident], 10, 64)
	size := int64(os.Getpagesize())
	if err != nil || pages < 0 || pages > (1<<62)/size {
		return process{}, false
	}
	return process{
		name: string(text[open+1 : end]), parent: parent, resident: pages * size,
		ended: fields[0] == "Z" || fields[0] == "X",
	}, true
}
