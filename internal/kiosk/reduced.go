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
	_, _ = newPatient(w).Write(r.body.Bytes()) // the page may be gone
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

// reduction says what is left of a list before it is handed on.
type reduction struct {
	list   string                  // its key in the answer
	by     string                  // the field that keep decides by
	keep   func(value string) bool // nil keeps all
	fields []string                // all that is told of each; nil tells everything
}

// reduced asks the core for a list and hands on what is left of it.
func (k *Kiosk) reduced(w http.ResponseWriter, r *http.Request, by reduction) {
	got, err := k.list(r)
	if err != nil {
		problem.Write(w, err)
		return
	}
	if got.status != http.StatusOK {
		got.replay(w)
		return
	}
	body, err := by.reduce(got.body.Bytes())
	if err != nil {
		problem.Write(w, errForeign)
		return
	}
	got.body.Reset()
	got.body.Write(body)
	got.header.Del("Etag")
	got.replay(w)
}

// list asks the core for something that is looked at here.
func (k *Kiosk) list(r *http.Request) (*recorder, error) {
	ask := request(r)
	ask.Header = http.Header{"Accept": {"application/json"}} // not what it was before
	got := newRecorder()
	if err := k.pass(got, ask); err != nil {
		return nil, err
	}
	return got, nil
}

// reduce returns the JSON of a list without what does not concern the page.
func (by reduction) reduce(body []byte) ([]byte, error) {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		return nil, err
	}
	var entries []map[string]json.RawMessage
	if list, ok := whole[by.list]; ok {
		if err := json.Unmarshal(list, &entries); err != nil {
			return nil, err
		}
	}
	entries = slices.DeleteFunc(entries, func(entry map[string]json.RawMessage) bool {
		var value string
		return by.keep != nil && (json.Unmarshal(entry[by.by], &value) != nil || !by.keep(value))
	})
	if by.fields != nil {
		for _, entry := range entries {
			maps.DeleteFunc(entry, func(key string, _ json.RawMessage) bool { return !slices.Contains(by.fields, key) })
		}
	}
	if entries == nil {
		entries = []map[string]json.RawMessage{}
	}
	return json.Marshal(map[string]any{by.list: entries})
}
