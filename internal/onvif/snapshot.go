package onvif

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"camwall/internal/fault"
)

// Snapshot fetches a picture of a profile: at most 8 MiB, from the device's own
// host, signed in like everything else. The address is the profile's when it
// has one, else it is asked for.
func (c *Client) Snapshot(ctx context.Context, profile Profile) (jpeg []byte, contentType string, err error) {
	if err := c.ensure(ctx); err != nil {
		return nil, "", err
	}
	first, second := profile.SnapshotURI, profile.snapshotElse
	if first == "" {
		t, err := c.snapshotURI(ctx, profile)
		if err != nil {
			return nil, "", err
		}
		first, second = t.url, t.other
	} else {
		t, ok := correct(first, c.Address())
		if !ok {
			return nil, "", fault.New(fault.BadRequest, "The profile's snapshot address can't be used.", "")
		}
		if second == "" || hostOf(first) != hostOf(t.url) {
			second = t.other // the device may have another address now
		}
		first = t.url
	}
	jpeg, contentType, err = c.picture(ctx, first)
	if err == nil || isFinal(err) || second == "" {
		return jpeg, contentType, err
	}
	if jpeg, contentType, again := c.picture(ctx, second); again == nil || isFinal(again) {
		return jpeg, contentType, again
	}
	return nil, "", err
}

func (c *Client) picture(ctx context.Context, url string) ([]byte, string, error) {
	a, err := c.ask(ctx, c.pictureQuery(url))
	if err != nil {
		return nil, "", err
	}
	return readPicture(a)
}

func (c *Client) pictureQuery(url string) *query {
	return &query{
		name: "Snapshot", url: url, reads: true,
		send: func(ctx context.Context, signed bool) (*answer, error) { return c.get(ctx, url, signed) },
	}
}

// get fetches a picture once.
func (c *Client) get(ctx context.Context, url string, signed bool) (*answer, error) {
	r, err := c.fetch(ctx, request{
		method: http.MethodGet, url: url, limit: maxSnapshot,
		build: func(url string) (http.Header, []byte, error) {
			header := http.Header{"Accept": {"image/jpeg, image/*;q=0.5"}}
			if !signed {
				return header, nil, nil
			}
			value, err := c.sign.authorization(http.MethodGet, url, nil)
			if value != "" {
				header.Set("Authorization", value)
			}
			return header, nil, err
		},
	})
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	return &answer{reply: r}, nil
}

var jpegBegins, jpegEnds = []byte{0xff, 0xd8, 0xff}, []byte{0xff, 0xd9}

// readPicture returns the JPEG in an answer.
func readPicture(a *answer) ([]byte, string, error) {
	switch {
	case a.status == http.StatusNotFound:
		return nil, "", fault.New(fault.NotSupported, "The camera has no picture at the address that it gives for it.", "")
	case a.status == http.StatusForbidden:
		return nil, "", deniedFault()
	case a.status == http.StatusServiceUnavailable:
		return nil, "", fault.New(fault.Busy, "The camera is too busy to send a picture.", "")
	case a.status != http.StatusOK:
		return nil, "", fault.Errorf(fault.Protocol, "The camera sends no picture but HTTP %d.", a.status)
	}
	body := a.body
	if kind, params, err := mime.ParseMediaType(a.header.Get("Content-Type")); err == nil && strings.HasPrefix(kind, "multipart/") {
		part, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).NextPart()
		if err == nil {
			body, err = io.ReadAll(part)
		}
		if err != nil && len(body) == 0 {
			return nil, "", notPicture(fmt.Errorf("read part: %w", err))
		}
	}
	if !bytes.HasPrefix(body, jpegBegins) || !bytes.Contains(body[len(body)-min(len(body), 1024):], jpegEnds) {
		return nil, "", notPicture(nil)
	}
	return body, "image/jpeg", nil
}

func notPicture(err error) *fault.Error {
	f := fault.New(fault.Protocol, "What the camera sends as its picture is no whole JPEG.", "")
	f.Err = err
	return f
}
