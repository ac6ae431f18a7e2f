package desktop

import "net/url"

// Where the page lives, in the words of Wails.
const (
	pageScheme = "wails"
	pageHost   = "wails"
)

// passage is what becomes of a page that the window is to show.
type passage int

const (
	refused  passage = iota
	shown            // here
	handedOn         // to the browser of the person's desktop
)

// mayShow decides about an address that a link, a script or a hand leads to.
// Only our own page is ever shown. In a kiosk that is "/" and its home, and
// nothing leaves; in an operator's window an address of the web that a person
// has clicked is for the browser. kiosk is nil for an operator's window.
func mayShow(kiosk *Kiosk, address string, byHand bool) passage {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return refused
	}
	switch {
	case u.Scheme == pageScheme && u.Host == pageHost:
		if kiosk == nil || u.Path == "" || u.Path == "/" || isHome(kiosk.Home, u.Path) {
			return shown
		}
	case kiosk == nil && byHand && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https"):
		return handedOn
	}
	return refused
}

// isHome compares a decoded path with a kiosk's home, which may be written with
// or without escapes.
func isHome(home, path string) bool {
	if path == home {
		return home != ""
	}
	plain, err := url.PathUnescape(home)
	return err == nil && plain != "" && path == plain
}
