package kiosk

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"camwall/internal/fault"
	"camwall/internal/problem"
)

// maxRecorded bounds an answer that is looked at before it is handed on.
const maxRecorded = 16 << 20

// recorder keeps an answer. It is used by one goroutine.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if status >= http.StatusOK {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.body.Len()+len(p) > maxRecorded {
		return 0, fault.New(fault.TooLarge, "the answer is too long", "")
	}
	return r.body.Write(p)
}

// replay hands the answer on.
func (r *recorder) replay(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.Header().Set("Content-Length", strconv.Itoa(r.body.Len()))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes()) // the page may be gone
}

// flaw tells why the answer is no page; nil when it is a whole one.
func (r *recorder) flaw() *fault.Error {
	if r.status != http.StatusOK {
		return fault.Errorf("no_page", "the server answers, but without the page of this wall (HTTP %d)", r.status).
			WithHint("its log tells more; both must have the same version")
	}
	if told := r.header.Get("Content-Length"); told != "" && told != strconv.Itoa(r.body.Len()) {
		return fault.New("no_page", "the page of this wall came in part only", "the network loses connections, or the server was about to end")
	}
	return nil
}

// errForeign is what people read when a server's answer is none of ours.
var errForeign = fault.New("no_server", "the server answers, but not as Camwall does", "check its address, and that both have the same version")

// reduced asks the core for a list and hands on what keep keeps of it by name;
// fields, unless nil, are all that is told of each.
func (k *Kiosk) reduced(w http.ResponseWriter, r *http.Request, list string, keep func(name string) bool, fields []string) {
	ask := request(r)
	ask.Header = http.Header{"Accept": {"application/json"}} // not what it was before
	got := newRecorder()
	if err := k.pass(got, ask); err != nil {
		problem.Write(w, err)
		return
	}
	if got.status != http.StatusOK {
		got.replay(w)
		return
	}
	body, err := reduce(got.body.Bytes(), list, keep, fields)
	if err != nil {
		problem.Write(w, errForeign)
		return
	}
	got.body.Reset()
	got.body.Write(body)
	got.header.Del("Etag")
	got.replay(w)
}

// reduce returns the JSON of a list without what does not concern the page.
func reduce(body []byte, list string, keep func(name string) bool, fields []string) ([]byte, error) {
	var whole map[string][]map[string]json.RawMessage
	if err := json.Unmarshal(only(body, list), &whole); err != nil {
		return nil, err
	}
	entries := slices.DeleteFunc(whole[list], func(entry map[string]json.RawMessage) bool {
		var name string
		return keep != nil && (json.Unmarshal(entry["name"], &name) != nil || !keep(name))
	})
	if fields != nil {
		for _, entry := range entries {
			maps.DeleteFunc(entry, func(key string, _ json.RawMessage) bool { return !slices.Contains(fields, key) })
		}
	}
	if entries == nil {
		entries = []map[string]json.RawMessage{}
	}
	return json.Marshal(map[string]any{list: entries})
}

// only returns the object in body with that one key; what is no object stays as
// it is.
func only(body []byte, key string) []byte {
	var whole map[string]json.RawMessage
	if json.Unmarshal(body, &whole) != nil {
		return body
	}
	maps.DeleteFunc(whole, func(k string, _ json.RawMessage) bool { return k != key })
	one, err := json.Marshal(whole)
	if err != nil {
		return body
	}
	return one
}
