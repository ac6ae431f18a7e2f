package importer

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/secret"
)

// columns has the names that a header may have for each column, without blanks,
// _ and -.
var columns = map[string][]string{
	"id":       {"id", "cameraid", "slug", "key"},
	"name":     {"name", "cameraname", "camera", "title", "label", "channelname", "description"},
	"url":      {"url", "rtsp", "rtspurl", "stream", "streamurl", "main", "mainurl", "mainstream", "address", "source", "uri", "link"},
	"sub":      {"sub", "suburl", "substream", "substreamurl", "rtspsub", "url2", "stream2"},
	"host":     {"host", "ip", "ipaddress", "hostname", "hostorip"},
	"port":     {"port", "rtspport"},
	"path":     {"path", "rtsppath"},
	"onvif":    {"onvif", "onvifurl", "onvifaddress"},
	"user":     {"user", "username", "login"},
	"password": {"password", "pass", "pwd", "passwort"},
	"enabled":  {"enabled", "active"},
	"disabled": {"disabled"},
}

// headerNoise is what headers write between words.
var headerNoise = strings.NewReplacer(" ", "", "\t", "", "_", "", "-", "", ".", "")

// readCSV reads rows of cameras; nil when the text has none. Without a header
// the column with the addresses tells the others: id and name before it, user
// and password behind it.
func readCSV(text string) *Result {
	comma := ','
	if rest, found := strings.CutPrefix(text, "sep="); found && rest != "" { // as Excel writes it
		line, after, _ := strings.Cut(rest, "\n")
		if sep := strings.TrimSpace(line); len(sep) == 1 && strings.Contains(",;|", sep) {
			comma, text = rune(sep[0]), after
		}
	} else {
		comma = separator(text)
	}
	c := &collector{format: CSV}
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma, reader.Comment = comma, '#'
	reader.FieldsPerRecord, reader.LazyQuotes, reader.TrimLeadingSpace = -1, true, comma != '\t'
	var layout map[string]int
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil { // LazyQuotes leaves none that a text can have
			c.leave("", "the rest can't be read")
			break
		}
		n, _ := reader.FieldPos(0)
		if layout == nil {
			if layout = header(row); layout != nil {
				continue
			}
			if layout = guess(row); layout == nil {
				return nil
			}
		}
		c.addRow(row, layout, "line "+strconv.Itoa(n))
	}
	if layout == nil {
		return nil
	}
	c.joinSubs()
	return c.result()
}

// separator returns the one of , ; tab and | that a text's first line has most.
func separator(text string) rune {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	best, most := ',', 0
	for _, sep := range ",;\t|" {
		if n := strings.Count(quotedValue.ReplaceAllString(first, ""), string(sep)); n > most {
			best, most = sep, n
		}
	}
	return best
}

// header returns the places of the columns that a first row names; nil when it
// is none.
func header(row []string) map[string]int {
	layout := make(map[string]int)
	for i, cell := range row {
		if strings.Contains(cell, "://") {
			return nil
		}
		word := headerNoise.Replace(strings.ToLower(cell))
		for name, words := range columns {
			if _, taken := layout[name]; !taken && slices.Contains(words, word) {
				layout[name] = i
			}
		}
	}
	for _, name := range []string{"url", "host", "onvif"} {
		if has(layout, name) {
			return layout
		}
	}
	return nil
}

// guess returns the places of the columns of a row without header; nil when it
// has no address.
func guess(row []string) map[string]int {
	at := slices.IndexFunc(row, func(cell string) bool { return address.MatchString(strings.TrimSpace(cell)) })
	if at < 0 {
		return nil
	}
	layout := map[string]int{"url": at, "user": at + 1, "password": at + 2}
	switch at {
	case 0:
	case 1:
		layout["name"] = 0
	default:
		layout["id"], layout["name"] = at-2, at-1
	}
	return layout
}

func (c *collector) addRow(row []string, layout map[string]int, from string) {
	cell := func(name string) string {
		i, ok := layout[name]
		switch {
		case !ok || i >= len(row):
			return ""
		case name == "password": // it may begin or end with a blank
			return row[i]
		}
		return strings.TrimSpace(row[i])
	}
	if !slices.ContainsFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" }) {
		return
	}
	e := entry{key: cmp.Or(cell("id"), cell("name")), name: cell("name"), from: from}
	if on, ok := truth(cell("enabled")); ok && !on {
		e.disabled = true
	}
	if off, ok := truth(cell("disabled")); ok && off {
		e.disabled = true
	}
	at := cmp.Or(cell("url"), join(cell("host"), cell("port"), cell("path")), cell("onvif"))
	s, why := parseCell(at)
	if why != "" {
		c.leave(from, strings.TrimSpace(label(e.key)+" "+why))
		return
	}
	if cell("user") != "" || cell("password") != "" {
		s.cred = camera.Credentials{User: cell("user"), Password: secret.NewText(cell("password"))}
	}
	if e.key == "" {
		e.key = s.host
	}
	if service, why := parseCell(cell("onvif")); why == "" && service.url == "" && service.host == s.host {
		e.onvif = service.onvif
	}
	e.sources = []source{s}
	if small := cell("sub"); small != "" {
		sub, why := parseCell(small)
		if cell("user") != "" || cell("password") != "" {
			sub.cred = s.cred
		}
		switch {
		case why != "":
			c.leave(from, "its small stream "+why)
		case !s.takes(sub):
			c.leave(from, "its small stream is at another host, or signs in differently")
		default:
			e.sources = append(e.sources, sub)
		}
	}
	c.add(e)
}

// join makes an address of its parts; without a path it is that of a device.
func join(host, port, path string) string {
	if host == "" || strings.Contains(host, "://") {
		return host
	}
	if port != "" {
		host = net.JoinHostPort(strings.Trim(host, "[]"), port)
	}
	if path == "" {
		return host
	}
	return "rtsp://" + host + "/" + strings.TrimLeft(path, "/")
}

// parseCell reads an address that may lack its scheme, or be that of an ONVIF
// device as people write it.
func parseCell(cell string) (source, string) {
	switch scheme := schemeOf(cell); {
	case cell == "":
		return source{}, "has no address"
	case (scheme == "http" || scheme == "https") && strings.Contains(strings.ToLower(cell), "/onvif/"):
		return parseONVIF(cell)
	case strings.Contains(cell, "://"):
		return parseSource(cell)
	case strings.Contains(cell, "/"):
		return parseSource("rtsp://" + cell)
	}
	return parseONVIF("http://" + cell)
}
