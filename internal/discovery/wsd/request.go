package wsd

import "strings"

const (
	envelope = `<?xml version="1.0" encoding="UTF-8"?>` +
		`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"` +
		` xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"` +
		` xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"` +
		` xmlns:dn="http://www.onvif.org/ver10/network/wsdl"` +
		` xmlns:tds="http://www.onvif.org/ver10/device/wsdl">` +
		`<s:Header><a:MessageID>{id}</a:MessageID>` +
		`<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>` +
		`<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>` +
		`<a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/{action}</a:Action>` +
		`</s:Header><s:Body>{body}</s:Body></s:Envelope>`
	probe   = `<d:Probe>{types}</d:Probe>`
	resolve = `<d:Resolve><a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference></d:Resolve>`
)

// The types that cameras are asked for. An empty type asks everything.
const (
	Transmitter = "dn:NetworkVideoTransmitter"
	Device      = "tds:Device"
)

// Probe returns a request that every device of the type answers; id is from NewID.
func Probe(id, kind string) []byte {
	types := ""
	if kind != "" {
		types = "<d:Types>" + kind + "</d:Types>"
	}
	return request(id, "Probe", strings.Replace(probe, "{types}", types, 1))
}

// Resolve returns a request for the addresses of the device of an endpoint
// reference; id is from NewID.
func Resolve(id, endpoint string) []byte {
	return request(id, "Resolve", strings.Replace(resolve, "{endpoint}", escape(endpoint), 1))
}

func request(id, action, body string) []byte {
	return []byte(strings.NewReplacer("{id}", id, "{action}", action, "{body}", body).Replace(envelope))
}

// escape makes text of the network fit into an element.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
