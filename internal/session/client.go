package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"camwall/internal/fault"
	"camwall/internal/problem"
	"camwall/internal/unixsock"
)

// maxAnswer bounds what a session answers.
const maxAnswer = 1 << 20

// Client asks a session that runs on this machine. Close ends it.
type Client struct{ http *http.Client }

// NewClient returns a client of the session of a runtime folder.
func NewClient(dir string) *Client {
	return &Client{&http.Client{Transport: unixsock.Transport(SocketPath(dir)), Timeout: 10 * time.Second}}
}

// Close ends its connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Screens returns the screens. The error is a fault.NotFound when no session runs.
func (c *Client) Screens(ctx context.Context) ([]Screen, error) {
	var all []Screen
	err := c.do(ctx, http.MethodGet, "/screens", nil, &all)
	return all, err
}

// Switch switches one screen, and returns what it is then.
func (c *Client) Switch(ctx context.Context, output string, power Power) (Screen, error) {
	var now Screen
	body, err := json.Marshal(order{string(power)})
	if err != nil {
		return now, fault.Errorf(fault.Internal, "write request: %w", err)
	}
	err = c.do(ctx, http.MethodPost, "/screens/"+url.PathEscape(output), body, &now)
	return now, err
}

func (c *Client) do(ctx context.Context, method, path string, body []byte, to any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://session"+path, bytes.NewReader(body))
	if err != nil {
		return fault.Errorf(fault.Internal, "ask the session: %w", err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return f
		}
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the rest is of our own making
		}
		return fault.Errorf(fault.NotFound, "no session answers: %w", err).
			WithHint("start one with camwall session; to ask another user's, name its folder in CAMWALL_RUNTIME")
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fault.Errorf(fault.Ended, "read the session's answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var p problem.Body
		if err := json.Unmarshal(data, &p); err != nil || p.Code == "" {
			return fault.Errorf(fault.Protocol, "the session answers with %d", res.StatusCode)
		}
		return fault.New(p.Code, p.Detail, p.Hint)
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fault.Errorf(fault.Protocol, "read the session's answer: %w", err)
	}
	return nil
}
