package ssdp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"camwall/internal/secret"
)

// The bounds of a fetch.
const (
	maxBody      = 256 << 10
	maxRedirects = 3
	maxFetchTime = 5 * time.Second
)

// Fetch asks client for the description at location. It reads at most 256 KiB,
// for at most 5 s, over at most 3 redirects, and sends nothing but the request.
// A longer body is read as far as it goes.
func Fetch(ctx context.Context, client *http.Client, location string) (Description, error) {
	ctx, cancel := context.WithTimeout(ctx, maxFetchTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return Description{}, errors.New("fetch device description: not an address")
	}
	answer, err := Bounded(client).Do(request)
	if err != nil {
		return Description{}, fmt.Errorf("fetch device description: %s", secret.Redact(err.Error()))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return Description{}, fmt.Errorf("fetch device description: HTTP status %d", answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if d, parseErr := ParseDescription(body); parseErr == nil {
		return d, nil // also of a body that never ended
	} else if err == nil {
		err = parseErr
	}
	return Description{}, err
}

// Bounded returns client with a bound on redirects; its own policy is asked too.
// It keeps no cookies.
func Bounded(client *http.Client) *http.Client {
	bounded := *client
	bounded.Jar = nil
	bounded.CheckRedirect = func(request *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return errors.New("too many redirects")
		}
		if client.CheckRedirect != nil {
			return client.CheckRedirect(request, via)
		}
		return nil
	}
	return &bounded
}
