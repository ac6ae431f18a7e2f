package device

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is a way to answer a SOAP request wrongly.
type Fault int

// Faults of answers.
const (
	// FaultNone answers as it should.
	FaultNone Fault = iota
	// FaultHTML is HTTP 500 with a page, as of a web server whose program died.
	FaultHTML
	// FaultNotAuthorized refuses with HTTP 400, whatever the password.
	FaultNotAuthorized
	// FaultNotSupported says that there is no such operation, with HTTP 500.
	FaultNotSupported
	// FaultSilent never answers.
	FaultSilent
	// FaultEndless answers with a body that never ends.
	FaultEndless
	// FaultRedirect sends the client to another address again and again.
	FaultRedirect
	// FaultBrokenXML ends the answer after two thirds of it.
	FaultBrokenXML
)

// faults is what is wrong with a device. The zero value is nothing.
type faults struct {
	answers     map[string]Fault // by operation, "" is each
	host        string
	relative    bool
	clockOffset time.Duration
}

// SetFault answers an operation such as "GetServices" wrongly, or every one
// when the name is empty; FaultNone ends it.
func (d *Device) SetFault(operation string, fault Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.faults.answers == nil {
		d.faults.answers = make(map[string]Fault)
	}
	d.faults.answers[operation] = fault
}

// SetClockOffset moves the clock, ahead when positive.
func (d *Device) SetClockOffset(offset time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults.clockOffset = offset
}

// SetHost puts a host such as 192.0.2.99 in every address that the device tells
// from now on: of services, streams, snapshots, subscriptions and in discovery.
// An empty one ends it.
func (d *Device) SetHost(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults.host = host
}

// SetRelativeSubscriptions tells the addresses of new subscriptions without
// scheme and host.
func (d *Device) SetRelativeSubscriptions(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults.relative = on
}

// ClearFaults ends all faults, the clock's offset included.
func (d *Device) ClearFaults() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = faults{}
}

// ExpireNonces forgets the nonces of HTTP digest: the next request with one is
// told that it is stale.
func (d *Device) ExpireNonces() { d.signIns.forgetNonces() }

func (d *Device) faultOf(operation string) Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	if fault := d.faults.answers[operation]; fault != FaultNone {
		return fault
	}
	return d.faults.answers[""]
}

// misbehave answers in the way of a fault.
func (d *Device) misbehave(w http.ResponseWriter, r *http.Request, fault Fault) {
	switch fault {
	case FaultHTML:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusInternalServerError)
		write(w, "<html><head><title>500</title></head><body><h1>500 Internal Server Error</h1></body></html>")
	case FaultNotAuthorized:
		answerFault(w, notAuthorized(http.StatusBadRequest))
	case FaultNotSupported:
		answerFault(w, receiver("Optional action not implemented", "ter:ActionNotSupported"))
	case FaultSilent:
		select {
		case <-r.Context().Done():
		case <-d.stop:
		}
	case FaultEndless:
		d.answerForever(w, r)
	case FaultRedirect:
		times, _ := strconv.Atoi(r.URL.Query().Get("again")) // 0 at first
		w.Header().Set("Location", fmt.Sprintf("%s%s?again=%d", d.base(r), r.URL.Path, times+1))
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

// answerForever writes until the client has enough.
func (d *Device) answerForever(w http.ResponseWriter, r *http.Request) {
	soapHeaders(w)
	start, _, _ := strings.Cut(envelope("", "|"), "|")
	write(w, start+"<tds:Padding>")
	padding := []byte(strings.Repeat("0123456789abcdef", 1024))
	for r.Context().Err() == nil {
		if _, err := w.Write(padding); err != nil {
			return
		}
	}
}
