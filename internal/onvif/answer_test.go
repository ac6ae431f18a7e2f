package onvif

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"camwall/internal/fault"
	"camwall/internal/media"
)

func TestParseXML(t *testing.T) {
	t.Parallel()
	const name = "Zufahrt Süd"
	doc := func(encoding string) string {
		return `<?xml version="1.0" encoding="` + encoding + `"?><s:Envelope xmlns:s="urn:s"><s:Body><R><Name>` + name + `</Name></R></s:Body></s:Envelope>`
	}
	wide := func(text string, big bool) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(text)) {
			if big {
				b.Write([]byte{byte(u >> 8), byte(u)})
			} else {
				b.Write([]byte{byte(u), byte(u >> 8)})
			}
		}
		return b.String()
	}
	for what, body := range map[string]string{
		"plain":              doc("UTF-8"),
		"mark":               "\xef\xbb\xbf" + doc("utf-8"),
		"lies about UTF-16":  doc("UTF-16"),
		"lies about Latin-1": doc("ISO-8859-1"),
		"Latin-1":            strings.ReplaceAll(doc("ISO-8859-1"), "ü", "\xfc"),
		"windows":            strings.ReplaceAll(doc("windows-1252"), "ü", "\xfc"),
		"UTF-16 LE":          wide(doc("UTF-16"), false),
		"UTF-16 BE":          wide(doc("UTF-16"), true),
		"UTF-16 LE marked":   "\xff\xfe" + wide(doc("UTF-16"), false),
		"UTF-16 BE marked":   "\xfe\xff" + wide(doc("UTF-16"), true),
		"unknown charset":    doc("x-nobody"),
		"MIME part":          "--b\r\nContent-ID: <root@x>\r\n\r\n" + doc("UTF-8") + "\r\n--b\r\n\r\n\x00\xff\xfe",
		"garbage":            "\r\n\x00 noise " + doc("UTF-8") + "<<<&&",
		"cut off":            strings.TrimSuffix(doc("UTF-8"), "</s:Body></s:Envelope>"),
		"wrong end tags":     strings.ReplaceAll(doc("UTF-8"), "</R></s:Body>", "</s:Body>"),
		"control characters": strings.ReplaceAll(doc("UTF-8"), "Zufahrt", "\x01Zufahrt\x1f"),
		"no declaration":     doc("UTF-8")[strings.Index(doc("UTF-8"), "<s:"):],
	} {
		if got := parseXML([]byte(body)).at("Body/R/Name").value(""); got != name {
			t.Errorf("%s: %q", what, got)
		}
	}
	for _, body := range []string{"", "no XML", "\x00\xff", "<!-- c -->", "{}"} {
		if n := parseXML([]byte(body)); n != nil {
			t.Errorf("%q is %+v", body, n)
		}
	}
	deep := parseXML([]byte(strings.Repeat("<a>", 100_000)))
	depth := 0
	for n := deep; n != nil; n = n.child("a") {
		depth++
	}
	if depth == 0 || depth > maxDepth {
		t.Errorf("depth %d", depth)
	}
	many := parseXML([]byte("<a>" + strings.Repeat("<b/>", maxNodes+10) + "</a>"))
	if len(many.nodes) > maxNodes {
		t.Errorf("%d elements", len(many.nodes))
	}
}

