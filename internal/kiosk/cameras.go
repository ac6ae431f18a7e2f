package kiosk

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"camwall/internal/config"
	"camwall/internal/fault"
	"camwall/internal/liveview/wire"
	"camwall/internal/problem"
)

// maxPages bounds how often a list is asked for more of it.
const maxPages = 20

// members are the cameras of a wall by their ids in lower case; nil is every one.
type members map[string]bool

func (m members) has(id string) bool { return m == nil || m[strings.ToLower(id)] }

// members asks the core which cameras the wall has now. A wall that is not there
// has none.
func (k *Kiosk) members(r *http.Request) (members, error) {
	if k.cfg.Wall == config.AllCameras {
		return nil, nil
	}
	ask := r.Clone(r.Context())
	ask.Method, ask.URL = http.MethodGet, &url.URL{Path: "/api/v1/walls/" + k.cfg.Wall}
	got, err := k.list(ask)
	if err != nil {
		return nil, err
	}
	switch got.status {
	case http.StatusOK:
		return readMembers(got.body.Bytes())
	case http.StatusNotFound:
		return members{}, nil
	default:
		return nil, fault.Errorf(errForeign.Code, "the server does not tell the cameras of this wall (HTTP %d)", got.status)
	}
}

// readMembers reads the cameras of a wall's JSON.
func readMembers(body []byte) (members, error) {
	var w struct {
		Pages []struct {
			Tiles []struct {
				Cameras []string `json:"cameras"`
			} `json:"tiles"`
		} `json:"pages"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, errForeign
	}
	m := members{}
	for _, page := range w.Pages {
		for _, tile := range page.Tiles {
			for _, id := range tile.Cameras {
				m[strings.ToLower(id)] = true
			}
		}
	}
	return m, nil
}

// cameras hands on the wall's part of the list of cameras.
func (k *Kiosk) cameras(w http.ResponseWriter, r *http.Request) {
	mine, err := k.members(r)
	switch {
	case err != nil:
		problem.Write(w, err)
	case mine == nil:
		if err := k.pass(w, request(r)); err != nil {
			problem.Write(w, err)
		}
	default:
		k.reduced(w, r, reduction{list: "cameras", by: "id", keep: mine.has})
	}
}

// devices hands on the names of the devices that have cameras of the wall.
func (k *Kiosk) devices(w http.ResponseWriter, r *http.Request) {
	by := reduction{list: "devices", by: "id", fields: []string{"id", "name"}}
	mine, err := k.members(r)
	if err == nil && mine != nil {
		var theirs map[string]bool
		theirs, err = k.devicesOf(r, mine)
		by.keep = func(id string) bool { return theirs[id] }
	}
	if err != nil {
		problem.Write(w, err)
		return
	}
	k.reduced(w, r, by)
}

// devicesOf asks the core which devices the cameras are on.
func (k *Kiosk) devicesOf(r *http.Request, of members) (map[string]bool, error) {
	devices := map[string]bool{}
	query := url.Values{"limit": {"5000"}}
	for range maxPages {
		ask := r.Clone(r.Context())
		ask.URL = &url.URL{Path: "/api/v1/cameras", RawQuery: query.Encode()}
		got, err := k.list(ask)
		if err != nil {
			return nil, err
		}
		var page struct {
			Cameras []struct{ ID, Device string }
			Next    *string
		}
		if got.status != http.StatusOK || json.Unmarshal(got.body.Bytes(), &page) != nil {
			return nil, errForeign
		}
		for _, c := range page.Cameras {
			if of.has(c.ID) {
				devices[c.Device] = true
			}
		}
		if page.Next == nil {
			break
		}
		query.Set("after", *page.Next)
	}
	return devices, nil
}

// command hands on what the page says on its live connection, unless it asks for
// a camera that its wall does not have.
func (k *Kiosk) command(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxCommands))
	if err != nil {
		code := fault.BadRequest
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			code = fault.TooLarge
		}
		problem.Write(w, fault.New(code, "the commands did not come whole, or are longer than 1 MiB", ""))
		return
	}
	wanted, err := wantedIn(body)
	if err == nil && len(wanted) > 0 {
		err = k.allow(r, wanted)
	}
	if err == nil {
		ask := request(r)
		ask.Body, ask.ContentLength, ask.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		err = k.pass(w, ask)
	}
	if err != nil {
		problem.Write(w, err)
	}
}

// allow returns nil when the wall has all these cameras.
func (k *Kiosk) allow(r *http.Request, ids []string) error {
	mine, err := k.members(r)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !mine.has(id) {
			return errElsewhere
		}
	}
	return nil
}

// wantedIn returns the cameras that commands of the live protocol ask for: an
// object or an array of them. Other mistakes in them are the core's to tell.
func wantedIn(body []byte) (ids []string, err error) {
	var commands []map[string]json.RawMessage
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] != '[' {
		body = bytes.Join([][]byte{[]byte("["), trimmed, []byte("]")}, nil)
	}
	if json.Unmarshal(body, &commands) != nil {
		return nil, fault.New(fault.BadRequest, "the commands are no JSON", "send an object, or an array of them")
	}
	for _, command := range commands {
		for name, value := range command {
			if !strings.EqualFold(name, "camera") {
				continue
			}
			var id string
			if json.Unmarshal(value, &id) != nil {
				return nil, fault.New(fault.BadRequest, "a camera is not named by a string", "")
			}
			if id != "" {
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}
