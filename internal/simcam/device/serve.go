package device

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Paths of the services.
const (
	devicePath      = "/onvif/device_service"
	mediaPath       = "/onvif/media_service"
	media2Path      = "/onvif/media2_service"
	ptzPath         = "/onvif/ptz_service"
	imagingPath     = "/onvif/imaging_service"
	eventsPath      = "/onvif/event_service"
	subscribePath   = "/onvif/event_service/subscription/"
	snapshotPath    = "/snapshot/"
	descriptionPath = "/description.xml"
)

// operationName is a name in the name space of its service.
type operationName struct{ space, name string }

// operation answers one. free ones need no sign-in.
type operation struct {
	answer func(*request) (string, *soapFault)
	free   bool
}

// request is one call of an operation.
type request struct {
	device *Device
	http   *http.Request
	header *node // nil without one
	body   *node // the operation
}

// serviceNames are how the counters call the services.
var serviceNames = map[string]string{
	nsDevice: "device", nsMedia: "media", nsMedia2: "media2", nsPTZ: "ptz",
	nsImaging: "imaging", nsEvents: "events", nsNotify: "events",
}

// allOperations is the table of what the device can do.
func (d *Device) allOperations() map[operationName]operation {
	all := make(map[operationName]operation)
	maps.Copy(all, deviceOperations(!d.cfg.ClosedServices))
	maps.Copy(all, mediaOperations())
	if !d.cfg.NoMedia2 {
		maps.Copy(all, media2Operations())
	}
	if d.hasPTZ() {
		maps.Copy(all, ptzOperations())
	}
	if !d.cfg.NoImaging {
		maps.Copy(all, imagingOperations())
	}
	if !d.cfg.NoEvents {
		maps.Copy(all, eventOperations())
	}
	return all
}

// serve answers an HTTP request.
func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/onvif/"):
		if r.Method != http.MethodPost {
			http.Error(w, "POST SOAP requests here", http.StatusMethodNotAllowed)
			return
		}
		d.serveSOAP(w, r)
	case strings.HasPrefix(path, snapshotPath):
		d.serveSnapshot(w, r)
	case path == descriptionPath:
		d.serveDescription(w, r)
	case path == "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		write(w, "<!doctype html><title>"+esc(d.cfg.Name)+"</title><h1>"+esc(d.cfg.Name)+"</h1><p>A simulated camera.\n")
	default:
		http.NotFound(w, r)
	}
}

// write sends an answer; a client that is gone is no error here.
func write(w io.Writer, text string) { _, _ = io.WriteString(w, text) }

func (d *Device) serveSOAP(w http.ResponseWriter, r *http.Request) {
	header, body, err := parseRequest(r.Body)
	// What is left is read, too: a client that still writes when the connection
	// ends may see that end and not the answer.
	_, _ = io.CopyN(io.Discard, r.Body, maxRequest)
	if err != nil {
		d.count("unreadable")
		answerFault(w, sender("The request is not well formed", "ter:WellFormed"))
		return
	}
	d.count(serviceNames[body.name.Space] + "/" + body.name.Local)
	wrong := d.faultOf(body.name.Local)
	if wrong != FaultNone && wrong != FaultBrokenXML {
		d.misbehave(w, r, wrong)
		return
	}
	op, known := d.operations[operationName{body.name.Space, body.name.Local}]
	q := &request{device: d, http: r, header: header, body: body}
	if !op.free && !d.signIns.admit(d, w, q) {
		return
	}
	if !known {
		answerFault(w, receiver("The device has no "+body.name.Local, "ter:ActionNotSupported"))
		return
	}
	answer, fault := op.answer(q)
	if fault != nil {
		answerFault(w, fault)
		return
	}
	text := envelope(q.answerHeader(), answer)
	if wrong == FaultBrokenXML {
		text = text[:len(text)*2/3]
	}
	soapHeaders(w)
	write(w, text)
}

func soapHeaders(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
}

func answerFault(w http.ResponseWriter, f *soapFault) {
	soapHeaders(w)
	w.WriteHeader(f.status)
	write(w, envelope("", f.body()))
}

// answerHeader ties an answer to its request where that was numbered:
// WS-Addressing 1.0 section 3.4.
func (q *request) answerHeader() string {
	id := q.header.value("MessageID")
	if id == "" {
		return ""
	}
	header := tag("wsa:RelatesTo", id)
	if action := q.header.value("Action"); action != "" {
		header = tag("wsa:Action", strings.TrimSuffix(action, "Request")+"Response") + header
	}
	return header
}

// count takes a request into the counters.
func (d *Device) count(name string) {
	d.mu.Lock()
	d.requests[name]++
	d.mu.Unlock()
	d.changed.Ring()
}

// host is the name that the device tells for itself: that of the fault, else
// the address it listens at, else the one that was asked.
func (d *Device) host(asked net.IP) string {
	d.mu.Lock()
	host := d.faults.host
	d.mu.Unlock()
	if host != "" {
		return host
	}
	ip := d.address.(*net.TCPAddr).IP
	if ip.IsUnspecified() {
		ip = asked
	}
	return ip.String()
}

// askedAt is the address that a request came to; loopback without a request.
func askedAt(r *http.Request) net.IP {
	if r != nil {
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
			return local.IP
		}
	}
	return net.IPv4(127, 0, 0, 1)
}

// base is the start of the device's own addresses, as it tells them to those
// who sent a request.
func (d *Device) base(r *http.Request) string { return d.baseAt(askedAt(r)) }

func (d *Device) baseAt(asked net.IP) string {
	scheme := "http"
	if d.cfg.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(d.host(asked), fmt.Sprint(d.address.(*net.TCPAddr).Port))
}

// streamURI is the address of a profile's stream, as the device tells it.
func (q *request) streamURI(p profile) string {
	address, err := url.Parse(p.stream.Info().URL)
	if err != nil {
		panic("device: the server's own address is not valid: " + err.Error())
	}
	address.Host = net.JoinHostPort(q.device.host(askedAt(q.http)), address.Port())
	return address.String()
}
