package device

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"camwall/internal/simcam"
)

// patience bounds every wait for a real part.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// oneCamera starts a device of one camera with a main and a sub stream.
func oneCamera(t *testing.T, edit func(*Config)) *Device {
	t.Helper()
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{
		simcam.ClipStream("a/main", "a", "dusk-720-h265"), simcam.ClipStream("a/sub", "a", "street-360"),
		simcam.LiveStream("b", "b", simcam.Live{Width: 320, Height: 184, FPS: 5}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	cfg := Config{
		Server: server, Listen: "127.0.0.1:0", User: "admin", Password: `p<&"ss:w/rd`,
		Channels: []Channel{{Name: `Gate <"&`, Main: "a/main", Sub: "a/sub", PTZ: true}},
	}
	if edit != nil {
		edit(&cfg)
	}
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// client follows no redirect and keeps no connection.
func client() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
}

// has says whether an element with a text is in the answer, whatever its
// prefix.
func (a answer) has(element, text string) bool {
	return strings.Contains(a.text, ":"+element+">"+text+"</")
}

// values are the texts of all elements of a local name.
func (a answer) values(element string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`<(?:\w+:)?`+element+`(?: [^>]*)?>([^<]*)</`).FindAllStringSubmatch(a.text, -1) {
		list = append(list, m[1])
	}
	return list
}

// envelopeOf is a request written by hand, with prefixes of its own.
func envelopeOf(header, space, operation, inner string) string {
	return fmt.Sprintf(`<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:x="http://www.onvif.org/ver10/schema">`+
		`<SOAP-ENV:Header>%s</SOAP-ENV:Header><SOAP-ENV:Body><op:%s xmlns:op="%s">%s</op:%s></SOAP-ENV:Body></SOAP-ENV:Envelope>`,
		header, operation, space, inner, operation)
}

// post sends a text to a path of a device.
func post(t *testing.T, c *http.Client, url, text string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), http.MethodPost, url, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/soap+xml; charset=utf-8")
	return do(t, c, r)
}

func do(t *testing.T, c *http.Client, r *http.Request) answer {
	t.Helper()
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<22))
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// ask calls an operation without a sign-in.
func ask(t *testing.T, d *Device, space, operation, inner string) answer {
	t.Helper()
	return post(t, client(), "http://"+d.Addr()+devicePath, envelopeOf("", space, operation, inner))
}

// must is ask that has to succeed.
func must(t *testing.T, d *Device, space, operation, inner string) answer {
	t.Helper()
	a := ask(t, d, space, operation, inner)
	if a.status != 200 {
		t.Fatalf("%s: %d %s", operation, a.status, a.text)
	}
	return a
}

// tokenHeader is WS-UsernameToken as a client of its own would write it.
func tokenHeader(user, password string, nonce []byte, created time.Time) string {
	at := created.UTC().Format(time.RFC3339)
	sum := sha1.Sum(append(bytes.Clone(nonce), at+password...))
	return fmt.Sprintf(`<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><w:UsernameToken>`+
		`<w:Username>%s</w:Username><w:Password Type="%s">%s</w:Password><w:Nonce>%s</w:Nonce><u:Created xmlns:u="urn:u">%s</u:Created></w:UsernameToken></w:Security>`,
		user, passwordDigest, base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(nonce), at)
}

func nonce() []byte { return []byte(rand.Text()) }

// faultWith fails unless an answer is a fault with a subcode and a status.
func faultWith(t *testing.T, what string, a answer, status int, subcode string) {
	t.Helper()
	if a.status != status || !strings.Contains(a.text, ":"+subcode+"</") || !strings.Contains(a.text, ":Fault>") {
		t.Errorf("%s: %d %s, want %d and %s", what, a.status, a.text, status, subcode)
	}
}
