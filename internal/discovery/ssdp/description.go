package ssdp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"
)

// The bounds of what is taken from one description.
const (
	maxText   = 512
	maxTypes  = 32
	maxDepth  = 32
	maxTokens = 20_000
)

// Description is what a device says about itself (UPnP Device Architecture 1.1
// section 2.3). All but Types is that of the root device and may be "".
type Description struct {
	// Types has the device types, first that of the root device, then those of
	// the devices in it.
	Types []string

	Name, Maker, Model, Number, Serial string

	// ID is the UDN, as DeviceID returns it.
	ID string

	// Web is the page for people; it may be relative to Base, or when that is "",
	// to the address of the description.
	Web, Base string
}

// ParseDescription reads a description. It is lenient: any character set that is
// declared, and whatever is broken behind the part that matters. Without a device
// type and a name it is an error.
func ParseDescription(text []byte) (Description, error) {
	r := descriptionReader{decoder: xml.NewDecoder(bytes.NewReader(unmarked(text)))}
	r.decoder.Strict = false
	r.decoder.CharsetReader = asDeclared
	err := r.read()
	if len(r.found.Types) == 0 && r.found.Name == "" {
		if err == nil {
			err = errors.New("no device")
		}
		return Description{}, fmt.Errorf("read device description: %w", err)
	}
	return r.found, nil
}

// unmarked returns text that begins with a byte order mark as UTF-8 without it.
func unmarked(text []byte) []byte {
	if len(text) < 2 || text[0] != 0xff && text[0] != 0xfe && text[0] != 0xef {
		return text
	}
	encoding, _, certain := charset.DetermineEncoding(text, "")
	if !certain {
		return text
	}
	decoded, err := encoding.NewDecoder().Bytes(text)
	if err != nil {
		return text
	}
	return bytes.TrimPrefix(decoded, []byte("\ufeff"))
}

// asDeclared decodes a character set. One that nobody knows is read as it is, and
// so is UTF-16: what declares it in ASCII is not written in it.
func asDeclared(label string, input io.Reader) (io.Reader, error) {
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(label)), "utf-16") {
		return input, nil
	}
	decoded, err := charset.NewReaderLabel(label, input)
	if err != nil {
		return input, nil //nolint:nilerr // an unknown name is no reason to read nothing
	}
	return decoded, nil
}

// descriptionReader walks through the elements of a description.
type descriptionReader struct {
	decoder *xml.Decoder
	path    []string
	text    strings.Builder
	found   Description
}

func (r *descriptionReader) read() error {
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
			r.path = append(r.path, t.Name.Local)
			r.text.Reset()
		case xml.CharData:
			if r.text.Len() < maxText {
				r.text.Write(t[:min(len(t), maxText)])
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

// end leaves the innermost element and keeps what it says.
func (r *descriptionReader) end() {
	name := r.path[len(r.path)-1]
	r.path = r.path[:len(r.path)-1]
	text := strings.TrimSpace(r.text.String())
	r.text.Reset()
	if text == "" {
		return
	}
	if name == "URLBase" && r.found.Base == "" {
		r.found.Base = text
	}
	if len(r.path) == 0 || r.path[len(r.path)-1] != "device" {
		return
	}
	if name == "deviceType" && len(r.found.Types) < maxTypes {
		r.found.Types = append(r.found.Types, text)
	}
	if slices.Contains(r.path, "deviceList") {
		return
	}
	r.root(name, text)
}

// root keeps what the root device says.
func (r *descriptionReader) root(name, text string) {
	var field *string
	switch name {
	case "friendlyName":
		field = &r.found.Name
	case "manufacturer":
		field = &r.found.Maker
	case "modelName":
		field = &r.found.Model
	case "modelNumber":
		field = &r.found.Number
	case "serialNumber":
		field = &r.found.Serial
	case "presentationURL":
		field = &r.found.Web
	case "UDN":
		text = DeviceID(text)
		field = &r.found.ID
	default:
		return
	}
	if *field == "" {
		*field = text
	}
}
