//go:build linux && desktop && production

package desktop

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// What XTEST sends beside keys, and keys of Xvfb's keyboard that kiosks lack.
const (
	fakeButtonPress   = 4
	fakeButtonRelease = 5
	keyF7             = 73
	keyF12            = 96
	keyMenu           = 135
)

// click presses and lifts a button of the mouse.
func (x *xclient) click(button byte) {
	x.t.Helper()
	x.fake(fakeButtonPress, button)
	x.fake(fakeButtonRelease, button)
}

// openLocked starts a child under a window manager, whose page takes orders.
func openLocked(t *testing.T, plan childPlan) *desk {
	t.Helper()
	d := newDesk(t, plan)
	d.hears("select", 1)
	return d
}

// heard is what the page has heard of a kind so far.
func (d *desk) heard(kind string) []string {
	d.t.Helper()
	var list []string
	for _, text := range d.await("what it heard", func(childState) bool { return true }).Heard {
		if strings.HasPrefix(text, kind+" ") {
			list = append(list, strings.Trim(text[len(kind)+1:], "."))
		}
	}
	return list
}

// obeyed gives the page an order and waits until it has taken it and the next.
func (d *desk) obeyed(text string) {
	d.t.Helper()
	for _, order := range []string{text, "nothing"} {
		d.order(order)
		d.taken()
	}
}

// taken waits until the page has taken its order.
func (d *desk) taken() {
	d.t.Helper()
	eventually(d.t, "the page to take its order", func() bool {
		_, err := os.Stat(d.plan.Orders)
		return os.IsNotExist(err)
	})
}

// TestHandsInAKiosk: what would open menus, paste, zoom or lead back does not
// reach the page, which in an operator's window it does.
func TestHandsInAKiosk(t *testing.T) {
	for _, c := range []struct {
		name, home, selection string
		buttons, keys         []string // a wheel with Ctrl, too, is for the operator's page alone
	}{
		{"kiosk", "/wall/test", "none", []string{"0"}, []string{"F12", "a", "q"}},
		{
			"operator", "", "text", []string{"0", "0", "0", "1", "2"}, // the last two of five have no number of their own
			[]string{"a", "F7", "F12", "F12", "ContextMenu", "q"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := openLocked(t, childPlan{Kiosk: c.home})
			for _, button := range []byte{1, 2, 8, 9, 3} {
				d.x.click(button)
			}
			d.x.press(keyEscape) // closes a menu, if the last one has opened one
			for _, key := range []byte{keyA, keyF7, keyF12, keyMenu} {
				d.x.press(key)
			}
			d.x.press(keyEscape)
			d.x.fake(fakeKeyPress, keyCtrl)
			d.x.press(keyF12) // may be what opens the PIN pad
			d.x.click(4)
			d.x.fake(fakeKeyRelease, keyCtrl)
			d.x.click(4)
			d.hears("wheel false", 1)
			d.x.press(keyQ)
			d.hears("key q", 1)

			own := func(key string) bool { return key == "Escape" || key == "Control" }
			keys := slices.DeleteFunc(d.heard("key"), own)
			buttons, wheels := d.heard("button"), d.heard("wheel")
			slices.Sort(buttons) // requests may overtake each other
			slices.Sort(keys)
			slices.Sort(c.keys)
			if !slices.Equal(buttons, c.buttons) || !slices.Equal(keys, c.keys) || c.home != "" && slices.Contains(wheels, "true") {
				t.Errorf("the page heard buttons %q, keys %q, wheels %q", buttons, keys, wheels)
			}
			if got := d.heard("select"); !slices.Equal(got, []string{c.selection}) {
				t.Errorf("selection is %q, want %s", got, c.selection)
			}
		})
	}
}

// TestKioskShowsItsWallAlone whatever its page is made to do.
func TestKioskShowsItsWallAlone(t *testing.T) {
	d := openLocked(t, childPlan{Kiosk: "/wall/test"})
	loads := int64(1)
	for _, order := range []string{
		"go /wall/other", "go /api/v1/cameras", "go https://example.org/", "go file:///etc/passwd", "go about:blank",
		"go data:text/html,x", "open /", "open https://example.org/", "alert",
	} {
		d.obeyed(order)
		if s := d.await("its loads", func(childState) bool { return true }); s.Loads != loads {
			t.Fatalf("%s loads a page", order)
		}
	}
	if n := strings.Count(d.errors(), "the page may not go there"); n < 5 { // files are refused by WebKit itself
		t.Errorf("the log tells of %d refusals", n)
	}
	for _, order := range []string{"go /wall/test?more", "go /"} {
		d.order(order)
		loads++
		d.await("another load", func(s childState) bool { return s.Loads == loads && s.Health.Page == pageLive })
	}
}

// TestOperatorsPageStaysInTheWindow when a script would leave it.
func TestOperatorsPageStaysInTheWindow(t *testing.T) {
	d := openLocked(t, childPlan{})
	for _, order := range []string{"go https://example.org/", "open https://example.org/", "go file:///etc/passwd", "alert"} {
		d.obeyed(order)
	}
	d.order("go /wall/other")
	d.await("another of our pages", func(s childState) bool { return s.Loads == 2 && s.Health.Page == pageLive })
	if n := strings.Count(d.errors(), "the page may not go there"); n < 1 { // of the others WebKit does not even ask
		t.Errorf("the log tells of %d refusals", n)
	}
}
