package api

import (
	"context"
	"net/http"

	"camwall/internal/camera"
	"camwall/internal/inventory"
)

// Import is another system's configuration.
type Import struct {
	Name        string            `json:"name" minLength:"1" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters" doc:"The file's name, which helps to know its format."`
	Content     string            `json:"content" maxLength:"4000000" doc:"The whole file: go2rtc.yaml, Frigate's config.yml, mediamtx.yml, M3U or CSV."`
	Environment map[string]string `json:"environment,omitempty" maxProperties:"1000" doc:"What variables in it stand for."`
	Write       bool              `json:"write,omitempty" doc:"Add the cameras. Else nothing is changed."`
}

// Imported is what an import would do, or has done.
type Imported struct {
	Format  string           `json:"format"`
	Cameras []ImportedCamera `json:"cameras" nullable:"false"`
	Left    []ImportLeft     `json:"left" nullable:"false" doc:"What could not be taken."`
}

// ImportedCamera is one camera of an import.
type ImportedCamera struct {
	ID      camera.ID         `json:"id"`
	Name    string            `json:"name"`
	Streams map[string]string `json:"streams" doc:"Addresses by name, without sign-in."`
	ONVIF   string            `json:"onvif"`
	SignIn  bool              `json:"signIn" doc:"It has one, which is kept apart."`
	From    string            `json:"from" doc:"Where in the file it stands."`
	Notes   []string          `json:"notes" nullable:"false" doc:"What of it has no counterpart here."`
	Added   bool              `json:"added"`
	Problem *Trouble          `json:"problem"`
}

// ImportLeft is what an import could not take.
type ImportLeft struct {
	From string `json:"from"`
	Why  string `json:"why"`
}

type importOut struct{ Body Imported }

func (a *API) registerImport() {
	op := operation("import", http.MethodPost, "/api/v1/import", tagCameras,
		"Bring cameras of another system", "Without write it shows what it would add. The body may have 4 MiB.")
	op.MaxBodyBytes = maxImportBody
	register(a, op, a.importFile)
}

func (a *API) importFile(ctx context.Context, in *struct{ Body Import }) (*importOut, error) {
	b := &in.Body
	done, err := a.cfg.Inventory.Import(ctx, b.Name, b.Content, b.Environment, b.Write)
	if err != nil {
		return nil, err
	}
	return &importOut{tellImport(&done)}, nil
}

func tellImport(done *inventory.Imported) Imported {
	out := Imported{Format: done.Format, Cameras: make([]ImportedCamera, len(done.Cameras)), Left: make([]ImportLeft, len(done.Left))}
	for i, c := range done.Cameras {
		streams := make(map[string]string, len(c.Streams))
		for name, url := range c.Streams {
			streams[name] = shown(url)
		}
		out.Cameras[i] = ImportedCamera{
			ID: c.ID, Name: c.Name, Streams: streams, ONVIF: shown(c.ONVIF), SignIn: c.SignIn, From: shown(c.From), Notes: make([]string, len(c.Notes)),
			Added: c.Added, Problem: trouble(c.Problem),
		}
		for j, note := range c.Notes {
			out.Cameras[i].Notes[j] = shown(note)
		}
	}
	for i, l := range done.Left {
		out.Left[i] = ImportLeft{shown(l.From), shown(l.Why)}
	}
	return out
}
