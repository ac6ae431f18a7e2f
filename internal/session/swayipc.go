package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Messages of sway's socket (sway-ipc(7)).
const (
	ipcMagic = "i3-ipc"

	ipcCommand   = 0
	ipcSubscribe = 2
	ipcOutputs   = 3
	ipcTree      = 4
	ipcInputs    = 100

	// ipcEvent is set in the type of what comes unasked.
	ipcEvent = 1 << 31

	// ipcMaxBytes bounds an answer: a tree of some windows has a few KiB.
	ipcMaxBytes = 8 << 20
)

// ipcLimit is how long sway may take to answer.
const ipcLimit = 5 * time.Second

// swayIPC speaks with sway at its socket. Each question is a connection of its
// own, so that nothing is left over when sway is slow.
type swayIPC struct{ path string }

// ask sends one message and reads its answer into to.
func (s swayIPC) ask(ctx context.Context, kind uint32, payload string, to any) error {
	ctx, cancel := context.WithTimeout(ctx, ipcLimit)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", s.path)
	if err != nil {
		return fmt.Errorf("reach sway: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	got, answer, err := exchange(conn, kind, payload)
	if err != nil {
		return fmt.Errorf("ask sway: %w", errors.Join(ctx.Err(), err))
	}
	if got != kind {
		return fmt.Errorf("ask sway: an answer of type %d to a question of type %d", got, kind)
	}
	if err := json.Unmarshal(answer, to); err != nil {
		return fmt.Errorf("read sway's answer: %w", err)
	}
	return nil
}

func exchange(conn io.ReadWriter, kind uint32, payload string) (got uint32, answer []byte, err error) {
	if _, err := conn.Write(ipcMessage(kind, payload)); err != nil {
		return 0, nil, err
	}
	return readIPC(conn)
}

// errRefused says that sway has answered, and does not do what it was told.
var errRefused = errors.New("sway refuses")

// command runs commands, one after the other. An error that is errRefused names the
// first that sway refuses; those behind it are tried all the same. Any other says
// that sway does not answer.
func (s swayIPC) command(ctx context.Context, commands ...string) error {
	var first error
	for _, c := range commands {
		var answers []struct {
			Success bool   `json:"success"`
			Error   string `json:"error"`
		}
		if err := s.ask(ctx, ipcCommand, c, &answers); err != nil {
			return err
		}
		for _, a := range answers {
			if !a.Success && first == nil {
				first = fmt.Errorf("%w %q: %s", errRefused, c, a.Error)
			}
		}
	}
	return first
}

// subscribe calls each event until the connection or ctx ends.
func (s swayIPC) subscribe(ctx context.Context, event func(), events ...string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", s.path)
	if err != nil {
		return fmt.Errorf("reach sway: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	_, answer, err := exchange(conn, ipcSubscribe, `["`+strings.Join(events, `","`)+`"]`)
	if err != nil {
		return fmt.Errorf("subscribe to sway: %w", err)
	}
	var accepted struct{ Success bool }
	if err := json.Unmarshal(answer, &accepted); err != nil || !accepted.Success {
		return errNoSuchEvent
	}
	for {
		kind, _, err := readIPC(conn)
		if err != nil {
			return fmt.Errorf("read sway's events: %w", err)
		}
		if kind&ipcEvent != 0 {
			event()
		}
	}
}

// errNoSuchEvent says that sway does not know an event; those of outputs came
// with 1.9.
var errNoSuchEvent = errors.New("sway knows no such event")

func ipcMessage(kind uint32, payload string) []byte {
	m := make([]byte, 0, len(ipcMagic)+8+len(payload))
	m = append(m, ipcMagic...)
	m = binary.NativeEndian.AppendUint32(m, uint32(len(payload)))
	m = binary.NativeEndian.AppendUint32(m, kind)
	return append(m, payload...)
}

// readIPC reads one message.
func readIPC(r io.Reader) (kind uint32, payload []byte, err error) {
	var head [len(ipcMagic) + 8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	if string(head[:len(ipcMagic)]) != ipcMagic {
		return 0, nil, errors.New("this is not sway's protocol")
	}
	size := binary.NativeEndian.Uint32(head[len(ipcMagic):])
	kind = binary.NativeEndian.Uint32(head[len(ipcMagic)+4:])
	if size > ipcMaxBytes {
		return 0, nil, fmt.Errorf("a message of %d bytes", size)
	}
	var b bytes.Buffer // grows with what comes, not with what is announced
	if _, err := io.CopyN(&b, r, int64(size)); err != nil {
		return 0, nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	return kind, b.Bytes(), nil
}
