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

// cameras hands on the wall's part of the list of cameras, whole: a page of it may
// have none of them, at which a reader would stop.
func (k *Kiosk) cameras(w http.ResponseWriter, r *http.Request) {
	mine, err := k.members(r)
	if err == nil && mine == nil {
		err = k.pass(w, request(r))
	} else if err == nil {
		var list []json.RawMessage
		if list, err = k.camerasOf(r, mine); err == nil {
			reply(w, map[string]any{"cameras": list, "next": nil})
		}
	}
	if err != nil {
		problem.Write(w, err)
	}
}

// camerasOf asks the core for cameras, as the API tells them.
func (k *Kiosk) camerasOf(r *http.Request, of members) ([]json.RawMessage, error) {
	cameras := []json.RawMessage{}
	query := url.Values{"limit": {"5000"}}
	for range maxPages {
		ask := r.Clone(r.Context())
		ask.URL = &url.URL{Path: "/api/v1/cameras", RawQuery: query.Encode()}
		got, err := k.list(ask)
		if err != nil {
			return nil, err
		}
		var page struct {
			Cameras []json.RawMessage
			Next    *string
		}
		if got.status != http.StatusOK || json.Unmarshal(got.body.Bytes(), &page) != nil {
			return nil, errForeign
		}
		for _, text := range page.Cameras {
			var c struct{ ID string }
			if json.Unmarshal(text, &c) == nil && of.has(c.ID) {
				cameras = append(cameras, text)
			}
		}
		if page.Next == nil {
			break
		}
		query.Set("after", *page.Next)
	}
	return cameras, nil
}

// reply answers with JSON of our own.
func reply(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		problem.Write(w, errForeign)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = newPatient(w).Write(body) // the page may be gone
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
	cameras, err := k.camerasOf(r, of)
	if err != nil {
		return nil, err
	}
	devices := map[string]bool{}
	for _, text := range cameras {
		var c struct{ Device string }
		if json.Unmarshal(text, &c) == nil {
			devices[c.Device] = true
		}
	}
	return devices, nil
}

// command hands on what the page says on its live connection. A camera that its
// wall does not have becomes one that nobody has: the core refuses that tile alone.
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
	if body, err = k.allowed(r, body); err == nil {
		ask := request(r)
		ask.Body, ask.ContentLength, ask.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		err = k.pass(w, ask)
	}
	if err != nil {
		problem.Write(w, err)
	}
}

// nobodys is no camera's id, and says to people what it stands for.
const nobodys = `"(not on this wall)"`

// allowed returns commands with the cameras of the wall alone.
func (k *Kiosk) allowed(r *http.Request, body []byte) ([]byte, error) {
	commands, err := readCommands(body)
	if err != nil {
		return nil, err
	}
	var mine members
	asked, changed := false, false
	for _, command := range commands {
		for name, value := range command {
			if !strings.EqualFold(name, "camera") || string(value) == "null" {
				continue
			}
			if !asked {
				if mine, err = k.members(r); err != nil {
					return nil, err
				}
				asked = true
			}
			var id string
			if json.Unmarshal(value, &id) != nil || !mine.has(id) {
				command[name], changed = json.RawMessage(nobodys), true
			}
		}
	}
	if !changed {
		return body, nil
	}
	return json.Marshal(commands)
}

// readCommands reads commands of the live protocol: an object or an array of them.
// What is wrong in them is the core's to tell.
func readCommands(body []byte) (commands []map[string]json.RawMessage, err error) {
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] != '[' {
		body = bytes.Join([][]byte{[]byte("["), trimmed, []byte("]")}, nil)
	}
	if json.Unmarshal(body, &commands) != nil {
		return nil, fault.New(fault.BadRequest, "the commands are no JSON", "send an object, or an array of them")
	}
	return commands, nil
}
