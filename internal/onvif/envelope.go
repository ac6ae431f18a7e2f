package onvif

import (
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"

	wire "github.com/use-go/onvif"
	"github.com/use-go/onvif/gosoap"
)

// Namespaces of the services that are used.
const (
	nsDevice  = "http://www.onvif.org/ver10/device/wsdl"
	nsMedia   = "http://www.onvif.org/ver10/media/wsdl"
	nsMedia2  = "http://www.onvif.org/ver20/media/wsdl"
	nsPTZ     = "http://www.onvif.org/ver20/ptz/wsdl"
	nsImaging = "http://www.onvif.org/ver20/imaging/wsdl"
	nsEvents  = "http://www.onvif.org/ver10/events/wsdl"

	nsAddressing = "http://www.w3.org/2005/08/addressing"
)

// prefixes returns the namespaces of requests by prefix: the library's, and
// Media2's, which it lacks.
func prefixes() map[string]string {
	all := maps.Clone(wire.Xlmns)
	all["tr2"] = nsMedia2
	return all
}

// operation is one request to a service.
type operation struct {
	name    string // GetProfiles
	service string // namespace of the service
	body    any    // marshalled by encoding/xml, with prefixes in the tags
	action  string // SOAP action; empty: service/name
	headers []string
}

func (o operation) soapAction() string {
	if o.action != "" {
		return o.action
	}
	return o.service + "/" + o.name
}

// envelope writes the request, with a security header if token is not empty.
func (o operation) envelope(token string) ([]byte, error) {
	body, err := xml.Marshal(o.body)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", o.name, err)
	}
	message := gosoap.NewEmptySOAP()
	known := prefixes()
	for _, prefix := range slices.Sorted(maps.Keys(known)) {
		if strings.Contains(string(body), "<"+prefix+":") {
			message.AddRootNamespace(prefix, known[prefix])
		}
	}
	message.AddStringBodyContent(string(body))
	headers := o.headers
	if token != "" {
		headers = append([]string{token}, headers...)
	}
	for _, header := range headers {
		if err := message.AddStringHeaderContent(header); err != nil {
			return nil, fmt.Errorf("write header of %s: %w", o.name, err)
		}
	}
	return []byte(message), nil
}
