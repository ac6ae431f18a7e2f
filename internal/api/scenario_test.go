package api

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
)

// scenario is one request to a fresh stage.
type scenario struct {
	name, method, path, body string
	headers                  []string
	status                   int
	has                      []string // in the answer's body or, as "Name: value", its headers
	asked                    string   // of the stage
}

func (c *scenario) run(t *testing.T) {
	t.Helper()
	s := newStage()
	answer, body := s.ask(t, c.method, c.path, c.body, c.headers...)
	if answer.StatusCode != c.status {
		t.Errorf("answered %d %s, want %d", answer.StatusCode, body, c.status)
	}
	var headers strings.Builder
	_ = answer.Header.Write(&headers)
	for _, has := range c.has {
		if !strings.Contains(headers.String()+body, has) {
			t.Errorf("%s is not in\n%s%s", has, headers.String(), body)
		}
	}
	if asked := s.asked(); asked != c.asked {
		t.Errorf("the inventory was asked for %q, want %q", asked, c.asked)
	}
	if strings.Contains(headers.String()+body, kept) {
		t.Errorf("a password is in %s", body)
	}
	if c.status >= 400 {
		var p Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || p.Status != c.status || p.Code == "" || p.Detail == "" ||
			answer.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("that is no problem: %s %v", body, answer.Header)
		}
	}
}

