package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/secret"
)

// pasted stands in sign-ins that a client sends: no answer and no log may have it.
const pasted = "c4nary!"

// op is an operation of the description.
type op struct {
	method, path string
	spec         map[string]any
}

func (d document) operations() []op {
	var all []op
	for path, item := range get(map[string]any(d), "paths").(map[string]any) {
		for method, spec := range item.(map[string]any) {
			all = append(all, op{strings.ToUpper(method), path, spec.(map[string]any)})
		}
	}
	slices.SortFunc(all, func(a, b op) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

func (o op) bodySchema() map[string]any {
	schema, _ := get(o.spec, "requestBody", "content", "application/json", "schema").(map[string]any)
	return schema
}

func (o op) parameters() []map[string]any {
	var all []map[string]any
	list, _ := o.spec["parameters"].([]any)
	for _, p := range list {
		all = append(all, p.(map[string]any))
	}
	return all
}

func (o op) isStream() bool { return get(o.spec, "responses", "200", "content", eventsType) != nil }

// TestDescription: every operation says what it is, every field that is sent has
// its rule, and every reference leads somewhere.
func TestDescription(t *testing.T) {
	t.Parallel()
	d := readDocument(t, newStage())
	if d["openapi"] != "3.1.0" {
		t.Errorf("openapi is %v", d["openapi"])
	}
	ids := map[string]bool{}
	for _, o := range d.operations() {
		id, _ := o.spec["operationId"].(string)
		if id == "" || ids[id] || o.spec["summary"] == nil || o.spec["tags"] == nil {
			t.Errorf("%s %s has no operationId of its own, no summary or no tag", o.method, o.path)
		}
		ids[id] = true
		if get(o.spec, "responses", "default", "content", "application/problem+json", "schema", "$ref") != "#/components/schemas/Problem" {
			t.Errorf("%s says not how its errors look", id)
		}
		if get(o.spec, "responses", "422") != nil {
			t.Errorf("%s has a 422", id)
		}
		if !strings.HasPrefix(o.path, "/api/v1/") && o.path != "/api/health" {
			t.Errorf("%s is at %s", id, o.path)
		}
		for _, p := range o.parameters() {
			d.ruled(t, id+" "+p["name"].(string), p["schema"].(map[string]any), nil)
			if p["description"] == nil {
				t.Errorf("%s: %s has no description", id, p["name"])
			}
		}
		if schema := o.bodySchema(); schema != nil {
			d.ruled(t, id, schema, nil)
		}
	}
	if len(ids) < 40 {
		t.Errorf("only %d operations are described", len(ids))
	}
	text, _ := json.Marshal(d)
	for _, hidden := range []string{"ErrorModel", "$schema"} {
		if bytes.Contains(text, []byte(hidden)) {
			t.Errorf("the description has %s", hidden)
		}
	}
}

// ruled complains of what a client may send without a bound.
func (d document) ruled(t *testing.T, path string, schema map[string]any, seen []string) {
	t.Helper()
	ref, _ := schema["$ref"].(string)
	if slices.Contains(seen, ref) && ref != "" {
		return
	}
	schema = d.resolve(schema)
	types := typesOf(schema)
	if schema["readOnly"] == true || schema["enum"] != nil {
		return
	}
	switch {
	case slices.Contains(types, "string") && schema["maxLength"] == nil,
		(slices.Contains(types, "integer") || slices.Contains(types, "number")) && (schema["minimum"] == nil || schema["maximum"] == nil),
		slices.Contains(types, "array") && schema["maxItems"] == nil:
		t.Errorf("%s has no bounds", path)
	case slices.Contains(types, "object"):
		properties, _ := schema["properties"].(map[string]any)
		for name, p := range properties {
			d.ruled(t, path+"."+name, p.(map[string]any), append(seen, ref))
		}
		if properties == nil && schema["maxProperties"] == nil || properties != nil && schema["additionalProperties"] != false {
			t.Errorf("%s takes any members", path)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok && items["maxLength"] == nil && slices.Contains(typesOf(d.resolve(items)), "string") {
		t.Errorf("%s has items without bounds", path)
	} else if ok {
		d.ruled(t, path+"[]", items, append(seen, ref))
	}
}

// maker makes random requests.
type maker struct {
	*rand.Rand
	document
}

var oddTexts = []string{
	"", " ", "a", "door", "nvr", "lobby", "main", "-1", "0", "null", "\x00", "\n", "../../etc/passwd", "%00", "<script>", "'; DROP TABLE cameras; --",
	"門口", "\u202e", "\U0001f4f7", "e\u0301", strings.Repeat("x", 70), strings.Repeat("長", 3000), "192.0.2.1", "http://[::1]:99999", "{{.}}", "%s%n",
	"rtsp://u:" + pasted + "@192.0.2.1/x", "RTSP://u:" + pasted + "@[2001:db8::1]:0/?#", "http://" + pasted + ":" + pasted + "@h/onvif",
	"x rtsp://u:" + pasted + "@h",
}

func pick[T any](m *maker, list []T) T { return list[m.IntN(len(list))] }

func (m *maker) odd() any {
	return pick(m, []any{
		nil, true, 0.0, -1.0, 1.5, 1e15, -1e300, 1e300, "", []any{}, []any{nil, []any{}}, map[string]any{}, map[string]any{"x": map[string]any{}}, pick(m, oddTexts),
	})
}

// value is a value for a schema: a good one as far as this maker knows, unless
// wild.
func (m *maker) value(schema map[string]any, name string, wild int) any {
	schema = m.resolve(schema)
	if m.IntN(100) < wild {
		return m.odd()
	}
	types := typesOf(schema)
	if enum, ok := schema["enum"].([]any); ok {
		return pick(m, enum)
	}
	if len(types) == 0 {
		return m.odd()
	}
	if name == "password" {
		return pasted
	}
	low, high := 0.0, 1000.0
	if n, ok := schema["minimum"].(float64); ok {
		low = n
	}
	if n, ok := schema["maximum"].(float64); ok {
		high = n
	}
	switch pick(m, types) {
	case "boolean":
		return m.IntN(2) == 0
	case "integer":
		return pick(m, []float64{low, high, float64(int64(low + m.Float64()*(high-low)))})
	case "number":
		return pick(m, []float64{low, high, low + m.Float64()*(high-low)})
	case "string":
		return m.text(schema)
	case "array":
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(schema["items"].(map[string]any), name, wild))
		}
		return list
	case "object":
		return m.object(schema, wild)
	}
	return nil
}

func (m *maker) text(schema map[string]any) string {
	for range 20 {
		s := pick(m, oddTexts)
		if len(m.validate(schema, s, "")) == 0 {
			return s
		}
	}
	return "a"
}

func (m *maker) object(schema map[string]any, wild int) map[string]any {
	object := map[string]any{}
	required, _ := schema["required"].([]any)
	properties, _ := schema["properties"].(map[string]any)
	choices, _ := schema["oneOf"].([]any)
	chosen := ""
	if len(choices) > 0 {
		chosen = get(pick(m, choices), "required").([]any)[0].(string)
	}
	optional := func(name string) bool {
		for _, choice := range choices {
			if get(choice, "required").([]any)[0] == name {
				return name == chosen || m.IntN(100) < wild
			}
		}
		return m.IntN(2) == 0
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(required, any(name)) && m.IntN(100) >= wild || optional(name) {
			object[name] = m.value(properties[name].(map[string]any), name, wild)
		}
	}
	if more, ok := schema["additionalProperties"].(map[string]any); ok {
		for range m.IntN(3) {
			object[pick(m, []string{"main", "sub", "x"})] = m.value(more, "", wild)
		}
	}
	if m.IntN(100) < wild {
		object[pick(m, []string{"x", "__proto__", "Name", "rtsp://u:" + pasted + "@h/", ""})] = m.odd()
	}
	return object
}

// request is a random request of an operation, and how wild it is.
func (m *maker) request(o op) (*http.Request, string) {
	wild := pick(m, []int{0, 0, 5, 30})
	path, query := o.path, url.Values{}
	header := http.Header{}
	for _, p := range o.parameters() {
		name := p["name"].(string)
		text := fmt.Sprint(m.value(p["schema"].(map[string]any), name, wild))
		switch p["in"] {
		case "path":
			if m.IntN(2) == 0 {
				text = pick(m, []string{"door", "yard", "nvr", "file", "lobby", "DOOR"})
			}
			if text == "" || text == "." || text == ".." {
				text = "x"
			}
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(text))
		case "query":
			if m.IntN(2) == 0 {
				query.Set(name, text)
			}
		case "header":
			if m.IntN(2) == 0 {
				header.Set(name, pick(m, []string{`"3"`, `"1"`, "*", `W/"3"`, `"1", "3"`, `"`, ",", "x", text}))
			}
		}
	}
	body := ""
	if schema := o.bodySchema(); schema != nil {
		encoded, err := json.Marshal(m.value(schema, "", wild))
		if err != nil {
			panic(err)
		}
		body = string(encoded)
		if o.spec["operationId"] == "put-wall" && wild == 0 { // tiles that fit are not found by chance
			body = `{"columns":2,"rows":1,"pages":[{"tiles":[{"column":0,"row":0,"width":2,"height":1,"cameras":["door"]}]}]}`
		}
		if wild == 30 && m.IntN(3) == 0 {
			body = pick(m, []string{"", "{", "nul", "\xff\xfe", `{"a":` + strings.Repeat("[", 20000), body + body, body[:len(body)/2], "{\"name\":\"\\ud800\"}"})
		}
	}
	r := httptest.NewRequest(o.method, "/", strings.NewReader(body))
	r.URL = &url.URL{Path: mustUnescape(path), RawPath: path, RawQuery: query.Encode()}
	r.Header = header
	if body != "" {
		r.Header.Set("Content-Type", pick(m, []string{"application/json", "application/json", "application/json; charset=utf-8", "", "text/plain", "+", ";+"}))
	}
	return r, body
}

func mustUnescape(path string) string {
	clean, err := url.PathUnescape(path)
	if err != nil {
		panic(err)
	}
	return clean
}

// TestEveryOperation drives every operation of the description with random
// requests, while what is behind answers with all kinds of errors: no 5xx but for
// those, no secret in any answer or log, and every answer as it is described.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	s := newStage()
	var log bytes.Buffer
	_, mux := s.mux(slog.New(secret.NewHandler(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	d := readDocument(t, newStage())
	m := &maker{rand.New(rand.NewPCG(7, 7)), d}
	leak := "rtsp://u:" + kept + "@192.0.2.1/x"
	failures := []error{
		nil, nil, nil, nil,
		fault.New(fault.BadRequest, "no "+leak, ""), fault.New(fault.NotFound, "gone", ""), fault.New(fault.Conflict, "late", ""),
		fault.New(fault.Unauthorized, "refused at "+leak, "change it"), fault.New(fault.Busy, "busy", ""), fault.New(fault.TooMany, "full", ""),
		fmt.Errorf("dial %s: %w", leak, errors.New("no route")), fault.New(fault.Internal, "torn "+leak, ""),
	}
	taken, refused := 0, 0
	for _, o := range d.operations() {
		succeeded := false
		for range 150 {
			s.mu.Lock()
			s.fail = pick(m, failures)
			s.mu.Unlock()
			r, body := m.request(o)
			if o.isStream() {
				r.Method = http.MethodHead // its GET has no end
			}
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			s.asked()
			what := fmt.Sprintf("%s %s %.300q answered %d %.300q", o.method, r.URL, body, w.Code, w.Body)
			if w.Code >= 500 && (s.fail == nil || fault.Status(s.fail) != w.Code) {
				t.Errorf("%s", what)
			}
			for _, hidden := range []string{pasted, kept} {
				if strings.Contains(w.Body.String()+fmt.Sprint(w.Header()), hidden) || bytes.Contains(log.Bytes(), []byte(hidden)) {
					t.Fatalf("%s is told: %s\n%s", hidden, what, log.Bytes())
				}
			}
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control") {
					t.Errorf("%s with %s", what, name)
				}
			}
			if wrong := d.described(o, w); wrong != "" {
				t.Errorf("%s: %s", what, wrong)
			}
			if w.Code < 300 {
				succeeded = true
				taken++
			} else {
				refused++
			}
		}
		if !succeeded {
			t.Errorf("%s %s never succeeded", o.method, o.path)
		}
	}
	if taken < 1000 || refused < 1000 {
		t.Errorf("%d requests were taken, %d refused: that tests one side only", taken, refused)
	}
}

// described returns what of an answer is not as the description says.
func (d document) described(o op, w *httptest.ResponseRecorder) string {
	response, ok := get(o.spec, "responses", fmt.Sprint(w.Code)).(map[string]any)
	if !ok {
		if w.Code < 400 {
			return "that status is not described"
		}
		response = get(o.spec, "responses", "default").(map[string]any)
	}
	content, _ := response["content"].(map[string]any)
	kind := w.Header().Get("Content-Type")
	if content == nil {
		if w.Body.Len() > 0 {
			return "there is a body"
		}
		return ""
	}
	media, ok := content[kind].(map[string]any)
	if !ok {
		return "its media type is not described: " + kind
	}
	if !strings.HasSuffix(kind, "json") {
		return ""
	}
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		return err.Error()
	}
	return strings.Join(d.validate(media["schema"].(map[string]any), v, "body"), "; ")
}

// FuzzBody: no body makes the API fail, whatever operation it is for.
func FuzzBody(f *testing.F) {
	s := newStage()
	d := readDocument(f, s)
	var bodies []op
	for _, o := range d.operations() {
		if o.bodySchema() != nil {
			bodies = append(bodies, o)
		}
	}
	m := &maker{rand.New(rand.NewPCG(1, 2)), d}
	for i, o := range bodies {
		encoded, _ := json.Marshal(m.value(o.bodySchema(), "", 0))
		f.Add(i, string(encoded))
	}
	f.Add(0, `{"url":"rtsp://u:`+pasted+`@h/x","id":{}}`)
	f.Add(1, `{"name":1e999}`)
	_, mux := s.mux(slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, which int, body string) {
		o := bodies[uint(which)%uint(len(bodies))]
		path := strings.NewReplacer("{id}", "door", "{name}", "lobby").Replace(o.path)
		began := time.Now()
		answer, text := ask(t, mux, o.method, path, body)
		s.asked()
		if answer.StatusCode >= 500 || time.Since(began) > 5*time.Second {
			t.Errorf("%s %s %q answered %d %s", o.method, path, body, answer.StatusCode, text)
		}
	})
}
