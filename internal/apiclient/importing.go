package apiclient

import (
	"context"
	"net/http"
)

// Import is another system's configuration.
type Import struct {
	Name        string            `json:"name"`
	Content     string            `json:"content"`
	Environment map[string]string `json:"environment,omitempty"`
	Write       bool              `json:"write,omitempty"`
}

// Imported is what an import would do, or has done.
type Imported struct {
	Format  string           `json:"format"`
	Cameras []ImportedCamera `json:"cameras"`
	Left    []ImportLeft     `json:"left"`
}

// ImportedCamera is one camera of an import.
type ImportedCamera struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Streams map[string]string `json:"streams"`
	ONVIF   string            `json:"onvif"`
	SignIn  bool              `json:"signIn"`
	From    string            `json:"from"`
	Notes   []string          `json:"notes"`
	Added   bool              `json:"added"`
	Problem *Trouble          `json:"problem"`
}

// ImportLeft is what an import could not take.
type ImportLeft struct {
	From string `json:"from"`
	Why  string `json:"why"`
}

// Import reads another system's configuration, and adds its cameras when Write
// is set.
func (c *Client) Import(ctx context.Context, file Import) (done Imported, err error) {
	return done, c.call(ctx, http.MethodPost, "/api/v1/import", file, &done)
}

// ClearFound makes the server forget which devices it found, and search anew.
func (c *Client) ClearFound(ctx context.Context) error {
	if err := c.call(ctx, http.MethodDelete, "/api/v1/discovery", nil, nil); err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, "/api/v1/discovery/search", struct{}{}, nil)
}
