package wsd

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// ErrIgnored is what Parse returns for a proper message of another kind, such as
// somebody's probe.
var ErrIgnored = errors.New("no answer and no announcement")

// Parse reads one packet. It is lenient: any prefixes, namespaces and order, and
// whatever follows the part that matters. Only the local names count.
func Parse(packet []byte) (Message, error) {
	r := reader{decoder: xml.NewDecoder(bytes.NewReader(utf8Text(packet)))}
	r.decoder.Strict = false
	// Some declare UTF-16 and send UTF-8; the parts that matter are ASCII.
	r.decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	err := r.read()
	if r.message.Action == "" {
		if err == nil {
			err = ErrIgnored
		}
		return Message{}, fmt.Errorf("read discovery message: %w", err)
	}
	r.endTarget() // cut off in the middle
	if len(r.message.Targets) == 0 {
		return Message{}, errors.New("read discovery message: no endpoint reference")
	}
	return r.message, nil
}

// utf8Text returns text that begins with a byte order mark as UTF-8 without it.
func utf8Text(b []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		return b[3:]
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return b
	}
	units := make([]uint16, 0, len(b)/2)
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

// reader walks through the elements of a message.
type reader struct {
	decoder *xml.Decoder
	path    []string
	text    strings.Builder
	message Message
	target  Target
}

// read goes on until the end, an error or a bound.
func (r *reader) read() error {
	for range maxTokens {
		token, err := r.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(r.path) == maxDepth {
				return errors.New("elements nested too deep")
			}
			r.start(t.Name.Local)
		case xml.CharData:
			if r.text.Len() < maxText*maxItems {
				r.text.Write(t)
			}
		case xml.EndElement:
			if len(r.path) == 0 {
				return errors.New("an end without a beginning")
			}
			r.end()
		}
	}
	return errors.New("too many elements")
}

// start enters an element.
func (r *reader) start(name string) {
	r.path = append(r.path, name)
	r.text.Reset()
	if len(r.path) >= 2 && r.path[len(r.path)-2] == "Body" {
		switch a := Action(name); a {
		case ProbeMatch, ResolveMatch, Hello, Bye:
			r.message.Action = a
		}
	}
}

// end leaves the innermost element and keeps what it says.
func (r *reader) end() {
	name := r.path[len(r.path)-1]
	r.path = r.path[:len(r.path)-1]
	text := strings.TrimSpace(r.text.String())
	r.text.Reset()
	switch name {
	case "RelatesTo":
		r.message.RelatesTo = UUID(text)
	case "Address":
		if len(r.path) > 0 && r.path[len(r.path)-1] == "EndpointReference" {
			r.target.Endpoint = UUID(text)
		}
	case "Types":
		r.target.Types = items(text, maxItems)
		for i, t := range r.target.Types {
			r.target.Types[i] = t[strings.LastIndexByte(t, ':')+1:]
		}
	case "Scopes":
		r.target.Scopes = items(text, maxItems)
	case "XAddrs":
		r.target.XAddrs = items(text, maxXAddrs)
	case "ProbeMatch", "ResolveMatch", string(Hello), string(Bye):
		r.endTarget()
	}
}

// endTarget keeps the device that has been read, if it can be told from others.
func (r *reader) endTarget() {
	if r.message.Action != "" && r.target.Endpoint != "" && len(r.message.Targets) < maxTargets {
		r.message.Targets = append(r.message.Targets, r.target)
	}
	r.target = Target{}
}

// items splits a list at white space, and leaves out what is too long.
func items(text string, most int) []string {
	var list []string
	for item := range strings.FieldsSeq(text) {
		if len(list) == most {
			break
		}
		if len(item) <= maxText {
			list = append(list, item)
		}
	}
	return list
}
