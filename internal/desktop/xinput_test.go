//go:build linux && desktop && production

package desktop

import (
	"bytes"
	"encoding/binary"
	"image"
	"os/exec"
	"strings"
	"testing"
)

// Opcodes of requests, and what XTEST sends (X11 Test Extension, version 2.2).
const (
	opConfigureWindow = 12
	opSetInputFocus   = 42
	opQueryExtension  = 98
	opFakeInput       = 2 // of XTEST's
	fakeKeyPress      = 2
	fakeKeyRelease    = 3
	anyType           = 0
)

// Codes of keys on the keyboard that Xvfb has.
const (
	keyEscape = 9
	keyZero   = 19
	keyMinus  = 20
	keyEqual  = 21
	keyQ      = 24
	keyReturn = 36
	keyCtrl   = 37
	keyA      = 38
	keyS      = 39
	keyShift  = 50
	keyAlt    = 64
	keyF1     = 67
	keyF4     = 70
	keyF10    = 76
	keyF11    = 95
	keyDown   = 116
)

// startWM runs a window manager on a display until the test ends.
func startWM(t testing.TB, display int) {
	t.Helper()
	cmd := exec.Command("openbox")
	cmd.Env = environment(t, display)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start openbox (build/packages.sh ensure test): %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // tells of the signal
	})
	x := dialX(t, display)
	eventually(t, "a window manager", func() bool { return len(x.property(x.root, "_NET_SUPPORTING_WM_CHECK")) == 4 })
}

// press presses keys together, the last one last.
func (x *xclient) press(codes ...byte) {
	x.t.Helper()
	for _, code := range codes {
		x.fake(fakeKeyPress, code)
	}
	for i := range codes {
		x.fake(fakeKeyRelease, codes[len(codes)-1-i])
	}
}

func (x *xclient) fake(kind, detail byte) {
	x.t.Helper()
	name := []byte("XTEST\x00\x00\x00")
	x.request(opQueryExtension, 0, 5, binary.LittleEndian.Uint32(name), binary.LittleEndian.Uint32(name[4:]))
	head, _, err := x.reply()
	if err != nil || head[8] == 0 {
		x.t.Fatalf("the display has no XTEST: %v", err)
	}
	x.request(head[9], opFakeInput, uint32(kind)|uint32(detail)<<8, 0, 0, 0, 0, 0, 0, 0)
}

// property returns what a window's property holds; nothing where it has none.
func (x *xclient) property(id uint32, name string) []byte {
	x.t.Helper()
	const most = 1024 // words
	x.request(opGetProperty, 0, id, x.atom(name), anyType, 0, most)
	head, body, err := x.reply()
	if err != nil {
		return nil
	}
	units, each := int(binary.LittleEndian.Uint32(head[16:])), int(head[1])/8
	return body[:min(len(body), units*each)]
}

// class returns both names of a window's WM_CLASS.
func (x *xclient) class(id uint32) string {
	x.t.Helper()
	return strings.ReplaceAll(strings.TrimRight(string(x.property(id, "WM_CLASS")), "\x00"), "\x00", " ")
}

// is tells whether the window manager holds a window in that state.
func (x *xclient) is(id uint32, state string) bool {
	x.t.Helper()
	wanted := binary.LittleEndian.AppendUint32(nil, x.atom(state))
	for atoms := x.property(id, "_NET_WM_STATE"); len(atoms) >= 4; atoms = atoms[4:] {
		if bytes.Equal(atoms[:4], wanted) {
			return true
		}
	}
	return false
}

// active tells whether a window has the keyboard, by the window manager's account.
func (x *xclient) active(id uint32) bool {
	x.t.Helper()
	got := x.property(x.root, "_NET_ACTIVE_WINDOW")
	return len(got) == 4 && binary.LittleEndian.Uint32(got) == id
}

// resize asks for another size and place of a window's frame, as a person does
// with the mouse.
func (x *xclient) resize(id uint32, to image.Rectangle) {
	x.t.Helper()
	const fields = 1 | 2 | 4 | 8 // x, y, width, height
	x.request(opConfigureWindow, 0, id, fields,
		uint32(to.Min.X), uint32(to.Min.Y), uint32(to.Dx()), uint32(to.Dy()))
}

// minimize asks the window manager to put a window away (ICCCM section 4.1.4).
func (x *xclient) minimize(id uint32) {
	x.t.Helper()
	const iconic, redirect = 3, 1 << 20
	event := []uint32{clientMessage | 32<<8, id, x.atom("WM_CHANGE_STATE"), iconic, 0, 0, 0, 0}
	x.request(opSendEvent, 0, append([]uint32{x.root, redirect | 1<<19}, event...)...)
}
