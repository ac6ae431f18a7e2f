//go:build linux && desktop && production

package desktop

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"net"
	"strconv"
	"testing"
	"time"
)

// xclient is as much of an X11 client as a test needs: it reads the pixels of
// the root window, finds windows by their titles and asks them to close. It is
// used by one goroutine. (X Window System Protocol, version 11.)
type xclient struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
	root uint32
	size image.Point // of the root window
}

// Opcodes of requests, and predefined atoms.
const (
	opGetGeometry   = 14
	opQueryTree     = 15
	opInternAtom    = 16
	opGetProperty   = 20
	opSendEvent     = 25
	opTranslate     = 40
	opGetImage      = 73
	atomName        = 39 // WM_NAME
	clientMessage   = 33
	zPixmap         = 2
	allPlanes       = 0xffffffff
	maxTitleWords   = 64
	replyHeaderSize = 32
)

func dialX(t testing.TB, display int) *xclient {
	t.Helper()
	conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+strconv.Itoa(display))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	x := &xclient{t: t, conn: conn, in: bufio.NewReaderSize(conn, 1<<20)}
	x.send([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	head := x.read(8)
	if head[0] != 1 {
		t.Fatalf("display :%d refuses us", display)
	}
	body := x.read(4 * int(binary.LittleEndian.Uint16(head[6:])))
	vendor := int(binary.LittleEndian.Uint16(body[16:]))
	formats := int(body[21])
	screen := body[32+(vendor+3)/4*4+8*formats:]
	x.root = binary.LittleEndian.Uint32(screen)
	x.size = image.Pt(int(binary.LittleEndian.Uint16(screen[20:])), int(binary.LittleEndian.Uint16(screen[22:])))
	return x
}

func (x *xclient) send(b []byte) {
	x.t.Helper()
	if _, err := x.conn.Write(b); err != nil {
		x.t.Fatal(err)
	}
}

func (x *xclient) read(n int) []byte {
	x.t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(x.in, b); err != nil {
		x.t.Fatal(err)
	}
	return b
}

// request sends one request of 32-bit words behind its opcode and data byte.
func (x *xclient) request(opcode, data byte, words ...uint32) {
	x.t.Helper()
	b := []byte{opcode, data, 0, 0}
	binary.LittleEndian.PutUint16(b[2:], uint16(1+len(words)))
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	x.send(b)
}

// reply returns the answer to the last request, or what the display refused.
func (x *xclient) reply() (head, body []byte, err error) {
	x.t.Helper()
	for {
		head = x.read(replyHeaderSize)
		switch head[0] {
		case 0:
			return nil, nil, fmt.Errorf("error %d of request %d", head[1], head[10])
		case 1:
			return head, x.read(4 * int(binary.LittleEndian.Uint32(head[4:]))), nil
		}
	}
}

// grab returns what the screen shows in r.
func (x *xclient) grab(r image.Rectangle) *image.RGBA {
	x.t.Helper()
	r = r.Intersect(image.Rectangle{Max: x.size})
	x.request(opGetImage, zPixmap, x.root,
		uint32(r.Min.X)|uint32(r.Min.Y)<<16, uint32(r.Dx())|uint32(r.Dy())<<16, allPlanes)
	_, body, err := x.reply()
	if err != nil {
		x.t.Fatalf("read the screen: %v", err)
	}
	img := image.NewRGBA(r)
	for i := 0; i+4 <= len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = body[i+2], body[i+1], body[i], 0xff
	}
	return img
}

func (x *xclient) atom(name string) uint32 {
	x.t.Helper()
	padded := make([]byte, (len(name)+3)/4*4)
	copy(padded, name)
	words := []uint32{uint32(len(name))}
	for i := 0; i < len(padded); i += 4 {
		words = append(words, binary.LittleEndian.Uint32(padded[i:]))
	}
	x.request(opInternAtom, 0, words...)
	head, _, err := x.reply()
	if err != nil {
		x.t.Fatalf("name %s: %v", name, err)
	}
	return binary.LittleEndian.Uint32(head[8:])
}

// window returns the window with that title and where it is; ok is false while
// there is none.
func (x *xclient) window(title string) (id uint32, at image.Rectangle, ok bool) {
	x.t.Helper()
	for _, id := range append(x.children(x.root), x.grandchildren()...) {
		x.request(opGetProperty, 0, id, atomName, 0, 0, maxTitleWords)
		head, body, err := x.reply()
		if err != nil || string(body[:min(len(body), int(binary.LittleEndian.Uint32(head[16:])))]) != title {
			continue
		}
		if at, err = x.place(id); err == nil && at.Dx() > 1 {
			return id, at, true
		}
	}
	return 0, image.Rectangle{}, false
}

func (x *xclient) children(parent uint32) []uint32 {
	x.t.Helper()
	x.request(opQueryTree, 0, parent)
	head, body, err := x.reply()
	if err != nil {
		return nil // it closed meanwhile
	}
	list := make([]uint32, binary.LittleEndian.Uint16(head[16:]))
	for i := range list {
		list[i] = binary.LittleEndian.Uint32(body[4*i:])
	}
	return list
}

// grandchildren are what a window manager has put into its frames.
func (x *xclient) grandchildren() []uint32 {
	x.t.Helper()
	var list []uint32
	for _, child := range x.children(x.root) {
		list = append(list, x.children(child)...)
	}
	return list
}

// place returns where on the screen a window is, without its frame.
func (x *xclient) place(id uint32) (image.Rectangle, error) {
	x.t.Helper()
	x.request(opGetGeometry, 0, id)
	head, _, err := x.reply()
	if err != nil {
		return image.Rectangle{}, err
	}
	size := image.Pt(int(binary.LittleEndian.Uint16(head[16:])), int(binary.LittleEndian.Uint16(head[18:])))
	x.request(opTranslate, 0, id, x.root, 0)
	if head, _, err = x.reply(); err != nil {
		return image.Rectangle{}, err
	}
	at := image.Pt(int(int16(binary.LittleEndian.Uint16(head[12:]))), int(int16(binary.LittleEndian.Uint16(head[14:]))))
	return image.Rectangle{Min: at, Max: at.Add(size)}, nil
}

// askToClose does what the close button of a window's frame does (ICCCM section
// 4.2.8.1, WM_DELETE_WINDOW).
func (x *xclient) askToClose(id uint32) {
	x.t.Helper()
	protocols, deleteWindow := x.atom("WM_PROTOCOLS"), x.atom("WM_DELETE_WINDOW")
	event := []uint32{clientMessage | 32<<8, id, protocols, deleteWindow, 0, 0, 0, 0}
	x.request(opSendEvent, 0, append([]uint32{id, 0}, event...)...)
}
