package ssdp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDeviceID(t *testing.T) {
	t.Parallel()
	for usn, want := range map[string]string{
		"": "", "uuid:": "", "uuid:::upnp:rootdevice": "", "upnp:rootdevice": "", "uuid:a b": "", "uuid:" + strings.Repeat("x", 300): "",
		"uuid:4D696E69-444C-164E-9D41-00005E005302::upnp:rootdevice":    "urn:uuid:4d696e69-444c-164e-9d41-00005e005302",
		" UUID:Upnp-BasicDevice-1_0-00005E005302::urn:schemas:device:x": "urn:uuid:upnp-basicdevice-1_0-00005e005302",
		"uuid:{4d696e69-444c-164e-9d41-00005e005302}":                   "urn:uuid:4d696e69-444c-164e-9d41-00005e005302",
	} {
		if got := DeviceID(usn); got != want {
			t.Errorf("DeviceID(%q) = %q, want %q", usn, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	m, ok := read("uuid:A::b", "b", " http://192.0.2.1/ ", strings.Repeat("s", 1000), -1)
	if want := (Message{ID: "urn:uuid:a", Type: "b", Location: "http://192.0.2.1/", Server: strings.Repeat("s", maxServer)}); !ok || m != want {
		t.Errorf("%+v, %v", m, ok)
	}
	if m, _ := read("uuid:a", "b", strings.Repeat("l", 2000), "", 60); m.Location != "" || m.MaxAge != time.Minute {
		t.Errorf("%+v", m)
	}
	if _, ok := read("a", "b", "", "", 0); ok {
		t.Error("a device without an id")
	}
}

// descriptions are in the manner of real devices.
var descriptions = map[string]string{
	"camera": `<?xml version="1.0" encoding="utf-8"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major></specVersion><URLBase>http://192.0.2.5:49152/</URLBase>
<device><deviceType>urn:schemas-upnp-org:device:NetworkCamera:1</deviceType><friendlyName> Gate </friendlyName><manufacturer>Maker &amp; Sons</manufacturer>
<modelName>M1</modelName><modelNumber>2</modelNumber><serialNumber>S3</serialNumber><UDN>uuid:A-B</UDN><presentationURL>/index.html</presentationURL></device></root>`,
	"broken behind it, declared UTF-16": `<?xml version="1.0" encoding="UTF-16"?><root><URLBase>http://192.0.2.5:49152/</URLBase><device><deviceType>urn:schemas-upnp-org:device:NetworkCamera:1</deviceType><friendlyName>Gate</friendlyName>
<manufacturer>Maker & Sons</manufacturer><modelName>M1</modelName><modelNumber>2</modelNumber><UDN>uuid:a-b</UDN><serialNumber>S3</serialNumber><presentationURL>/index.html</presentationURL></dev<<`,
	"unknown character set": `<?xml version="1.0" encoding="klingon"?><root><URLBase>http://192.0.2.5:49152/</URLBase><device><deviceType>urn:schemas-upnp-org:device:NetworkCamera:1</deviceType><friendlyName>Gate</friendlyName>
<friendlyName>Second</friendlyName><manufacturer>Maker &amp; Sons</manufacturer><modelName>M1</modelName><modelNumber>2</modelNumber><UDN>uuid:a-b</UDN><serialNumber>S3</serialNumber><presentationURL>/index.html</presentationURL></device></root>`,
}

func TestParseDescription(t *testing.T) {
	t.Parallel()
	want := Description{
		Types: []string{"urn:schemas-upnp-org:device:NetworkCamera:1"}, Name: "Gate", Maker: "Maker & Sons", Model: "M1", Number: "2", Serial: "S3",
		ID: "urn:uuid:a-b", Web: "/index.html", Base: "http://192.0.2.5:49152/",
	}
	for name, text := range descriptions {
		for _, text := range []string{text, "\xef\xbb\xbf" + text} {
			if got, err := ParseDescription([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	}
}

func TestParseDescriptionCharsets(t *testing.T) {
	t.Parallel()
	text := "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><root><device><friendlyName>T\xfcr</friendlyName></device></root>"
	if d, err := ParseDescription([]byte(text)); err != nil || d.Name != "Tür" {
		t.Errorf("Latin 1: %q, %v", d.Name, err)
	}
	wide := "\xff\xfe"
	for _, c := range `<?xml version="1.0" encoding="utf-16"?><root><device><friendlyName>Gate</friendlyName></device></root>` {
		wide += string(c) + "\x00"
	}
	if d, err := ParseDescription([]byte(wide)); err != nil || d.Name != "Gate" {
		t.Errorf("UTF-16: %q, %v", d.Name, err)
	}
}

func TestParseDescriptionOfEmbeddedDevices(t *testing.T) {
	t.Parallel()
	d, err := ParseDescription([]byte(`<root><device><deviceType>a:InternetGatewayDevice:1</deviceType><deviceList><device><deviceType>a:WANDevice:1</deviceType>
<friendlyName>Inner</friendlyName></device></deviceList><friendlyName>Outer</friendlyName></device></root>`))
	if err != nil || d.Name != "Outer" || !reflect.DeepEqual(d.Types, []string{"a:InternetGatewayDevice:1", "a:WANDevice:1"}) {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestParseDescriptionRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "no", "<html><title>Hi</title></html>", "</a>", strings.Repeat("<a>", 100_000), strings.Repeat("<a/>", 100_000), "<root><device/></root>"} {
		if d, err := ParseDescription([]byte(text)); err == nil {
			t.Errorf("%.20q: %+v", text, d)
		}
	}
}

// FuzzParseDescription: nothing stalls or passes the bounds.
func FuzzParseDescription(f *testing.F) {
	for _, text := range descriptions {
		f.Add([]byte(text))
		f.Add([]byte(text[:len(text)/2]))
	}
	f.Add([]byte("\xff\xfe<\x00r\x00"))
	f.Add([]byte(`<?xml version="1.0" encoding="Shift_JIS"?><root><device><friendlyName>` + "\x83\x65" + `</friendlyName>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ParseDescription(text)
		if err != nil {
			return
		}
		if len(d.Types) == 0 && d.Name == "" || len(d.Types) > maxTypes {
			t.Fatalf("%+v", d)
		}
		for _, field := range []string{d.Name, d.Maker, d.Model, d.Number, d.Serial, d.Web, d.Base, d.ID} {
			if len(field) > 4*maxText {
				t.Fatalf("a field of %d bytes", len(field))
			}
		}
	})
}

// TestFetch reads descriptions of a server that does what servers should not.
func TestFetch(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		switch path := r.URL.Path; {
		case path == "/camera":
			_, _ = io.WriteString(w, descriptions["camera"])
		case path == "/endless":
			_, _ = io.WriteString(w, "<root><device><friendlyName>Endless</friendlyName>")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat(" ", 4096)); err != nil {
					return
				}
			}
		case path == "/page":
			_, _ = io.WriteString(w, "<html><title>404</title></html>")
		case strings.HasPrefix(path, "/redirect"):
			http.Redirect(w, r, path+"/x", http.StatusFound)
		case path == "/three":
			http.Redirect(w, r, "/two", http.StatusMovedPermanently)
		case path == "/two":
			http.Redirect(w, r, "/one", http.StatusTemporaryRedirect)
		case path == "/one":
			http.Redirect(w, r, "/camera", http.StatusSeeOther)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	client := server.Client()
	for path, want := range map[string]string{"/camera": "Gate", "/three": "Gate", "/endless": "Endless"} {
		if d, err := Fetch(t.Context(), client, server.URL+path); err != nil || d.Name != want {
			t.Errorf("%s: %+v, %v", path, d, err)
		}
	}
	for _, path := range []string{"/page", "/none", "/redirect", "\x7f"} {
		asked = nil
		if d, err := Fetch(t.Context(), client, server.URL+path); err == nil {
			t.Errorf("%s: %+v", path, d)
		} else if len(asked) > 1+maxRedirects {
			t.Errorf("%s asked %d times", path, len(asked))
		}
	}
	client.CloseIdleConnections()
}

func TestFetchTellsNoPassword(t *testing.T) {
	t.Parallel()
	client := &http.Client{Transport: refuse{}}
	_, err := Fetch(t.Context(), client, "http://admin:hunter2@192.0.2.1/x")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// refuse is a policy that allows nothing.
type refuse struct{}

func (refuse) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("not allowed: %s", r.URL)
}

// TestBoundedKeepsPolicy asks the policy of the client about each redirect.
func TestBoundedKeepsPolicy(t *testing.T) {
	t.Parallel()
	no := errors.New("not there")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return no }}
	if err := Bounded(client).CheckRedirect(nil, make([]*http.Request, 1)); !errors.Is(err, no) {
		t.Errorf("policy: %v", err)
	}
	if err := Bounded(new(http.Client)).CheckRedirect(nil, make([]*http.Request, maxRedirects)); err != nil {
		t.Errorf("third redirect: %v", err)
	}
	if Bounded(new(http.Client)).CheckRedirect(nil, make([]*http.Request, maxRedirects+1)) == nil {
		t.Error("a fourth redirect")
	}
}

// TestFetchEndsWithContext leaves a server that says nothing.
func TestFetchEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	if d, err := Fetch(ctx, server.Client(), server.URL); err == nil {
		t.Errorf("%+v", d)
	}
}
