package api

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// document is an OpenAPI description as any client reads it: nothing here knows
// the library that wrote it.
type document map[string]any

// readDocument asks the API for its description.
func readDocument(t testing.TB, s *stage) document {
	t.Helper()
	answer, body := s.ask(t, "GET", "/openapi.json", "")
	var d document
	if err := json.Unmarshal([]byte(body), &d); err != nil || answer.StatusCode != 200 {
		t.Fatalf("%s: %v", answer.Status, err)
	}
	return d
}

// get follows keys; what is not there is nil.
func get(v any, keys ...string) any {
	for _, key := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// resolve follows a reference.
func (d document) resolve(schema map[string]any) map[string]any {
	for {
		ref, ok := schema["$ref"].(string)
		if !ok {
			return schema
		}
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		target, ok := get(map[string]any(d), "components", "schemas", name).(map[string]any)
		if !ok {
			panic("there is no schema " + ref)
		}
		schema = target
	}
}

// typesOf returns the types that a schema allows; none is any.
func typesOf(schema map[string]any) []string {
	switch t := schema["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var types []string
		for _, name := range t {
			types = append(types, name.(string))
		}
		return types
	}
	return nil
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// validate returns what of v does not keep to schema (JSON Schema 2020-12, as much
// of it as the description uses).
func (d document) validate(schema map[string]any, v any, path string) []string {
	schema = d.resolve(schema)
	kind := typeOf(v)
	types := typesOf(schema)
	if types != nil && !slices.Contains(types, kind) && (kind != "integer" || !slices.Contains(types, "number")) {
		return []string{fmt.Sprintf("%s is %s, want %v", path, kind, types)}
	}
	var wrong []string
	bad := func(format string, args ...any) { wrong = append(wrong, path+" "+fmt.Sprintf(format, args...)) }
	if enum, ok := schema["enum"].([]any); ok && v != nil && !slices.Contains(enum, v) {
		bad("is %v, want one of %v", v, enum)
	}
	number := func(key string) (float64, bool) { n, ok := schema[key].(float64); return n, ok }
	switch v := v.(type) {
	case float64:
		if n, ok := number("minimum"); ok && v < n {
			bad("is %v, under %v", v, n)
		}
		if n, ok := number("maximum"); ok && v > n {
			bad("is %v, over %v", v, n)
		}
	case string:
		length := float64(utf8.RuneCountInString(v))
		if n, ok := number("minLength"); ok && length < n {
			bad("is too short")
		}
		if n, ok := number("maxLength"); ok && length > n {
			bad("is too long")
		}
		if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(v) {
			bad("does not match %s", pattern)
		}
	case []any:
		if n, ok := number("maxItems"); ok && float64(len(v)) > n {
			bad("has too many")
		}
		if n, ok := number("minItems"); ok && float64(len(v)) < n {
			bad("has too few")
		}
		if items, ok := schema["items"].(map[string]any); ok {
			for i := range v {
				wrong = append(wrong, d.validate(items, v[i], fmt.Sprintf("%s[%d]", path, i))...)
			}
		}
	case map[string]any:
		wrong = append(wrong, d.members(schema, v, path)...)
	}
	return wrong
}

func (d document) members(schema, v map[string]any, path string) (wrong []string) {
	properties, _ := schema["properties"].(map[string]any)
	if required, ok := schema["required"].([]any); ok {
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				wrong = append(wrong, fmt.Sprintf("%s has no %s", path, name))
			}
		}
	}
	for name, member := range v {
		if property, ok := properties[name].(map[string]any); ok {
			wrong = append(wrong, d.validate(property, member, path+"."+name)...)
			continue
		}
		switch more := schema["additionalProperties"].(type) {
		case bool:
			if !more {
				wrong = append(wrong, path+" has a member that is not described: "+name)
			}
		case map[string]any:
			wrong = append(wrong, d.validate(more, member, path+"."+name)...)
		}
	}
	return wrong
}

// TestValidator: a validator that finds nothing would make the tests below prove
// nothing.
func TestValidator(t *testing.T) {
	t.Parallel()
	var d document
	err := json.Unmarshal([]byte(`{"components":{"schemas":{"A":{"type":"object","required":["n"],"additionalProperties":false,"properties":{
		"n":{"type":"integer","minimum":1,"maximum":3},"s":{"type":["string","null"],"pattern":"^a*$","minLength":1,"maxLength":3},
		"l":{"type":"array","minItems":1,"maxItems":2,"items":{"$ref":"#/components/schemas/A"}},"e":{"type":"string","enum":["x","y"]},
		"m":{"type":"object","additionalProperties":{"type":"number"}}}}}}}`), &d)
	if err != nil {
		t.Fatal(err)
	}
	schema := map[string]any{"$ref": "#/components/schemas/A"}
	for text, want := range map[string]bool{
		`{"n":1}`: true, `{"n":3,"s":"aaa","l":[{"n":1}],"e":"y","m":{"k":1.5}}`: true, `{"n":1,"s":null}`: true,
		`{}`: false, `[]`: false, `null`: false, `{"n":0}`: false, `{"n":4}`: false, `{"n":1.5}`: false, `{"n":"1"}`: false,
		`{"n":1,"s":""}`: false, `{"n":1,"s":"aaaa"}`: false, `{"n":1,"s":"b"}`: false, `{"n":1,"l":[]}`: false, `{"n":1,"l":null}`: false,
		`{"n":1,"l":[{}]}`: false, `{"n":1,"l":[{"n":1},{"n":1},{"n":1}]}`: false, `{"n":1,"e":"z"}`: false, `{"n":1,"m":{"k":""}}`: false,
		`{"n":1,"x":1}`: false,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if wrong := d.validate(schema, v, "body"); (wrong == nil) != want {
			t.Errorf("%s: %v", text, wrong)
		}
	}
}
