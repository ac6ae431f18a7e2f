package desktop

import (
	"net/url"
	"testing"
)

func TestMayShow(t *testing.T) {
	lobby := &Kiosk{Home: "/wall/lobby"}
	strange := &Kiosk{Home: "/wall/n%C3%B6rd%2Flich"}
	for _, c := range []struct {
		name    string
		kiosk   *Kiosk
		address string
		byHand  bool
		want    passage
	}{
		{"an operator's page", nil, "wails://wails/", false, shown},
		{"another of its pages", nil, "wails://wails/wall/lobby?x=1#y", true, shown},
		{"a link", nil, "https://example.org/a?b", true, handedOn},
		{"a link of a camera", nil, "http://192.0.2.7/", true, handedOn},
		{"a link that no hand touched", nil, "https://example.org/", false, refused},
		{"a link with a sign-in", nil, "https://u:p@example.org/", true, refused},
		{"a file", nil, "file:///etc/passwd", true, refused},
		{"data", nil, "data:text/html,x", true, refused},
		{"a script", nil, "javascript:alert(1)", true, refused},
		{"about", nil, "about:blank", true, refused},
		{"a blob", nil, "blob:wails://wails/1", true, refused},
		{"mail", nil, "mailto:a@example.org", true, refused},
		{"another host of the scheme", nil, "wails://other/", false, refused},
		{"a port of the scheme", nil, "wails://wails:1/", false, refused},
		{"nothing", nil, "", true, refused},
		{"no address", nil, "http://[", true, refused},
		{"no host", nil, "http:///x", true, refused},

		{"a kiosk's notice", lobby, "wails://wails/", false, shown},
		{"a kiosk's notice without its slash", lobby, "wails://wails", false, shown},
		{"its home", lobby, "wails://wails/wall/lobby", false, shown},
		{"its home with a query", lobby, "wails://wails/wall/lobby?basic", false, shown},
		{"another wall", lobby, "wails://wails/wall/yard", false, refused},
		{"below its home", lobby, "wails://wails/wall/lobby/x", false, refused},
		{"around its home", lobby, "wails://wails/wall/lobby/../yard", false, refused},
		{"the API", lobby, "wails://wails/api/v1/cameras", false, refused},
		{"a kiosk's link", lobby, "https://example.org/", true, refused},
		{"a home with escapes", strange, "wails://wails/wall/n%C3%B6rd%2Flich", false, shown},
		{"a kiosk without a home", &Kiosk{}, "wails://wails/wall/lobby", false, refused},
		{"its notice", &Kiosk{}, "wails://wails/", false, shown},
	} {
		if got := mayShow(c.kiosk, c.address, c.byHand); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.name, c.address, got, c.want)
		}
	}
}

func FuzzMayShow(f *testing.F) {
	f.Add("wails://wails/wall/lobby", true)
	f.Add("WAILS://wails/%2e%2e/", false)
	f.Fuzz(func(t *testing.T, address string, byHand bool) {
		switch mayShow(&Kiosk{Home: "/wall/lobby"}, address, byHand) {
		case handedOn:
			t.Errorf("a kiosk hands on %q", address)
		case shown:
			u, err := url.Parse(address)
			if err != nil || u.Host != "wails" || u.Path != "" && u.Path != "/" && u.Path != "/wall/lobby" {
				t.Errorf("a kiosk shows %q", address)
			}
		}
	})
}
