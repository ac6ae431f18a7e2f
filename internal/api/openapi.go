package api

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"camwall/internal/problem"
)

const jsonType = "application/json"

// The groups of operations, as /docs shows them.
const (
	tagCameras   = "Cameras"
	tagDevices   = "Devices"
	tagDiscovery = "Discovery"
	tagPTZ       = "PTZ and imaging"
	tagWalls     = "Walls"
	tagSystem    = "System"
)

// describe makes the OpenAPI description and registers every operation.
func (a *API) describe() {
	format := huma.Format{Marshal: encode, Unmarshal: decode}
	a.huma = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Camwall", Version: a.cfg.Version,
				Description: "Cameras and devices, their states, the search for devices, walls and settings. " +
					"Errors are application/problem+json with a code for programs and a hint for people. No answer has a password.",
			},
			Servers: []*huma.Server{{URL: "/"}},
			Tags: []*huma.Tag{
				{Name: tagCameras, Description: "Picture sources: what they do, and how they are reached."},
				{Name: tagDevices, Description: "What cameras are on: cameras with one source, recorders with many."},
				{Name: tagDiscovery, Description: "What is on the network."},
				{Name: tagPTZ, Description: "Where cameras look, and how they make their picture."},
				{Name: tagWalls, Description: "Which cameras are shown where."},
				{Name: tagSystem, Description: "The server itself."},
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			},
		},
		// "json" is what huma looks for behind the + of a media type.
		Formats:       map[string]huma.Format{jsonType: format, "json": format},
		DefaultFormat: jsonType,
		Transformers:  []huma.Transformer{a.asProblem},
	}, a)
	a.registerCameras()
	a.registerCameraLife()
	a.registerPTZ()
	a.registerDevices()
	a.registerAsking()
	a.registerDiscovery()
	a.registerEvents()
	a.registerWalls()
	a.registerSystem()
	a.registerScreens()
	a.registerImport()
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own, which asProblem replaces
	delete(schemas, "ErrorDetail")
	description, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		panic("api: the description does not encode: " + err.Error())
	}
	a.description = description
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// register adds an operation that do answers; do's errors become problems.
func register[I, O any](a *API, op huma.Operation, do func(context.Context, *I) (*O, error)) {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	responses := map[string]*huma.Response{"default": {
		Description: "What went wrong.",
		Content:     map[string]*huma.MediaType{problem.ContentType: {Schema: schema}},
	}}
	maps.Copy(responses, op.Responses)
	op.Responses = responses
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = maxBody
	}
	op.MaxBodyBytes++ // huma takes as many to be too many
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, a.refusal(ctx, err)
		}
		return out, nil
	})
}

// operation is what every operation has.
func operation(id, method, path, tag, summary, description string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary, Description: description,
	}
}

// answering is op with another status of success.
func answering(status int, op huma.Operation) huma.Operation {
	op.DefaultStatus = status
	return op
}

// withType is op with an answer that is not JSON.
func withType(mediaType, description string, op huma.Operation) huma.Operation {
	schema := &huma.Schema{Type: huma.TypeString, Description: description}
	if mediaType == jpegType {
		schema.Format = "binary"
	}
	op.Responses = map[string]*huma.Response{"200": {
		Description: description,
		Content:     map[string]*huma.MediaType{mediaType: {Schema: schema}},
	}}
	return op
}

const jpegType = "image/jpeg"

// openAPI answers with the description.
func (a *API) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(a.description) // the client may be gone
}
