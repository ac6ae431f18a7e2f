package main

import (
	"cmp"
	"fmt"
	"strings"

	"camwall/internal/discovery"
	"camwall/internal/fault"
)

// found is a device as discover prints it in JSON. Its lists are never nil.
type found struct {
	ID        string   `json:"id"`
	Kind      string   `json:"kind"`
	Name      string   `json:"name"`
	Hardware  string   `json:"hardware"`
	Addresses []string `json:"addresses"`
	XAddrs    []string `json:"xaddrs"`
	Location  string   `json:"location"`
	FoundBy   []string `json:"foundBy"`
	Problem   *trouble `json:"problem"`
}

// trouble is what is wrong with a thing.
type trouble struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Hint    string     `json:"hint"`
}

// foundAll is what a search found.
type foundAll struct {
	Devices  []found   `json:"devices"`
	Problems []trouble `json:"problems"`
}

// foundEvent is one line of discover --watch --json.
type foundEvent struct {
	Event  string `json:"event"`
	Device found  `json:"device"`
}

func foundList(list discovery.List) foundAll {
	all := foundAll{Devices: make([]found, len(list.Devices)), Problems: troubles(list.Problems)}
	for i := range list.Devices {
		all.Devices[i] = foundDevice(&list.Devices[i])
	}
	return all
}

func foundDevice(d *discovery.Device) found {
	f := found{
		ID: d.ID, Kind: string(d.Kind), Name: clean(d.Name), Hardware: clean(d.Hardware), Location: clean(d.Location),
		Addresses: make([]string, len(d.Addresses)), XAddrs: make([]string, len(d.XAddrs)),
		FoundBy: append([]string{}, d.FoundBy...), Problem: troubleOf(d.Problem),
	}
	for i, addr := range d.Addresses {
		f.Addresses[i] = addr.String()
	}
	for i, xaddr := range d.XAddrs {
		f.XAddrs[i] = clean(xaddr)
	}
	return f
}

func troubleOf(f *fault.Error) *trouble {
	if f == nil {
		return nil
	}
	return &trouble{f.Code, clean(f.Message), f.Hint}
}

// troubles is never nil: JSON has an empty list.
func troubles(faults []*fault.Error) []trouble {
	list := make([]trouble, 0, len(faults))
	for _, f := range faults {
		if f != nil {
			list = append(list, *troubleOf(f))
		}
	}
	return list
}

// printFound prints a table of what a search found, with what is wrong below.
func printFound(s streams, list discovery.List) error {
	if len(list.Devices) == 0 {
		if _, err := fmt.Fprintln(s.out, "Nothing was found."); err != nil {
			return err
		}
	} else if err := printFoundTable(s, list.Devices); err != nil {
		return err
	}
	for i := range list.Devices {
		if d := &list.Devices[i]; d.Problem != nil {
			if _, err := fmt.Fprintf(s.out, "%s: %s\n", addressOf(d), problemLine(d.Problem)); err != nil {
				return err
			}
		}
	}
	for _, p := range list.Problems {
		s.warn(problemLine(p))
	}
	return nil
}

func printFoundTable(s streams, devices []discovery.Device) error {
	t := newTable(s.out, "ADDRESS", "KIND", "NAME", "LOCATION", "FOUND BY", "ONVIF")
	for i := range devices {
		d := &devices[i]
		t.row(addressOf(d), string(d.Kind), nameOf(d), d.Location, strings.Join(d.FoundBy, ", "), first(d.XAddrs))
	}
	return t.flush()
}

func addressOf(d *discovery.Device) string {
	if len(d.Addresses) == 0 {
		return ""
	}
	return d.Addresses[0].String()
}

// nameOf is what a device calls itself, or is.
func nameOf(d *discovery.Device) string {
	return cmp.Or(d.Name, strings.TrimSpace(d.Maker+" "+d.Hardware), d.ID)
}

// problemLine is a fault with its hint in one line.
func problemLine(f *fault.Error) string {
	return strings.TrimSpace(sentence(clean(f.Message)) + " " + sentence(f.Hint))
}