// TestSlowXML: text in a million pieces is not copied a million times.
func TestSlowXML(t *testing.T) {
	t.Parallel()
	body := []byte("<Envelope><Body>" + strings.Repeat("x<!---->", maxAnswer/8) + "</Body></Envelope>")
	began := time.Now()
	n := parseXML(body)
	if got := len(n.value("Body")); got != maxAnswer/8 {
		t.Errorf("%d bytes of text", got)
	}
	if took := time.Since(began); took > limit {
		t.Errorf("took %v", took)
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	const text = `<r xmlns:d="urn:d&amp;"><d:Id a="1&quot;" d:skip="x">7 &lt;8<Sub>x</Sub></d:Id></r>`
	var b strings.Builder
	parseXML([]byte(text)).nodes[0].encode(&b)
	again := parseXML([]byte(b.String()))
	if again.space != "urn:d&" || again.name != "Id" || again.attr("a") != `1"` || again.text != "7 <8" || again.value("Sub") != "x" {
		t.Errorf("%s is %+v", b.String(), again)
	}
	if again.nodes[0].space != "" {
		t.Errorf("a namespace came from nowhere: %s", b.String())
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]float64{"1": 1, " 2.5 ": 2.5, "2,5": 2.5, "-3": -3, "": 0, "x": 0, "NaN": 0, "Inf": 0, "1e400": 0} {
		if got := parseNumber(s); got != want {
			t.Errorf("%q is %v", s, got)
		}
	}
	for f, want := range map[float64]int{0: 0, -1: 0, 1: 1, 99.6: 100, 101: 0, 2147483647: 0} {
		if got := within(f, 100); got != want {
			t.Errorf("%v is %d", f, got)
		}
	}
}

func faultAnswer(status int, body string) *answer {
	return readAnswer(&reply{status: status, header: http.Header{}, body: []byte(body)})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	c := newNetwork(t).client("192.0.2.64", withSignIn("admin", "hunter22"))
	old := func(code, text string) string {
		return `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>` + code +
			`</faultcode><faultstring>` + text + `</faultstring></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>`
	}
	for _, c2 := range []struct {
		what    string
		status  int
		body    string
		code    fault.Code
		refused bool
		locked  bool
	}{
		{"refused, 400", 400, string(soapFaultOf("NotAuthorized", "x")), "", true, false},
		{"refused, 200", 200, string(soapFaultOf("SenderNotAuthorized", "x")), "", true, false},
		{"refused, 500", 500, string(soapFaultOf("FailedAuthentication", "x")), "", true, false},
		{"refused, SOAP 1.1", 500, old("wsse:FailedAuthentication", "x"), "", true, false},
		{"refused, by words", 500, old("SOAP-ENV:Client", "Sender not Authorized"), "", true, false},
		{"refused, HTTP", 401, "", "", true, false},
		{"locked", 400, string(soapFaultOf("NotAuthorized", "The account is locked")), "", true, true},
		{"locked, 423", 423, "", "", false, true},
		{"a locked lens", 500, string(soapFaultOf("Busy", "focus is locked")), fault.Protocol, false, false},
		{"denied", 400, string(soapFaultOf("OperationProhibited", "x")), fault.Forbidden, false, false},
		{"not supported", 500, string(soapFaultOf("ActionNotSupported", "x")), fault.NotSupported, false, false},
		{"optional", 400, string(soapFaultOf("OptionalActionNotImplemented", "x")), fault.NotSupported, false, false},
		{"gSOAP", 500, old("SOAP-ENV:Client", "Method 'a:b' not implemented"), fault.NotSupported, false, false},
		{"no profile", 400, string(soapFaultOf("NoProfile", "no")), fault.NotFound, false, false},
		{"full", 500, string(soapFaultOf("ResourcesNotAvailable", "no")), fault.Busy, false, false},
		{"other", 500, string(soapFaultOf("Strange", "hunter22 at http://a:b@c/ ?password=x")), fault.Protocol, false, false},
		{"page", 200, "<html><body>router</body></html>", fault.NotONVIF, false, false},
		{"crash", 500, "<html><body>oops</body></html>", fault.Protocol, false, false},
		{"missing", 404, "<html/>", fault.NotONVIF, false, false},
		{"forbidden", 403, "", fault.Forbidden, false, false},
		{"busy", 503, "", fault.Busy, false, false},
		{"empty", 200, "", fault.Protocol, false, false},
		{"binary", 200, "\x00\x01\x02\xff", fault.Protocol, false, false},
	} {
		a := faultAnswer(c2.status, c2.body)
		if a.refused() != c2.refused || a.locked() != c2.locked {
			t.Errorf("%s: refused %v, locked %v", c2.what, a.refused(), a.locked())
		}
		if c2.code == "" {
			continue
		}
		err := c.problem(a, true)
		if fault.CodeOf(err) != c2.code {
			t.Errorf("%s: %v (%s), want %s", c2.what, err, fault.CodeOf(err), c2.code)
		}
		if text := err.Error(); strings.Contains(text, "hunter22") || strings.Contains(text, "a:b@") || strings.Contains(text, "password=x") {
			t.Errorf("%s: %v tells a password", c2.what, err)
		}
	}
	if hint := refusedFault(faultAnswer(400, string(soapFaultOf("NotAuthorized", "time check failed")))).Hint; !strings.Contains(hint, "clock") {
		t.Errorf("hint is %q", hint)
	}
	wantCode(t, asFault(errors.New("x")), fault.Internal)
}

func TestClock(t *testing.T) {
	t.Parallel()
	moment := func(tag string) string {
		return "<" + tag + "><Date><Year>2026</Year><Month>3</Month><Day>1</Day></Date><Time><Hour>12</Hour><Minute>0</Minute><Second>0</Second></Time></" + tag + ">"
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for body, want := range map[string]time.Time{
		moment("UTCDateTime"): at,
		moment("UTCDateTime") + "<LocalDateTime/><TimeZone><TZ>CST-8</TZ></TimeZone>":                         at,
		moment("LocalDateTime") + "<TimeZone><TZ>CST-8</TZ></TimeZone>":                                       at.Add(-8 * time.Hour),
		moment("LocalDateTime") + "<TimeZone><TZ>EST5EDT,M3.2.0,M11.1.0</TZ></TimeZone>":                      at.Add(5 * time.Hour),
		moment("LocalDateTime") + "<DaylightSavings>true</DaylightSavings><TimeZone><TZ>EST5</TZ></TimeZone>": at.Add(4 * time.Hour),
		moment("LocalDateTime"): at,
		moment("LocalDateTime") + "<UTCDateTime><Date/></UTCDateTime>": at,
	} {
		got, ok := parseClock(parseXML([]byte("<a><SystemDateAndTime>" + body + "</SystemDateAndTime></a>")))
		if !ok || !got.Equal(want) {
			t.Errorf("%s is %v, %v", body, got, ok)
		}
	}
	for _, body := range []string{"", "<UTCDateTime/>", strings.ReplaceAll(moment("UTCDateTime"), "<Month>3<", "<Month>13<"), strings.ReplaceAll(moment("UTCDateTime"), "2026", "1900")} {
		if got, ok := parseClock(parseXML([]byte("<a><SystemDateAndTime>" + body + "</SystemDateAndTime></a>"))); ok {
			t.Errorf("%s is %v", body, got)
		}
	}
	for tz, want := range map[string]time.Duration{
		"CST-8": 8 * time.Hour, "CST-8:00:00": 8 * time.Hour, "GMT+01:00": -time.Hour, "<+0330>-3:30": 210 * time.Minute, "UTC": 0, "": 0,
		"EST5EDT,M3.2.0,M11.1.0": -5 * time.Hour, "GMT-0530": 330 * time.Minute, "nonsense": 0, "X99": 0, "Europe/Berlin": 0, "IST-5:30": 330 * time.Minute,
	} {
		if got := zoneOffset(tz); got != want {
			t.Errorf("%q is %v, want %v", tz, got, want)
		}
	}
	for s, want := range map[string]time.Time{
		"2026-03-01T12:00:00Z": at, "2026-03-01T12:00:00.000Z": at, "2026-03-01T20:00:00+08:00": at, "2026-03-01T12:00:00": at, "2026-03-01T12:00:00+0000": at, " 2026-03-01 12:00:00 ": at,
	} {
		if got, ok := parseMoment(s); !ok || !got.Equal(want) {
			t.Errorf("%q is %v", s, got)
		}
	}
	if _, ok := parseMoment("0000-00-00T00:00:00Z"); ok {
		t.Error("no moment is one")
	}
}

func TestCodecs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]media.Codec{
		"H264": media.H264, "h.265": media.H265, "HEVC": media.H265, "JPEG": media.MJPEG, "MPEG4": media.MPEG4, "MPV4-ES": media.MPEG4, "H264+": media.H264, "": 0, "SVC": 0,
	} {
		if got := codecOf(name); got != want {
			t.Errorf("%q is %s", name, got)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	second := []Profile{{Token: "a", CodecName: "H265", Codec: media.H265, Width: 10, Height: 5, Media2: true}, {Token: "b", CodecName: "H264", Media2: true}}
	first := []Profile{{Token: "a", Name: "A", CodecName: "H264", Codec: media.H264, Width: 20, Height: 10, FPS: 25, GOP: 50, PTZ: true, media1: true}, {Token: "c", CodecName: "JPEG", media1: true}}
	all := merge(second, first)
	if len(all) != 3 || all[0].Codec != media.H265 || all[0].Width != 10 || all[0].FPS != 25 || all[0].Name != "A" || !all[0].PTZ || !all[0].media1 || !all[0].Media2 {
		t.Errorf("%+v", all)
	}
	if left := playable(all); len(left) != 1 || left[0].Token != "a" {
		t.Errorf("%+v", left)
	}
	if left := playable([]Profile{{Token: "x", CodecName: "H264"}, {Token: "y"}}); len(left) != 1 {
		t.Errorf("%+v", left)
	}
}

func TestMACs(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"00:00:5E:00:53:01": "00:00:5e:00:53:01", "00-00-5e-00-53-01": "00:00:5e:00:53:01", "00005e005301": "00:00:5e:00:53:01", "0000.5e00.5301": "00:00:5e:00:53:01",
		"": "", "00:00:00:00:00:00": "", "00:00:5e:00:53": "", "zz:00:5e:00:53:01": "",
	} {
		if got, ok := normalMAC(s); got != want || ok != (want != "") {
			t.Errorf("%q is %q", s, got)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	if got := oneLine(" a\r\n\tb\x00c \xff"); got != "a b c ?" {
		t.Errorf("%q", got)
	}
	if got := bounded(strings.Repeat("ü", 10), 5); got != "üü…" || !utf8.ValidString(got) {
		t.Errorf("%q", got)
	}
}
