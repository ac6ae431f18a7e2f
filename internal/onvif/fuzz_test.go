package onvif

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzAnswers reads bytes as every kind of answer: none may crash it, and what
// comes out is bounded.
func FuzzAnswers(f *testing.F) {
	files, err := filepath.Glob("testdata/devices/*/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 8000 && !strings.HasSuffix(file, ".json") {
			f.Add(text, 200)
		}
	}
	f.Add(soapFaultOf("NotAuthorized", "x"), 400)
	f.Add(clockAnswer(time.Unix(0, 0)), 200)
	f.Add([]byte(`<E><Body><PullMessagesResponse>`+message("a:b/c", "Changed", "State", "1", time.Unix(0, 0))+`</PullMessagesResponse></Body></E>`), 200)
	c, err := New(Config{Address: "192.0.2.64"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		a := readAnswer(&reply{url: "http://192.0.2.64/d", status: status, header: http.Header{}, body: body})
		_, _, _, _ = a.refused(), a.locked(), a.suspect(), a.stale()
		if err := c.problem(a, true); err != nil && len(err.Error()) > 1000 {
			t.Errorf("a long error: %v", err)
		}
		_, _ = clockOffset(a)
		var response *node
		if nodes := a.root.at("Body").children(); len(nodes) > 0 {
			response = nodes[0]
		}
		at := map[string]target{}
		parseServices(response, "http://192.0.2.64/d", at)
		parseCapabilities(response, "http://192.0.2.64/d", at)
		for ns, place := range at {
			if hostOf(place.url) != "192.0.2.64" {
				t.Errorf("%s is at %s", ns, place.url)
			}
		}
		for _, p := range playable(merge(parseProfiles(response, true), parseProfiles(response, false))) {
			if p.Token == "" || p.Width < 0 || p.Width > maxSize || p.FPS < 0 || p.FPS > maxFPS || p.BitRateKbps < 0 || p.GOP < 0 || len(p.Name) > 300 {
				t.Errorf("%+v", p)
			}
		}
		for _, e := range parseEvents(response, time.Hour, time.Unix(0, 0)) {
			if e.Topic == "" || e.Source == nil || e.Data == nil || e.At.IsZero() {
				t.Errorf("%+v", e)
			}
		}
		_, _ = parseSources(response), parseMACs(response)
		_, _ = parsePresets(response), c.parsePTZStatus(response)
		_ = parseImaging(response, response)
		s := parseSubscription(response, "http://192.0.2.64/e")
		s.grant(response)
		if hostOf(s.at.url) != "192.0.2.64" || s.granted <= 0 || s.granted > subscribeFor {
			t.Errorf("%+v", s)
		}
		for _, header := range s.headers {
			if parseXML([]byte(header)) == nil {
				t.Errorf("header %q", header)
			}
		}
		_, _, _ = readPicture(a)
	})
}

func FuzzClock(f *testing.F) {
	for _, seed := range []string{"CST-8", "<+03>-3", "EST5EDT,M3.2.0", "2026-03-01T12:00:00Z", "GMT+99:99", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := zoneOffset(s); d.Abs() > 25*time.Hour {
			t.Errorf("%q is %v", s, d)
		}
		if at, ok := parseMoment(s); ok && at.Year() < 1969 {
			t.Errorf("%q is %v", s, at)
		}
	})
}