func TestCameraScenarios(t *testing.T) {
	t.Parallel()
	const v1 = "/api/v1/cameras"
	const url = `"url":"rtsp://u:hunter2@192.0.2.3/x"`
	for _, c := range []scenario{
		{"page", "GET", v1 + "?limit=1", "", nil, 200, []string{`"id":"door"`, `"next":"door"`}, ""},
		{"next page", "GET", v1 + "?limit=1&after=DOOR", "", nil, 200, []string{`"id":"yard"`, `"next":null`}, ""},
		{"behind the end", "GET", v1 + "?after=yard", "", nil, 200, []string{`"cameras":[]`}, ""},
		{"behind nobody", "GET", v1 + "?after=gone", "", nil, 400, []string{"bad_request", "gone"}, ""},
		{"behind nonsense", "GET", v1 + "?after=%00", "", nil, 400, []string{`"location":"query.after"`}, ""},
		{"no limit", "GET", v1 + "?limit=0", "", nil, 400, []string{`"location":"query.limit"`}, ""},
		{"odd limit", "GET", v1 + "?limit=ten", "", nil, 400, []string{`"location":"query.limit"`, "integer"}, ""},
		{"huge limit", "GET", v1 + "?limit=99999999999999999999", "", nil, 400, []string{"query.limit"}, ""},
		{"find by name", "GET", v1 + "?q=%E9%96%80", "", nil, 200, []string{`"id":"door"`}, ""},
		{"find by device", "GET", v1 + "?q=RECORD", "", nil, 200, []string{`[{"id":"door"`, `"next":null`}, ""},
		{"find by number", "GET", v1 + "?q=7", "", nil, 200, []string{`"id":"door"`}, ""},
		{"find nobody", "GET", v1 + "?q=0", "", nil, 200, []string{`"cameras":[]`}, ""},
		{"for a cache", "GET", v1 + "?_=1", "", nil, 200, []string{`"id":"door"`}, ""},
		{"head", "HEAD", v1, "", nil, 200, []string{"Content-Type: application/json"}, ""},
		{"accepts nothing of ours", "GET", v1, "", []string{"Accept", "text/html;q=1, image/*"}, 200, []string{"Content-Type: application/json"}, ""},

		{"one", "GET", v1 + "/DOOR", "", nil, 200, []string{`Etag: "3"`, `"id":"door"`, `"state":"live"`}, ""},
		{"none", "GET", v1 + "/nobody", "", nil, 404, []string{"not_found"}, ""},
		{"no id", "GET", v1 + "/%20", "", nil, 400, []string{"path.id", "letters, digits"}, ""},
		{"streams", "GET", v1 + "/door/streams", "", nil, 200, []string{`{"streams":[{"name":"main"`}, ""},
		{"streams of none", "GET", v1 + "/nobody/streams", "", nil, 404, nil, ""},

		{
			"add", "POST", v1, `{` + url + `}`, nil, 201,
			[]string{"Location: /api/v1/cameras/new", `Etag: "1"`, `"id":"new"`},
			`add camera "" "rtsp://u:hunter2@192.0.2.3/x" 0 map[]  none auto <nil>`,
		},
		{
			"add with all", "POST", v1, `{` + url + `,"id":"A","name":"a","number":9,"text":"t","user":"u","password":"p@ss","transport":"udp","tls":"off","rotation":90,"disabled":true,"unchangedAfter":0}`, nil, 201, nil,
			`add camera "A" "rtsp://u:hunter2@192.0.2.3/x" 9 map[]  u:p@ss udp 0s`,
		},
		{"add by streams", "POST", v1, `{"streams":{"main":"rtsp://a/1"},"unchangedAfter":1.5}`, nil, 201, nil, `add camera "" "" 0 map[main:rtsp://a/1]  none auto 1.5s`},
		{"add by address", "POST", v1, `{"address":"192.0.2.3","profile":"sub","user":"u"}`, nil, 201, nil, `add camera "" "" 0 map[] 192.0.2.3sub u: auto <nil>`},
		{"add with empty texts", "POST", v1, `{"id":"","name":"","streams":{},` + url + `}`, nil, 201, nil, `add camera "" "rtsp://u:hunter2@192.0.2.3/x" 0 map[]  none auto <nil>`},
		{"add two ways", "POST", v1, `{` + url + `,"address":"192.0.2.3"}`, nil, 400, []string{"exactly one"}, ""},
		{"add no way", "POST", v1, `{"name":"a"}`, nil, 400, []string{"exactly one"}, ""},
		{"add profile without address", "POST", v1, `{` + url + `,"profile":"a"}`, nil, 400, []string{"address"}, ""},
		{"add odd id", "POST", v1, `{` + url + `,"id":"a b"}`, nil, 400, []string{`"location":"body.id"`}, ""},
		{"add secret as id", "POST", v1, `{"id":"rtsp://u:hunter2@h/x"}`, nil, 400, []string{`"location":"body.id"`}, ""},
		{"add secret as number", "POST", v1, `{"number":"rtsp://u:hunter2@h/x"}`, nil, 400, []string{`"location":"body.number"`}, ""},
		{"add secret as field", "POST", v1, `{"rtsp://u:hunter2@h/x":1,"url":"rtsp://a"}`, nil, 400, []string{`"location":"body"`, "unexpected property"}, ""},
		{"add unknown field", "POST", v1, `{` + url + `,"pasword":"x"}`, nil, 400, []string{`"location":"body.pasword"`}, ""},
		{"add odd rotation", "POST", v1, `{` + url + `,"rotation":45}`, nil, 400, []string{"body.rotation"}, ""},
		{"add control character", "POST", v1, `{` + url + `,"name":"a\u0000b"}`, nil, 400, []string{"body.name", "control characters"}, ""},
		{"add long name", "POST", v1, `{` + url + `,"name":"` + strings.Repeat("x", 201) + `"}`, nil, 400, []string{"body.name"}, ""},
		{"add number beyond", "POST", v1, `{` + url + `,"number":1e400}`, nil, 400, []string{`"location":"body"`}, ""},
		{"add number as float", "POST", v1, `{` + url + `,"number":1.5}`, nil, 400, []string{"body.number"}, ""},
		{"add list", "POST", v1, `[]`, nil, 400, []string{`"location":"body"`}, ""},
		{"add null", "POST", v1, `null`, nil, 400, []string{`"location":"body"`}, ""},
		{"add nothing", "POST", v1, "", nil, 400, []string{"body is required"}, ""},
		{"add half", "POST", v1, `{"url":"rtsp://u:hunter2@h`, nil, 400, []string{"no JSON"}, ""},
		{"add two bodies", "POST", v1, `{` + url + `}{}`, nil, 400, []string{"no JSON"}, ""},
		{"add no UTF-8", "POST", v1, `{"name":"` + "\xff" + `",` + url + `}`, nil, 400, []string{"UTF-8"}, ""},
		{"add as form", "POST", v1, `url=rtsp://u:hunter2@h`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, []string{"media_type"}, ""},
		{"add as text", "POST", v1, `{` + url + `}`, []string{"Content-Type", "text/plain"}, 415, []string{"media_type"}, ""},
		{"add with charset", "POST", v1, `{"address":"a"}`, []string{"Content-Type", "application/json; charset=utf-8"}, 201, nil, `add camera "" "" 0 map[] a none auto <nil>`},
		{"add too much", "POST", v1, `{"name":"` + strings.Repeat("x", 64<<10) + `"}`, nil, 413, []string{"too_large"}, ""},

		{"edit", "PATCH", v1 + "/door", `{"name":"Door","text":null}`, []string{"If-Match", `"3"`}, 200, []string{`Etag: "4"`}, `edit camera door name="Door"`},
		{"edit without tag", "PATCH", v1 + "/door", `{"transport":"tcp"}`, nil, 200, nil, `edit camera door tcp`},
		{"edit any", "PATCH", v1 + "/door", `{}`, []string{"If-Match", "*"}, 200, nil, `edit camera door`},
		{"edit one of several", "PATCH", v1 + "/door", `{}`, []string{"If-Match", `"1", "3"`}, 200, nil, `edit camera door`},
		{"edit none of several", "PATCH", v1 + "/door", `{}`, []string{"If-Match", `"1","2"`}, 412, []string{"conflict"}, ""},
		{"edit late", "PATCH", v1 + "/door", `{}`, []string{"If-Match", `"2"`}, 412, []string{"conflict"}, ""},
		{"edit by weak tag", "PATCH", v1 + "/door", `{}`, []string{"If-Match", `W/"3"`}, 412, nil, ""},
		{"edit by tag of others", "PATCH", v1 + "/door", `{}`, []string{"If-Match", `"abc"`}, 412, nil, ""},
		{"edit by zero", "PATCH", v1 + "/door", `{}`, []string{"If-Match", `"0"`}, 412, nil, ""},
		{"edit by no tag", "PATCH", v1 + "/door", `{}`, []string{"If-Match", `3`}, 400, []string{"If-Match"}, ""},
		{"edit provisioned", "PATCH", v1 + "/yard", `{"name":"x"}`, nil, 409, []string{"not_editable", "camwall.yaml"}, ""},
		{"edit nobody", "PATCH", v1 + "/nobody", `{}`, nil, 404, nil, ""},
		{"edit password", "PATCH", v1 + "/door", `{"password":"new"}`, nil, 200, nil, `edit camera door sign-in admin:new`},
		{"edit both", "PATCH", v1 + "/door", `{"user":"root","password":""}`, nil, 200, nil, `edit camera door sign-in root:`},
		{"edit same user", "PATCH", v1 + "/door", `{"user":"admin"}`, nil, 200, nil, `edit camera door`},
		{"edit other user", "PATCH", v1 + "/door", `{"user":"root"}`, nil, 400, []string{"password"}, ""},
		{"edit no user", "PATCH", v1 + "/door", `{"user":""}`, nil, 200, nil, `edit camera door sign-in :`},

		{"remove", "DELETE", v1 + "/door", "", []string{"If-Match", `"3"`}, 204, nil, "remove camera door"},
		{"remove late", "DELETE", v1 + "/door", "", []string{"If-Match", `"1", "2"`}, 412, nil, ""},
		{"remove provisioned", "DELETE", v1 + "/yard", "", nil, 409, nil, ""},
		{"remove nobody", "DELETE", v1 + "/nobody", "", nil, 404, nil, ""},

		{"retry", "POST", v1 + "/DOOR/retry", "", nil, 202, nil, "retry door"},
		{"retry nobody", "POST", v1 + "/nobody/retry", "", nil, 404, nil, ""},
		{"retry no id", "POST", v1 + "/%20/retry", "", nil, 400, nil, ""},
		{"retry by GET", "GET", v1 + "/door/retry", "", nil, 405, []string{"Allow: POST", "method"}, ""},
		{"restart", "POST", v1 + "/door/restart", "", nil, 202, nil, "restart door"},
		{"restart all", "POST", v1 + "/restart", "", nil, 202, nil, "restart all"},
		{"method of nobody", "BREW", v1 + "/door", "", nil, 405, []string{"Allow: GET, HEAD, PATCH, DELETE"}, ""},
		{"options", "OPTIONS", v1, "", []string{"Origin", "http://localhost", "Access-Control-Request-Method", "POST"}, 405, []string{"Allow: GET, HEAD, POST"}, ""},
		{"no such path", "GET", "/api/v1/nothing", "", nil, 404, []string{"/docs"}, ""},
		{"no such path with a secret", "GET", "/api/v1/rtsp:%2F%2Fu:hunter2@h", "", nil, 404, nil, ""},
		{"kept free", "GET", "/api/streams/x", "", nil, 404, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

func TestOtherScenarios(t *testing.T) {
	t.Parallel()
	const v1 = "/api/v1"
	const page = `"columns":2,"rows":1,"pages":[{"tiles":[{"column":0,"row":0,"width":1,"height":1,"cameras":["door"]}]}]`
	overlay := func(said string) string {
		return `{"columns":1,"rows":1,"pages":[{"tiles":[{"column":0,"row":0,"width":1,"height":1,"overlay":` + said + `}]}]}`
	}
	for _, c := range []scenario{
		{"devices", "GET", v1 + "/devices", "", nil, 200, []string{`"id":"nvr"`, `"kind":"recorder"`, `"clockOffsetSeconds":10800`, `"user":"admin","hasPassword":true`, `"cameras":["door"]`, `"problem":null`, `"next":null`}, ""},
		{"device page", "GET", v1 + "/devices?limit=1&after=nvr", "", nil, 200, []string{`"id":"file"`, `"cameras":[]`, `"code":"unauthorized"`}, ""},
		{"device", "GET", v1 + "/devices/NVR", "", nil, 200, []string{`Etag: "2"`}, ""},
		{"no device", "GET", v1 + "/devices/x", "", nil, 404, nil, ""},
		{"add device", "POST", v1 + "/devices", `{"address":"192.0.2.1","user":"u","password":"p","sources":["V1"],"maxConnections":4}`, nil, 201, []string{"Location: /api/v1/devices/nvr", `"device":{"id":"nvr"`, `"cameras":[{"id":"door"`}, `add device "" 192.0.2.1 u:p [V1] 4 pin`},
		{"add no device", "POST", v1 + "/devices", `{"name":"x"}`, nil, 400, []string{"address"}, ""},
		{"edit device", "PATCH", v1 + "/devices/nvr", `{"password":"new"}`, []string{"If-Match", `"2"`}, 200, nil, "edit device nvr sign-in admin:new"},
		{"edit device late", "PATCH", v1 + "/devices/nvr", `{"name":"x"}`, []string{"If-Match", `"1"`}, 412, nil, ""},
		{"edit provisioned device", "PATCH", v1 + "/devices/file", `{}`, nil, 409, nil, ""},
		{"remove device", "DELETE", v1 + "/devices/nvr", "", nil, 204, nil, "remove device nvr"},
		{"refresh device", "POST", v1 + "/devices/nvr/refresh", "", nil, 200, []string{`"id":"nvr"`}, "refresh nvr"},

		{
			"describe", "POST", v1 + "/describe", `{"address":"192.0.2.1","user":"u","password":"p","tls":"verify"}`, nil, 200,
			[]string{`"channels":[{"source":"V1","name":"one","number":1,"main":"P1","sub":"P2","camera":"door"}]`, `"codec":"H265"`, `"problems":[{"code":"protocol"`},
			"describe 192.0.2.1 u:p verify",
		},
		{"describe known", "POST", v1 + "/describe", `{"device":"NVR"}`, nil, 200, nil, "describe nvr : pin"},
		{"describe nobody", "POST", v1 + "/describe", `{}`, nil, 400, []string{"exactly one"}, ""},
		{"describe both", "POST", v1 + "/describe", `{"device":"nvr","address":"a"}`, nil, 400, []string{"exactly one"}, ""},
		{"picture", "POST", v1 + "/describe/picture", `{"device":"nvr","source":"V1"}`, nil, 200, []string{"Content-Type: image/jpeg", "\xff\xd8jpeg"}, "picture nvr V1"},
		{"picture of nothing", "POST", v1 + "/describe/picture", `{"device":"nvr"}`, nil, 400, []string{"source"}, ""},
		{
			"test", "POST", v1 + "/test", `{"url":"rtsp://u:hunter2@192.0.2.1/x","picture":true}`, nil, 200,
			[]string{`"kind":"video","codec":"H264"`, `"kind":"audio"`, `"kind":"other"`, `"picture":"anBlZw=="`},
			"test rtsp://u:hunter2@192.0.2.1/x  none false true",
		},
		{"test with sign-in", "POST", v1 + "/test", `{"url":"rtsp://h","user":"u","password":"p","camera":"DOOR","guess":true}`, nil, 200, nil, "test rtsp://h door u:p true false"},

		{"ptz", "GET", v1 + "/cameras/door/ptz", "", nil, 200, []string{`"position":{"pan":0.1235,"tilt":0,"zoom":0}`, `"presets":[{"token":"1","name":"gate"}]`}, "ptz door"},
		{"move", "POST", v1 + "/cameras/door/ptz", `{"continuous":{"pan":-1,"zoom":0.5},"timeoutSeconds":2.5}`, nil, 204, nil, `move door "" home=false stop=false continuous {-1 0 0.5} 2.5s`},
		{"move by default", "POST", v1 + "/cameras/door/ptz", `{"continuous":{"tilt":1}}`, nil, 204, nil, `move door "" home=false stop=false continuous {0 1 0} 5s`},
		{"move to a place", "POST", v1 + "/cameras/door/ptz", `{"absolute":{"pan":0.1}}`, nil, 204, nil, `move door "" home=false stop=false absolute {0.1 0 0} 0s`},
		{"move by", "POST", v1 + "/cameras/door/ptz", `{"relative":{"zoom":-0.1}}`, nil, 204, nil, `move door "" home=false stop=false relative {0 0 -0.1} 0s`},
		{"move to preset", "POST", v1 + "/cameras/door/ptz", `{"preset":"gate"}`, nil, 204, nil, `move door "gate" home=false stop=false 0s`},
		{"stop", "POST", v1 + "/cameras/door/ptz", `{"stop":true}`, nil, 204, nil, `move door "" home=false stop=true 0s`},
		{"move nowhere", "POST", v1 + "/cameras/door/ptz", `{"home":false}`, nil, 400, []string{"exactly one"}, ""},
		{"move twice", "POST", v1 + "/cameras/door/ptz", `{"home":true,"stop":true}`, nil, 400, []string{"exactly one"}, ""},
		{"move too fast", "POST", v1 + "/cameras/door/ptz", `{"continuous":{"pan":1.1}}`, nil, 400, []string{"body.continuous.pan"}, ""},
		{"move too long", "POST", v1 + "/cameras/door/ptz", `{"continuous":{"pan":1},"timeoutSeconds":11}`, nil, 400, []string{"body.timeoutSeconds"}, ""},
		{"add preset", "POST", v1 + "/cameras/door/ptz/presets", `{"name":"gate"}`, nil, 201, []string{"Location: /api/v1/cameras/door/ptz/presets/a%2Fb", `{"token":"a/b","name":"gate"}`}, "set preset door gate"},
		{"remove preset", "DELETE", v1 + "/cameras/door/ptz/presets/a%2Fb", "", nil, 204, nil, "remove preset door a/b"},
		{"home", "PUT", v1 + "/cameras/door/ptz/home", "", nil, 204, nil, "set home door"},
		{"imaging", "GET", v1 + "/cameras/door/imaging", "", nil, 200, []string{`{"brightness":{"value":50,"min":0,"max":100},"contrast":null`, `"nightMode":"auto"`}, "imaging door"},
		{"brightness", "PATCH", v1 + "/cameras/door/imaging", `{"brightness":0}`, nil, 200, nil, "brightness 0; imaging door"},
		{"night", "PATCH", v1 + "/cameras/door/imaging", `{"nightMode":"dusk"}`, nil, 400, []string{"body.nightMode"}, ""},

		{"found", "GET", v1 + "/discovery", "", nil, 200, []string{`{"searching":true,"secondsLeft":2.5,"interfaces":["eth0"],"devices":[{"id":"urn:uuid:1","kind":"camera"`, `"addresses":["192.0.2.9"]`, `"inventory":"1"`, `"code":"no_multicast"`}, ""},
		{"search", "POST", v1 + "/discovery/search", "", nil, 202, nil, "search [] []"},
		{"search there", "POST", v1 + "/discovery/search", `{"interfaces":["eth0"],"ranges":["192.0.2.7/24","2001:db8::1"]}`, nil, 202, nil, "search [eth0] [192.0.2.0/24 2001:db8::1/128]"},
		{"search nowhere", "POST", v1 + "/discovery/search", `{"ranges":["rtsp://u:hunter2@h"]}`, nil, 400, []string{"no network"}, ""},
		{"clear", "DELETE", v1 + "/discovery", "", nil, 204, nil, "clear"},

		{"walls", "GET", v1 + "/walls", "", nil, 200, []string{`{"walls":[{"name":"lobby"`, `"dwell":20`, `"cameras":[]`, `"overlay":{"number":false`}, ""},
		{"wall", "GET", v1 + "/walls/lobby", "", nil, 200, []string{`Etag: "5"`, `"fit":"cover"`}, ""},
		{"new wall", "PUT", v1 + "/walls/hall", `{` + page + `}`, nil, 200, []string{`Etag: "11"`, `"name":"hall"`}, "put wall hall"},
		{"new wall if none", "PUT", v1 + "/walls/hall", `{` + page + `}`, []string{"If-None-Match", "*"}, 200, nil, "put wall hall"},
		{"new wall that was there", "PUT", v1 + "/walls/hall", `{` + page + `}`, []string{"If-Match", `"5"`}, 412, nil, ""},
		{"wall unread", "PUT", v1 + "/walls/lobby", `{` + page + `}`, nil, 428, []string{"precondition_required", "ETag"}, ""},
		{"wall if none", "PUT", v1 + "/walls/lobby", `{` + page + `}`, []string{"If-None-Match", "*"}, 412, nil, ""},
		{"wall late", "PUT", v1 + "/walls/lobby", `{` + page + `}`, []string{"If-Match", `"4"`}, 412, nil, "put wall lobby"},
		{"wall read", "PUT", v1 + "/walls/lobby", `{"name":"lobby","revision":5,"provisioned":false,` + page + `}`, []string{"If-Match", `"5"`}, 200, []string{`Etag: "11"`}, "put wall lobby"},
		{"wall of another name", "PUT", v1 + "/walls/hall", `{"name":"lobby",` + page + `}`, nil, 400, []string{"name"}, ""},
		{"wall without pages", "PUT", v1 + "/walls/hall", `{"columns":1,"rows":1,"pages":[]}`, nil, 400, []string{"body.pages"}, ""},
		{"wall with tiles outside", "PUT", v1 + "/walls/hall", `{"columns":1,"rows":1,"pages":[{"tiles":[{"column":1,"row":0,"width":1,"height":1}]}]}`, nil, 400, []string{"pages[0].tiles[0]"}, ""},
		{"provisioned wall", "GET", v1 + "/walls/stairs", "", nil, 200, []string{`"provisioned":true`, `"crop":{"x":0.5,"y":0,"width":0.5,"height":0.25}`}, ""},
		{"change provisioned wall", "PUT", v1 + "/walls/stairs", `{` + page + `}`, nil, 409, []string{"not_editable", "camwall.yaml"}, ""},
		{"change provisioned wall that was read", "PUT", v1 + "/walls/stairs", `{` + page + `}`, []string{"If-Match", `"0"`}, 409, []string{"not_editable"}, ""},
		{"make provisioned wall", "PUT", v1 + "/walls/stairs", `{` + page + `}`, []string{"If-None-Match", "*"}, 409, []string{"not_editable"}, ""},
		{"remove provisioned wall", "DELETE", v1 + "/walls/stairs", "", nil, 409, []string{"not_editable"}, ""},
		{
			"wall with a crop", "PUT", v1 + "/walls/hall", `{"columns":1,"rows":1,"pages":[{"tiles":[{"column":0,"row":0,"width":1,"height":1,"crop":{"x":0.1,"y":0.2,"width":0.9,"height":0.05}}]}]}`, nil, 200,
			[]string{`"crop":{"x":0.1,"y":0.2,"width":0.9,"height":0.05}`},
			"put wall hall",
		},
		{"wall with a narrow crop", "PUT", v1 + "/walls/hall", `{"columns":1,"rows":1,"pages":[{"tiles":[{"column":0,"row":0,"width":1,"height":1,"crop":{"x":0,"y":0,"width":0.04,"height":1}}]}]}`, nil, 400, []string{"crop.width"}, ""},
		{"wall with half a crop", "PUT", v1 + "/walls/hall", `{"columns":1,"rows":1,"pages":[{"tiles":[{"column":0,"row":0,"width":1,"height":1,"crop":{"x":0}}]}]}`, nil, 400, []string{"crop"}, ""},
		{"wall with a crop outside", "PUT", v1 + "/walls/hall", `{"columns":1,"rows":1,"pages":[{"tiles":[{"column":0,"row":0,"width":1,"height":1,"crop":{"x":0.6,"y":0,"width":0.5,"height":1}}]}]}`, nil, 400, []string{"pages[0].tiles[0].crop goes beyond"}, ""},
		{"wall without a crop", "PUT", v1 + "/walls/hall", `{"columns":1,"rows":1,"pages":[{"tiles":[{"column":0,"row":0,"width":1,"height":1,"crop":null}]}]}`, nil, 200, []string{`"tiles":[{`}, "put wall hall"},
		{"wall that says nothing of overlays", "PUT", v1 + "/walls/hall", `{` + page + `}`, nil, 200, []string{`"overlay":{"number":true,"name":true,"clock":false,"statistics":false}`}, "put wall hall"},
		{"wall with no overlay", "PUT", v1 + "/walls/hall", overlay("null"), nil, 200, []string{`"overlay":{"number":true,"name":true,"clock":false,"statistics":false}`}, "put wall hall"},
		{"wall with an empty overlay", "PUT", v1 + "/walls/hall", overlay("{}"), nil, 200, []string{`"overlay":{"number":false,"name":false,"clock":false,"statistics":false}`}, "put wall hall"},
		{"wall without number and name", "PUT", v1 + "/walls/hall", overlay(`{"number":false,"name":false}`), nil, 200, []string{`"overlay":{"number":false,"name":false,"clock":false,"statistics":false}`}, "put wall hall"},
		{"wall with a clock alone", "PUT", v1 + "/walls/hall", overlay(`{"clock":true,"name":null}`), nil, 200, []string{`"overlay":{"number":false,"name":false,"clock":true,"statistics":false}`}, "put wall hall"},
		{"remove wall", "DELETE", v1 + "/walls/lobby", "", []string{"If-Match", `"5"`}, 204, nil, "remove wall lobby"},
		{"remove wall late", "DELETE", v1 + "/walls/lobby", "", []string{"If-Match", `"4"`}, 412, nil, ""},

		{"settings", "GET", v1 + "/settings", "", nil, 200, []string{`"siteName":"Site","discovery":{"interfaces":[],"ranges":["192.0.2.0/24"]}`, `"listen":["127.0.0.1:8000"]`, `"idleAfterSeconds":10`}, ""},
		{"edit settings", "PATCH", v1 + "/settings", `{"siteName":"Here","discovery":{"ranges":[]}}`, nil, 200, []string{`"siteName":"Here"`, `"ranges":[]`}, "set settings Here [] []"},
		{"edit fixed settings", "PATCH", v1 + "/settings", `{"server":{"open":true}}`, nil, 400, []string{"body.server"}, ""},
		{"edit odd settings", "PATCH", v1 + "/settings", `{"discovery":{"interfaces":["a b"]}}`, nil, 400, []string{"body.discovery.interfaces"}, ""},
		{"log", "GET", v1 + "/log", "", nil, 200, []string{`{"lines":[{"time":"2026-11-21T01:15:00.123Z","level":"warn","message":"away","attributes":{"camera":"door"}}]}`}, "tail 200 INFO"},
		{"log level", "GET", v1 + "/log?lines=5&level=debug", "", nil, 200, nil, "tail 5 DEBUG"},
		{"odd log level", "GET", v1 + "/log?level=all", "", nil, 400, []string{"query.level"}, ""},
		{"system", "GET", v1 + "/system", "", nil, 200, []string{`"version":"1.2.3"`, `"hosts":["camwall.example"]`, `"addresses":["http://127.0.0.1:8000"]`, `{"name":"lo","addresses":["127.0.0.1/8"`, `"started":"2026-11-21T01:15:00.123Z"`}, ""},
		{"import", "POST", v1 + "/import", `{"name":"go2rtc.yaml","content":"a: b","environment":{"P":"x"}}`, nil, 200, []string{`"format":"go2rtc"`, `"added":false`, `"why":"exec:ffmpeg rtsp://***@192.0.2.1/b"`}, "import go2rtc.yaml a: b map[P:x] false"},
		{"import much", "POST", v1 + "/import", `{"name":"a","write":true,"content":"` + strings.Repeat(" ", 3<<20) + `"}`, nil, 200, []string{`"added":true`}, "import a " + strings.Repeat(" ", 3<<20) + " map[] true"},
		{"import too much", "POST", v1 + "/import", `{"name":"a","content":"` + strings.Repeat(" ", 4<<20) + `"}`, nil, 413, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

// TestErrorsAreProblems: whatever the inventory says becomes an answer with its
// code, and what is no fault becomes an internal error that tells nothing.
func TestErrorsAreProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		err    error
		panics bool
		status int
		code   fault.Code
		detail string
		logged string
	}{
		{"fault", fault.New(fault.Unauthorized, "refused rtsp://u:hunter2@h/x", "change it"), false, 424, fault.Unauthorized, "refused rtsp://***@h/x", ""},
		{"wrapped", fmt.Errorf("add: %w", fault.New(fault.BadRequest, "no", "")), false, 400, fault.BadRequest, "no", ""},
		{"no fault", fmt.Errorf("disk: %w", io.ErrUnexpectedEOF), false, 500, fault.Internal, "internal error", "unexpected EOF"},
		{"panic", nil, true, 500, fault.Internal, "internal error", "the stage broke"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage()
			s.fail, s.panics = c.err, c.panics
			var log strings.Builder
			_, mux := s.mux(slog.New(slog.NewTextHandler(&log, nil)))
			answer, body := ask(t, mux, "POST", "/api/v1/cameras", `{"url":"rtsp://192.0.2.3/x"}`)
			var p Problem
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				t.Fatalf("%v in %s", err, body)
			}
			if answer.StatusCode != c.status || p.Status != c.status || p.Code != c.code || p.Detail != c.detail {
				t.Errorf("answered %d %+v", answer.StatusCode, p)
			}
			if retry := answer.Header.Get("Retry-After"); (retry == "5") != (c.status == 503 || c.status == 424) {
				t.Errorf("Retry-After is %q", retry)
			}
			if (p.ID != "") != (c.code == fault.Internal) || !strings.Contains(log.String(), p.ID) || !strings.Contains(log.String(), c.logged) {
				t.Errorf("id %q, the log has %s", p.ID, log.String())
			}
			if (log.Len() > 0) != (c.logged != "") {
				t.Errorf("the log has %s", log.String())
			}
			if answer.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("there is a CORS header")
			}
		})
	}
}

// TestBodiesThatDoNotComeWhole: that is not our fault.
func TestBodiesThatDoNotComeWhole(t *testing.T) {
	t.Parallel()
	_, mux := newStage().mux(slog.New(slog.DiscardHandler))
	r := httptest.NewRequest("POST", "/api/v1/cameras", io.MultiReader(strings.NewReader(`{"url":`), broken{}))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "whole") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestCloseEndsRequests: one that waits for a device, and those that come later.
func TestCloseEndsRequests(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.block = make(chan struct{})
	a, mux := s.mux(slog.New(slog.DiscardHandler))
	type result struct {
		answer *http.Response
		body   string
	}
	done := make(chan result)
	go func() {
		answer, body := ask(t, mux, "POST", "/api/v1/describe", `{"address":"192.0.2.1"}`)
		done <- result{answer, body}
	}()
	<-s.block
	a.Close()
	got := <-done
	if got.answer.StatusCode != 503 || !strings.Contains(got.body, "stopping") {
		t.Errorf("the one that waited was answered %d %s", got.answer.StatusCode, got.body)
	}
	answer, body := ask(t, mux, "GET", "/api/v1/cameras", "")
	if answer.StatusCode != 503 || answer.Header.Get("Retry-After") != "5" {
		t.Errorf("a later one was answered %d %s", answer.StatusCode, body)
	}
}

// TestBodyLeavesNoDeadline: on a real connection a deadline that
// stays would end the request's context.
func TestBodyLeavesNoDeadline(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.block = make(chan struct{})
	a, mux := s.mux(slog.New(slog.DiscardHandler))
	deadlines := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	go func() {
		<-s.block
		a.Close()
	}()
	r := httptest.NewRequest("POST", "/api/v1/describe", strings.NewReader(`{"address":"192.0.2.1"}`))
	mux.ServeHTTP(deadlines, r)
	if n := len(deadlines.read); n != 2 || deadlines.read[0].IsZero() || !deadlines.read[1].IsZero() {
		t.Errorf("read deadlines are %v", deadlines.read)
	}
}

// deadlines notes the read deadlines that are set.
type deadlines struct {
	*httptest.ResponseRecorder
	read []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.read = append(d.read, at)
	return nil
}
