package device

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Name spaces of what is asked and answered.
const (
	nsDevice  = "http://www.onvif.org/ver10/device/wsdl"
	nsMedia   = "http://www.onvif.org/ver10/media/wsdl"
	nsMedia2  = "http://www.onvif.org/ver20/media/wsdl"
	nsPTZ     = "http://www.onvif.org/ver20/ptz/wsdl"
	nsImaging = "http://www.onvif.org/ver20/imaging/wsdl"
	nsEvents  = "http://www.onvif.org/ver10/events/wsdl"
	nsNotify  = "http://docs.oasis-open.org/wsn/b-2"

	nsSOAP12 = "http://www.w3.org/2003/05/soap-envelope"
	nsSOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
)

// maxRequest bounds a request, in bytes; maxDepth how deep it nests.
const (
	maxRequest = 1 << 20
	maxDepth   = 64
)

// errNotSOAP is returned for a body that is no SOAP request.
var errNotSOAP = errors.New("not a SOAP request")

// node is one element of a request.
type node struct {
	name  xml.Name
	attrs []xml.Attr
	nodes []*node
	text  string
}

// get follows local names down from n; nil when there is nothing.
func (n *node) get(path ...string) *node {
	for _, name := range path {
		var found *node
		if n != nil {
			for _, child := range n.nodes {
				if child.name.Local == name {
					found = child
					break
				}
			}
		}
		n = found
	}
	return n
}

// value is the text at the end of a path, "" when there is none.
func (n *node) value(path ...string) string {
	if found := n.get(path...); found != nil {
		return strings.TrimSpace(found.text)
	}
	return ""
}

// all returns the text of every child of a name.
func (n *node) all(name string) []string {
	var list []string
	for _, child := range n.nodes {
		if child.name.Local == name {
			list = append(list, strings.TrimSpace(child.text))
		}
	}
	return list
}

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// parseRequest reads an envelope: the header, nil without one, and the
// operation that is asked for.
func parseRequest(r io.Reader) (header, operation *node, err error) {
	root, err := parseTree(xml.NewDecoder(io.LimitReader(r, maxRequest)))
	if err != nil {
		return nil, nil, err
	}
	if root.name.Local != "Envelope" || root.name.Space != nsSOAP12 && root.name.Space != nsSOAP11 {
		return nil, nil, errNotSOAP
	}
	body := root.get("Body")
	if body == nil || len(body.nodes) == 0 {
		return nil, nil, errNotSOAP
	}
	return root.get("Header"), body.nodes[0], nil
}

func parseTree(decoder *xml.Decoder) (*node, error) {
	var open []*node
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(open) == maxDepth {
				return nil, errNotSOAP
			}
			one := &node{name: t.Name, attrs: t.Attr}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.nodes = append(parent.nodes, one)
			}
			open = append(open, one)
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(t)
			}
		case xml.EndElement:
			last := open[len(open)-1]
			if open = open[:len(open)-1]; len(open) == 0 {
				return last, nil
			}
		}
	}
}

// soapFault is an answer that is not a success. Subcodes go from the outer one
// to the inner one.
type soapFault struct {
	status   int
	code     string // Sender or Receiver
	subcodes []string
	reason   string
}

// sender is a fault of what was asked: ONVIF core section 5.8.2.
func sender(reason string, subcodes ...string) *soapFault {
	return &soapFault{status: 400, code: "Sender", subcodes: subcodes, reason: reason}
}

// receiver is a fault of the device.
func receiver(reason string, subcodes ...string) *soapFault {
	return &soapFault{status: 500, code: "Receiver", subcodes: subcodes, reason: reason}
}

func (f *soapFault) body() string {
	sub := ""
	for i := len(f.subcodes) - 1; i >= 0; i-- {
		sub = "<s:Subcode><s:Value>" + f.subcodes[i] + "</s:Value>" + sub + "</s:Subcode>"
	}
	return "<s:Fault><s:Code><s:Value>s:" + f.code + "</s:Value>" + sub + "</s:Code>" +
		`<s:Reason><s:Text xml:lang="en">` + esc(f.reason) + "</s:Text></s:Reason></s:Fault>"
}

// envelope puts an answer in its cover.
func envelope(header, body string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<s:Envelope")
	for _, ns := range [][2]string{
		{"s", nsSOAP12},
		{"tt", "http://www.onvif.org/ver10/schema"},
		{"tds", nsDevice},
		{"trt", nsMedia},
		{"tr2", nsMedia2},
		{"tptz", nsPTZ},
		{"timg", nsImaging},
		{"tev", nsEvents},
		{"wsnt", nsNotify},
		{"tns1", "http://www.onvif.org/ver10/topics"},
		{"wsa", "http://www.w3.org/2005/08/addressing"},
		{"ter", "http://www.onvif.org/ver10/error"},
		{"wsrfr", "http://docs.oasis-open.org/wsrf/r-2"},
	} {
		b.WriteString(" xmlns:" + ns[0] + `="` + ns[1] + `"`)
	}
	b.WriteString(">")
	if header != "" {
		b.WriteString("<s:Header>" + header + "</s:Header>")
	}
	b.WriteString("<s:Body>" + body + "</s:Body></s:Envelope>\n")
	return b.String()
}

// esc writes a text so that it can stand in XML.
func esc(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic("device: writing to memory failed: " + err.Error())
	}
	return b.String()
}

// tag writes an element that holds a text.
func tag(name, text string) string { return "<" + name + ">" + esc(text) + "</" + name + ">" }
