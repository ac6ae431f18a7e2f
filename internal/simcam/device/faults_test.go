package device

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	d := oneCamera(t, nil)
	for _, c := range []struct {
		fault  Fault
		status int
		want   string
	}{
		{FaultHTML, 500, "<html>"},
		{FaultNotAuthorized, 400, "ter:NotAuthorized"},
		{FaultNotSupported, 500, "ter:ActionNotSupported"},
		{FaultRedirect, 307, ""},
	} {
		d.SetFault("GetServices", c.fault)
		a := ask(t, d, nsDevice, "GetServices", "")
		if a.status != c.status || !strings.Contains(a.text, c.want) {
			t.Errorf("fault %d: %d %s", c.fault, a.status, a.text)
		}
		must(t, d, nsDevice, "GetHostname", "")
	}
	whole := must(t, d, nsDevice, "GetHostname", "")
	d.SetFault("", FaultBrokenXML)
	if a := must(t, d, nsDevice, "GetHostname", ""); len(a.text) != len(whole.text)*2/3 || !strings.HasPrefix(whole.text, a.text) {
		t.Errorf("broken: %s", a.text)
	}
	d.SetFault("", FaultNone)
	d.SetFault("GetServices", FaultNone)
	must(t, d, nsDevice, "GetServices", "")
}

func TestRedirectsNeverEnd(t *testing.T) {
	d := oneCamera(t, nil)
	d.SetFault("", FaultRedirect)
	address := d.XAddr()
	for range 30 {
		a := post(t, client(), address, envelopeOf("", nsDevice, "GetServices", ""))
		next := a.header.Get("Location")
		if next == address || !strings.HasPrefix(next, "http://"+d.Addr()+"/") {
			t.Fatalf("from %s to %s", address, next)
		}
		address = next
	}
}

func TestSilent(t *testing.T) {
	d := oneCamera(t, nil)
	d.SetFault("GetServices", FaultSilent)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, d.XAddr(), strings.NewReader(envelopeOf("", nsDevice, "GetServices", "")))
	if _, err := client().Do(r); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it answers: %v", err)
	}
}

func TestEndless(t *testing.T) {
	d := oneCamera(t, nil)
	d.SetFault("", FaultEndless)
	r, _ := http.NewRequestWithContext(within(t), http.MethodPost, d.XAddr(), strings.NewReader(envelopeOf("", nsDevice, "GetServices", "")))
	response, err := client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if n, err := io.CopyN(io.Discard, response.Body, 16<<20); err != nil {
		t.Errorf("it ends after %d bytes: %v", n, err)
	}
}

func TestWrongHost(t *testing.T) {
	d := oneCamera(t, nil)
	d.SetHost("192.0.2.99")
	var all strings.Builder
	for _, a := range []answer{
		must(t, d, nsDevice, "GetServices", ""), must(t, d, nsDevice, "GetCapabilities", ""),
		must(t, d, nsMedia2, "GetStreamUri", "<op:Protocol>RTSP</op:Protocol><op:ProfileToken>Profile_101</op:ProfileToken>"),
		must(t, d, nsMedia, "GetSnapshotUri", "<op:ProfileToken>Profile_101</op:ProfileToken>"),
		must(t, d, nsEvents, "CreatePullPointSubscription", ""),
	} {
		all.WriteString(a.text)
	}
	all.WriteString(d.XAddr())
	if got := strings.Count(all.String(), "//192.0.2.99:"); got != 6+5+1+1+1+1 || strings.Contains(all.String(), "//127.0.0.1") {
		t.Errorf("%d wrong addresses: %s", got, all.String())
	}
	d.SetHost("")
	if d.XAddr() != "http://"+d.Addr()+devicePath {
		t.Errorf("right again: %s", d.XAddr())
	}
}

func TestRelativeSubscription(t *testing.T) {
	d := oneCamera(t, nil)
	d.SetRelativeSubscriptions(true)
	address := subscribe(t, d, "")
	if !strings.HasPrefix(address, "/onvif/") {
		t.Errorf("subscription at %s", address)
	}
	if a := pull(t, "http://"+d.Addr()+address, "PT5S", 10); a.status != 200 {
		t.Errorf("pull: %s", a.text)
	}
	d.ClearFaults()
	if address := subscribe(t, d, ""); !strings.HasPrefix(address, "http://"+d.Addr()) {
		t.Errorf("subscription at %s", address)
	}
}
