package onvif

import (
	"context"
	"encoding/xml"
	"errors"
	"slices"
	"strings"

	"github.com/use-go/onvif/device"
	schema "github.com/use-go/onvif/xsd/onvif"

	"camwall/internal/fault"
)

// services are where a device's services are, by namespace.
type services struct {
	at map[string]target
}

// addresses returns where to find each; the caller guards at.
func (s *services) addresses() map[string]string {
	all := make(map[string]string, len(s.at))
	for ns, t := range s.at {
		all[ns] = t.url
	}
	return all
}

func getServices() operation {
	return operation{name: "GetServices", service: nsDevice, body: device.GetServices{}}
}

func getCapabilities() operation {
	return operation{
		name: "GetCapabilities", service: nsDevice,
		body: device.GetCapabilities{Category: schema.CapabilityCategory("All")},
	}
}

// findServices asks for the services; devices that answer GetServices with a
// fault, with nothing, or without a media service, by GetCapabilities. One that
// tells neither is taken to have its media at the address of the device
// service. ask is call or plain.
func (c *Client) findServices(ctx context.Context, ask func(context.Context, operation) (*node, error)) (*services, error) {
	found := &services{at: map[string]target{}}
	response, err := ask(ctx, getServices())
	if err == nil {
		parseServices(response, c.Address(), found.at)
	} else if isFinal(err) {
		return nil, err
	}
	if !found.hasMedia() {
		response, err := ask(ctx, getCapabilities())
		if err == nil {
			parseCapabilities(response, c.Address(), found.at)
		} else if isFinal(err) {
			return nil, err
		}
	}
	if !found.hasMedia() {
		found.at[nsMedia] = target{url: c.Address()}
	}
	found.at[nsDevice] = target{url: c.Address()}
	return found, nil
}

func (s *services) hasMedia() bool {
	_, media := s.at[nsMedia]
	_, media2 := s.at[nsMedia2]
	return media || media2
}

const maxServices = 100

// parseServices reads the answer to GetServices into at.
func parseServices(response *node, reached string, at map[string]target) {
	for _, s := range response.all("Service") {
		addService(at, s.value("Namespace"), s.value("XAddr"), reached)
	}
}

// capabilityNamespaces are the services that GetCapabilities names.
var capabilityNamespaces = map[string]string{
	"Media": nsMedia, "PTZ": nsPTZ, "Imaging": nsImaging, "Events": nsEvents,
	"Analytics": "http://www.onvif.org/ver20/analytics/wsdl",
}

// parseCapabilities reads the answer to GetCapabilities into at.
func parseCapabilities(response *node, reached string, at map[string]target) {
	all := response.find("Capabilities")
	for name, ns := range capabilityNamespaces {
		if n := all.child(name); n != nil {
			addService(at, ns, n.value("XAddr"), reached)
		}
	}
}

func addService(at map[string]target, namespace, address, reached string) {
	namespace = strings.TrimRight(strings.TrimSpace(namespace), "/")
	if strings.HasPrefix(strings.ToLower(namespace), "http://www.onvif.org/") {
		namespace = strings.ToLower(namespace)
	}
	if _, ok := at[namespace]; ok || namespace == "" || len(namespace) > 300 || len(at) == maxServices {
		return
	}
	if several := strings.Fields(address); len(several) > 1 && strings.Contains(several[1], "://") {
		address = several[0]
	}
	if t, ok := correct(address, reached); ok {
		at[namespace] = t
	}
}

