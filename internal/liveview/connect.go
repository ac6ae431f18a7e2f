package liveview

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/liveview/wire"
)

// commandTime is how long a posted command may take to come.
const commandTime = 10 * time.Second

// visitor is whom a live connection belongs to, as guard.Door counts.
type visitor struct {
	addr      netip.Addr
	forwarded bool
}

func visitorOf(r *http.Request) visitor {
	addrPort, _ := netip.ParseAddrPort(r.RemoteAddr)
	return visitor{addrPort.Addr().Unmap().WithZone(""), guard.IsForwarded(r.Header)}
}

// socket serves GET /ws/live.
func (h *Handler) socket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		h.refuse(w, fault.New(fault.BadRequest, "here is only a WebSocket", "open ws:// with this address, or GET /stream/live"))
		return
	}
	ctx, leave, err := h.enter(r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	defer leave()
	taken := &taken{ResponseWriter: w}
	ws, err := websocket.Accept(taken, r, &websocket.AcceptOptions{
		// Else the library's own check, which knows one origin only.
		InsecureSkipVerify: guard.Checked(r.Context()),
		CompressionMode:    websocket.CompressionDisabled, // pictures don't shrink
	})
	if err != nil {
		return // Accept has answered
	}
	defer ws.CloseNow() //nolint:errcheck // it is gone either way
	if !h.takeOver() {
		return
	}
	defer h.hijacked.Done()
	tune(taken.conn, h.cfg.SendBuffer, h.cfg.VanishTimeout)
	ws.SetReadLimit(wire.MaxCommands)
	c, ctx := newConnection(ctx, &h.cfg, socket{newLine(taken.conn, h.cfg.WriteTimeout), ws}, h.clock)
	var reading sync.WaitGroup
	reading.Go(func() { c.end(c.read(ws)) })
	status := websocket.StatusGoingAway
	if code := fault.CodeOf(h.host(ctx, c, r)); code == fault.BadRequest || code == fault.TooMany {
		status = websocket.StatusPolicyViolation
	}
	_ = ws.Close(status, "") // the line's deadline bounds it
	reading.Wait()
}

// taken remembers the connection that a WebSocket takes over.
type taken struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack implements http.Hijacker.
func (t *taken) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(t.ResponseWriter).Hijack()
	t.conn = conn
	return conn, buffered, err
}

// read takes the client's messages until there are no more.
func (c *connection) read(ws *websocket.Conn) error {
	<-c.begun // nothing is answered before
	for {
		// Not with ctx: its end would close the connection before the last words.
		kind, data, err := ws.Read(context.Background())
		if err != nil {
			return fmt.Errorf("read commands: %w", err)
		}
		if kind != websocket.MessageText {
			c.end(fault.New(fault.BadRequest, "commands are text messages", ""))
			return nil
		}
		if err := c.take(data); err != nil {
			return err
		}
	}
}

// stream serves GET /stream/live.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	ctx, leave, err := h.enter(r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	defer leave()
	out, end, err := h.openBody(w, r)
	if err != nil {
		return
	}
	defer end()
	c, ctx := newConnection(ctx, &h.cfg, out, h.clock)
	c.id = rand.Text()
	_ = h.host(ctx, c, r)
}

// openBody begins an endless answer: on the bare connection where there is one,
// else through net/http or the window.
func (h *Handler) openBody(w http.ResponseWriter, r *http.Request) (out sender, end func(), err error) {
	control := http.NewResponseController(w)
	if r.ProtoMajor == 1 && r.ProtoMinor >= 1 {
		conn, _, err := control.Hijack()
		if err == nil {
			return h.openLine(conn, w.Header())
		}
		if !errors.Is(err, http.ErrNotSupported) {
			return nil, nil, err
		}
	}
	_ = control.SetReadDeadline(time.Time{}) // the server's own would end ctx
	w.WriteHeader(http.StatusOK)
	return &plain{answer{w: w, control: control, deadline: deadline{limit: h.cfg.WriteTimeout}}}, func() {}, nil
}

func (h *Handler) openLine(conn net.Conn, header http.Header) (out sender, end func(), err error) {
	if !h.takeOver() {
		return nil, nil, errors.Join(errGone, conn.Close())
	}
	tune(conn, h.cfg.SendBuffer, h.cfg.VanishTimeout)
	_ = conn.SetDeadline(time.Time{}) // the server's own
	out = body{newLine(conn, h.cfg.WriteTimeout)}
	end = func() {
		_ = conn.Close()
		h.hijacked.Done()
	}
	if err := out.send(bareHead(header), time.Now()); err != nil {
		end()
		return nil, nil, err
	}
	return out, end, nil
}

// host runs c, which can be found meanwhile.
func (h *Handler) host(ctx context.Context, c *connection, r *http.Request) (why error) {
	c.visitor, c.remote = visitorOf(r), r.RemoteAddr
	h.mu.Lock()
	h.connections[c] = struct{}{}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.connections, c)
	}()
	return c.run(ctx, h.isClosed)
}

func (h *Handler) isClosed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}

// find returns the connection of a body by its id, for whom it belongs to; else
// nil.
func (h *Handler) find(id string, who visitor) *connection {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.connections {
		if c.id != "" && c.id == id && c.visitor == who {
			return c
		}
	}
	return nil
}

// command serves POST /stream/live/{id}.
func (h *Handler) command(w http.ResponseWriter, r *http.Request) {
	c := h.find(r.PathValue("id"), visitorOf(r))
	if c == nil {
		h.refuse(w, errOver)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(commandTime))
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxCommands))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		h.refuse(w, fault.New(fault.TooLarge, "a message of commands is longer than 1 MiB", "send fewer at once"))
		return
	}
	if err != nil {
		h.refuse(w, fault.New(fault.BadRequest, "the commands did not come whole", ""))
		return
	}
	if err := c.take(data); err != nil {
		h.refuse(w, retryLater(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
