//go:build linux && desktop && production

package desktop

import (
	"bufio"
	"encoding/binary"
	"errors"
	"image"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"camwall/internal/framemark"
)

// swayScreen is the one screen of a sway, by its socket of Wayland.
type swayScreen struct {
	t      testing.TB
	socket string
}

// watch is what xclient.watch is, but looks at each picture that sway puts out, and
// makes it put out no other. (grim does, and takes longer than a picture lasts.)
func (s swayScreen) watch(pictures []image.Rectangle, length time.Duration) (seen [][]sighting, took time.Duration) {
	s.t.Helper()
	const few = 20 // as there
	var copiers []*wlcopier
	for _, r := range pictures {
		c := dialWayland(s.t, s.socket, framemark.Bounds(r))
		defer c.close()
		copiers = append(copiers, c)
	}
	seen = make([][]sighting, len(pictures))
	start := time.Now()
	for time.Since(start) < length {
		for _, c := range copiers {
			c.ask()
		}
		for i, c := range copiers {
			n, ok := framemark.Read(c.answer(), pictures[i])
			last := seen[i][max(0, len(seen[i])-few):]
			if ok && !slices.ContainsFunc(last, func(s sighting) bool { return s.n == n }) {
				seen[i] = append(seen[i], sighting{n, time.Now()})
			}
		}
	}
	return seen, time.Since(start)
}

// wlcopier is as much of a Wayland client as copies one area of a screen whenever the
// screen changes. sway tells each client once of a change, so each area has a client
// of its own. (The core protocol, and wlr-screencopy-unstable-v1.)
type wlcopier struct {
	t      testing.TB
	conn   *net.UnixConn
	in     *bufio.Reader
	memory *os.File // into which sway copies
	area   image.Rectangle
}

// Objects of a wlcopier.
const (
	wlDisplay  = 1 + iota
	wlRegistry // and the globals that are taken from it
	wlShm
	wlOutput
	wlScreencopy
	wlPool // of memory
	wlBuffer
	wlCopy
)

func dialWayland(t testing.TB, socket string, area image.Rectangle) *wlcopier {
	t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.CreateTemp("/dev/shm", "camwall-")
	if err != nil {
		t.Fatal(err)
	}
	c := &wlcopier{t: t, conn: conn, in: bufio.NewReader(conn), memory: memory, area: area}
	width, height := uint32(area.Dx()), uint32(area.Dy())
	size := 4 * width * height
	if err := errors.Join(conn.SetDeadline(time.Now().Add(patience)), os.Remove(memory.Name()),
		memory.Truncate(int64(size))); err != nil {
		t.Fatal(err)
	}
	c.bind()
	const createPool, createBuffer, xrgb8888 = 0, 0, 1
	c.send(wlRequest(wlShm, createPool, wlPool, size), int(memory.Fd()))
	c.send(wlRequest(wlPool, createBuffer, wlBuffer, 0, width, height, 4*width, xrgb8888))
	return c
}

func (c *wlcopier) close() {
	c.conn.Close()
	c.memory.Close()
}

// bind makes globals of the display the objects that they are here.
func (c *wlcopier) bind() {
	c.t.Helper()
	const getRegistry, bind, global, version = 1, 0, 0, 2
	c.send(wlRequest(wlDisplay, getRegistry, wlRegistry))
	found := make(map[string][]uint32)
	interfaces := []string{wlShm: "wl_shm", wlOutput: "wl_output", wlScreencopy: "zwlr_screencopy_manager_v1"}[wlShm:]
	for len(found) < len(interfaces) {
		object, event, words := c.event()
		if object != wlRegistry || event != global {
			continue
		}
		// A number, the interface as its length and a string that ends with zeros, and the
		// version. A request to bind repeats them and adds the object.
		var text []byte
		for _, word := range words[2 : len(words)-1] {
			text = binary.LittleEndian.AppendUint32(text, word)
		}
		if name := strings.TrimRight(string(text), "\x00"); slices.Contains(interfaces, name) {
			words[len(words)-1] = min(words[len(words)-1], version)
			found[name] = words
		}
	}
	for i, name := range interfaces { // ids are given in this order
		c.send(wlRequest(wlRegistry, bind, append(found[name], wlShm+uint32(i))...))
	}
}

// wlRequest is a request with words for arguments.
func wlRequest(object, opcode uint32, args ...uint32) (b []byte) {
	for _, word := range append([]uint32{object, uint32(8+4*len(args))<<16 | opcode}, args...) {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return b
}

func (c *wlcopier) send(request []byte, files ...int) {
	c.t.Helper()
	var rights []byte
	if len(files) > 0 {
		rights = syscall.UnixRights(files...)
	}
	if _, _, err := c.conn.WriteMsgUnix(request, rights, nil); err != nil {
		c.t.Fatal(err)
	}
}

// event waits for what the display tells next.
func (c *wlcopier) event() (object, opcode uint32, words []uint32) {
	c.t.Helper()
	var head [2]uint32
	err := binary.Read(c.in, binary.LittleEndian, &head)
	if err == nil {
		words = make([]uint32, head[1]>>16/4-2)
		err = binary.Read(c.in, binary.LittleEndian, words)
	}
	if err != nil {
		c.t.Fatalf("read from the display: %v", err)
	}
	if object, opcode = head[0], head[1]&0xffff; object == wlDisplay && opcode == 0 {
		c.t.Fatalf("the display refuses request %d of object %d", words[1], words[0])
	}
	return object, opcode, words
}

// ask asks for the area in the next picture that differs from the last.
func (c *wlcopier) ask() {
	c.t.Helper()
	const captureArea, copyWithDamage = 1, 2
	const withoutCursor = 0
	r := c.area
	c.send(append(
		wlRequest(wlScreencopy, captureArea, wlCopy, withoutCursor, wlOutput,
			uint32(r.Min.X), uint32(r.Min.Y), uint32(r.Dx()), uint32(r.Dy())),
		wlRequest(wlCopy, copyWithDamage, wlBuffer)...))
}

// answer waits for it. Its red and blue are exchanged, which no mark minds.
func (c *wlcopier) answer() *image.RGBA {
	c.t.Helper()
	const ready, failed, destroy = 2, 3, 1
	for {
		object, event, _ := c.event()
		if object != wlCopy || event != ready && event != failed {
			continue
		}
		if event == failed {
			c.t.Fatal("sway can't copy its screen")
		}
		c.send(wlRequest(wlCopy, destroy))
		img := image.NewRGBA(c.area)
		if _, err := c.memory.ReadAt(img.Pix, 0); err != nil {
			c.t.Fatal(err)
		}
		return img
	}
}