// loadServices returns the services, asked for once.
func (c *Client) loadServices(ctx context.Context) (*services, error) {
	if err := c.ensure(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	known := c.services
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	found, err := c.findServices(ctx, func(ctx context.Context, op operation) (*node, error) {
		return c.callAt(ctx, op, c.Address(), 0)
	})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.services == nil {
		c.services = found
	}
	return c.services, nil
}

// serviceURL returns where a service is, or a fault.NotSupported.
func (c *Client) serviceURL(ctx context.Context, namespace string) (string, error) {
	if namespace == nsDevice {
		err := c.ensure(ctx)
		return c.Address(), err
	}
	all, err := c.loadServices(ctx)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	t, ok := all.at[namespace]
	c.mu.Unlock()
	if !ok {
		return "", notSupported()
	}
	if t.other == "" {
		return t.url, nil
	}
	return c.settle(ctx, all, namespace)
}

// servicePrefixes are those of package envelope.
var servicePrefixes = map[string]string{
	nsMedia: "trt", nsMedia2: "tr2", nsPTZ: "tptz", nsImaging: "timg", nsEvents: "tev",
}

// settle finds out which of two addresses is the service's, without
// credentials.
func (c *Client) settle(ctx context.Context, all *services, namespace string) (string, error) {
	release, err := c.hold(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	c.mu.Lock()
	t := all.at[namespace]
	c.mu.Unlock()
	if t.other == "" {
		return t.url, nil
	}
	op := operation{name: "GetServiceCapabilities", service: namespace, body: struct {
		XMLName xml.Name
	}{xml.Name{Local: servicePrefixes[namespace] + ":GetServiceCapabilities"}}}
	chosen, best := t.url, 0
	for _, url := range []string{t.url, t.other} {
		a, err := c.post(ctx, op, url, false, min(c.cfg.Timeout, tryTimeout))
		if ctx.Err() != nil {
			return "", c.explain(ctx, ctx.Err())
		}
		fit := 0
		switch {
		case err != nil:
		case a.refused() || a.speaks() && fault.CodeOf(c.problem(a, true)) != fault.NotSupported:
			fit = 2
		case a.speaks():
			fit = 1 // another service, or one that can't tell its capabilities
		}
		if fit > best {
			chosen, best = url, fit
		}
		if best == 2 {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all.at[namespace] = target{url: chosen}
	return chosen, nil
}

// offers tells that the device has a service.
func (c *Client) offers(namespace string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.services == nil {
		return false
	}
	_, ok := c.services.at[namespace]
	return ok
}

// readIdentity reads what the device is called into d. Only a refusal is an
// error; the rest become problems of d.
func (c *Client) readIdentity(ctx context.Context, d *Device) error {
	info, err := c.call(ctx, getDeviceInformation())
	if isFinal(err) {
		return err
	}
	d.addProblem(err)
	d.Manufacturer, d.Model = shortText(info.value("Manufacturer")), shortText(info.value("Model"))
	d.Firmware, d.Serial = shortText(info.value("FirmwareVersion")), shortText(info.value("SerialNumber"))
	d.HardwareID = shortText(info.value("HardwareId"))
	c.readSignedClock(ctx)

	name, err := c.call(ctx, operation{name: "GetHostname", service: nsDevice, body: device.GetHostname{}})
	if isFinal(err) {
		return err
	}
	d.Hostname = shortText(name.find("HostnameInformation").value("Name"))
	cards, err := c.call(ctx, operation{name: "GetNetworkInterfaces", service: nsDevice, body: device.GetNetworkInterfaces{}})
	if isFinal(err) {
		return err
	}
	d.MACs = parseMACs(cards)
	return nil
}

// parseMACs reads the answer to GetNetworkInterfaces.
func parseMACs(response *node) []string {
	var all []string
	for _, n := range response.all("NetworkInterfaces") {
		if mac, ok := normalMAC(n.value("Info/HwAddress")); ok && !slices.Contains(all, mac) && len(all) < 32 {
			all = append(all, mac)
		}
	}
	return all
}

// normalMAC writes a hardware address as 00:00:5e:00:53:01.
func normalMAC(s string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(":-. ", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
	if len(digits) != 12 || strings.Trim(digits, "0123456789abcdef") != "" || strings.Trim(digits, "0") == "" {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return b.String(), true
}

// addProblem keeps what could not be read, each once.
func (d *Device) addProblem(err error) {
	if err == nil {
		return
	}
	f := asFault(err)
	for _, have := range d.Problems {
		if have.Code == f.Code && have.Message == f.Message {
			return
		}
	}
	d.Problems = append(d.Problems, f)
}

func asFault(err error) *fault.Error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	f := fault.New(fault.Internal, "Something went wrong here.", "")
	f.Err = err
	return f
}
