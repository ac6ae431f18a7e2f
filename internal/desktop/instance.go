package desktop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"camwall/internal/fault"
	"camwall/internal/problem"
	"camwall/internal/unixsock"
)

// How long a first instance may take.
const (
	raiseTimeout  = 2 * time.Second        // to answer, before it counts as hung
	claimTimeout  = 10 * time.Second       // to end, when it is about to
	claimRest     = 100 * time.Millisecond // between tries
	maxRaiseBytes = 4 << 10
)

// errLater is why a first instance can't be raised now, but may be soon, or may
// be gone.
var errLater = errors.New("not now")

// Instance is this process as the one that has the display's window. Others that
// are started there find it by its socket.
type Instance struct {
	server *http.Server
	served sync.WaitGroup

	// mu guards the fields below.
	mu    sync.Mutex
	raise func(ctx context.Context, token string) error // nil while there is no window yet
	ended bool                                          // the window has closed, the rest is ending
}

// Claim makes this process the one with the display's window. raised tells that
// another one is that already, and that its window is shown above all others
// now: then there is nothing left to do. Else the Instance is for Config and
// closed by the caller, when all else has ended; it is nil where the folder for
// sockets can't be used, which is logged and keeps nobody from a window.
//
// The errors are those of Check, and a fault.Locked when the other one does not
// answer.
func Claim(ctx context.Context, getenv func(string) string, log *slog.Logger) (_ *Instance, raised bool, err error) {
	if !Built {
		return nil, false, check()
	}
	backend, err := findDisplay(ctx, getenv)
	if err != nil {
		return nil, false, err
	}
	dir, err := unixsock.RuntimeDir(getenv)
	if err != nil {
		log.Warn("a second start will open a second window", "reason", err)
		return nil, false, nil
	}
	return claim(ctx, filepath.Join(dir, socketName(backend, getenv)), getenv, log)
}

// claim is Claim for the socket at path.
func claim(ctx context.Context, path string, getenv func(string) string, log *slog.Logger) (*Instance, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	for {
		listener, err := unixsock.Listen(path, 0o600)
		if err == nil {
			return serveInstance(listener), false, nil
		}
		if fault.CodeOf(err) != fault.Locked {
			log.Warn("a second start will open a second window", "reason", err)
			return nil, false, nil
		}
		err = askToRaise(ctx, path, activationToken(getenv))
		if !errors.Is(err, errLater) {
			return nil, err == nil, err
		}
		rest := time.NewTimer(claimRest)
		select {
		case <-ctx.Done():
			rest.Stop()
			return nil, false, fault.New(fault.Locked, "Camwall runs on this display already, but has no window",
				"wait until it has ended, then start it again")
		case <-rest.C:
		}
	}
}

// activationToken is what the desktop gave this start, so that a window may take
// the keyboard by it (xdg-activation, Desktop Startup Notification).
func activationToken(getenv func(string) string) string {
	if token := getenv("XDG_ACTIVATION_TOKEN"); token != "" {
		return token
	}
	return getenv("DESKTOP_STARTUP_ID")
}

// raiseRequest is what a second start sends.
type raiseRequest struct {
	Token string `json:"token"`
}

// askToRaise asks the instance at path for its window. The error is errLater
// when nobody listens or it is about to end, else a fault.Locked.
func askToRaise(ctx context.Context, path, token string) error {
	ctx, cancel := context.WithTimeout(ctx, raiseTimeout)
	defer cancel()
	pid := 0
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { pid = peer(info.Conn) },
	})
	transport := unixsock.Transport(path)
	defer transport.CloseIdleConnections()
	body, err := json.Marshal(raiseRequest{token})
	if err != nil {
		panic("desktop: a string does not encode: " + err.Error())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://camwall/raise", bytes.NewReader(body))
	if err != nil {
		panic("desktop: request to raise: " + err.Error())
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		if ctx.Err() != nil {
			return hung(pid)
		}
		return errLater
	}
	response.Body.Close()
	switch response.StatusCode {
	case http.StatusNoContent, http.StatusAccepted:
		return nil
	case http.StatusServiceUnavailable:
		return errLater
	}
	return hung(pid)
}

func hung(pid int) error {
	who, hint := "", "end that one, then start camwall again"
	if pid > 0 {
		who, hint = " (process "+strconv.Itoa(pid)+")", fmt.Sprintf("end it with `kill %d`, then start camwall again", pid)
	}
	return fault.Errorf(fault.Locked, "Camwall runs on this display already%s, but does not answer", who).WithHint(hint)
}

// peer returns the process at the other end, 0 when that is not told.
func peer(conn net.Conn) (pid int) {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return 0
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		if cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}

func serveInstance(listener net.Listener) *Instance {
	i := &Instance{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /raise", i.serveRaise)
	i.server = &http.Server{Handler: mux, ReadHeaderTimeout: raiseTimeout, ReadTimeout: raiseTimeout, IdleTimeout: time.Minute}
	i.served.Go(func() { _ = i.server.Serve(listener) })
	return i
}

func (i *Instance) serveRaise(w http.ResponseWriter, r *http.Request) {
	var wanted raiseRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRaiseBytes)).Decode(&wanted); err != nil {
		problem.Write(w, fault.New(fault.BadRequest, "this is no request to raise the window", ""))
		return
	}
	i.mu.Lock()
	raise, ended := i.raise, i.ended
	i.mu.Unlock()
	switch {
	case ended:
		problem.Write(w, fault.New(fault.Ended, "the window has closed", ""))
	case raise == nil:
		w.WriteHeader(http.StatusAccepted) // it comes up by itself
	default:
		if err := raise(r.Context(), wanted.Token); err != nil {
			problem.Write(w, fault.New(fault.Ended, "the window is closing", ""))
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// opened is called by the window: from now on raise shows it.
func (i *Instance) opened(raise func(ctx context.Context, token string) error) {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.raise = raise
}

// closed is called by the window: a second start now waits for the end of this
// process, and opens its own then.
func (i *Instance) closed() {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended = true
}

// Close lets the next start open a window of its own. nil closes nothing.
func (i *Instance) Close() {
	if i == nil {
		return
	}
	i.closed()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if i.server.Shutdown(ctx) != nil {
		_ = i.server.Close()
	}
	i.served.Wait()
}
