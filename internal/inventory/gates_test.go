package inventory

import (
	"fmt"
	"testing"
)

func TestWhoseGateAnAddressPasses(t *testing.T) {
	t.Parallel()
	closed := 0
	g := gates{close: func(string) { closed++ }}
	one := g.onvif("http://192.0.2.1:8001/onvif/device_service")
	if g.onvif("http://192.0.2.1:8001/other") != one || g.onvif("http://192.0.2.1") != one {
		t.Error("one service has two gates")
	}
	if first, again := g.rtsp("192.0.2.1:554"), g.rtsp("192.0.2.1:554"); first != one || again != one {
		t.Error("its RTSP has another gate")
	}
	two := g.onvif("http://192.0.2.1:8002/onvif/device_service")
	if two == one || g.rtsp("192.0.2.1:8554") != two || g.rtsp("192.0.2.1:554") != one {
		t.Error("the second device of a host shares a gate")
	}
	if g.rtsp("192.0.2.2:554") == one {
		t.Error("two hosts share a gate")
	}
	// A host alone is the same as what is found there.
	alone := g.onvif("http://192.0.2.3")
	if g.onvif("http://192.0.2.3:8080/onvif/device_service") != alone || g.onvif("http://192.0.2.3:8081/onvif/device_service") == alone {
		t.Error("a host alone, and its ports")
	}
	if a, b := g.onvif("http://192.0.2.4/x"), g.onvif("https://192.0.2.4/x"); a == b {
		t.Error("ports 80 and 443 are one")
	}
	if six := g.onvif("http://[2001:db8::1]:80/x"); g.rtsp("[2001:db8::1]:554") != six {
		t.Error("IPv6 has two gates")
	}
	if !g.has(one) || g.has("d1") {
		t.Error("whose keys")
	}
	g.forget(one)
	if g.has(one) || g.onvif("http://192.0.2.1:8001/onvif/device_service") == two {
		t.Error("it was not forgotten")
	}
	for i := range 2 * maxStrangers {
		g.rtsp(fmt.Sprintf("198.51.100.1:%d", 1000+i))
	}
	if len(g.strangers) > maxStrangers || closed < maxStrangers {
		t.Errorf("%d are remembered, %d were closed", len(g.strangers), closed)
	}
}

func TestBareAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"http://192.0.2.1": true, "http://nvr.lan/": true, "http://192.0.2.1:80": false,
		"http://192.0.2.1/onvif/device_service": false, "https://192.0.2.1": false,
	} {
		if bare(address) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
}

// A whole address means itself, not the one other device of its host.
func TestDevicesOfOneHostAreToldApart(t *testing.T) {
	t.Parallel()
	s := opened(t, "", nil)
	filled(t, s.cfg.Store, 1)
	s = s.restarted(nil)
	for address, want := range map[string]string{
		"http://192.0.2.1": "d0",
		"http://192.0.2.1:20000/onvif/device_service": "d0",
		"http://192.0.2.1/onvif/device_service":       "",
		"http://192.0.2.1:20009/onvif/device_service": "",
	} {
		got := ""
		if d := s.deviceAt(address, hostOf(address)); d != nil {
			got = d.ID
		}
		if got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}
