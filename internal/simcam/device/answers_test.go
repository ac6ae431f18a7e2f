package device

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

// arguments are what operations need to be answered; the others need nothing.
var arguments = map[string]string{
	"GetProfile":                   "<op:ProfileToken>Profile_101</op:ProfileToken>",
	"GetVideoEncoderConfiguration": "<op:ConfigurationToken>VideoEncoder_Profile_102</op:ConfigurationToken>",
	"GetStreamUri":                 fmt.Sprintf(setup, "TCP", "Profile_101") + "<op:Protocol>RTSP</op:Protocol>",
	"GetSnapshotUri":               profileToken,
	"GetNode":                      "<op:NodeToken>PTZNode_1</op:NodeToken>",
	"GetConfiguration":             "<op:PTZConfigurationToken>PTZConfig_1</op:PTZConfigurationToken>",
	"GetStatus":                    profileToken,
	"ContinuousMove":               profileToken + `<op:Velocity><x:PanTilt x="0.5" y="0"/></op:Velocity>`,
	"RelativeMove":                 profileToken + `<op:Translation><x:PanTilt x="0.1" y="0"/></op:Translation>`,
	"AbsoluteMove":                 profileToken + `<op:Position><x:PanTilt x="0.1" y="0"/></op:Position>`,
	"Stop":                         profileToken,
	"GetPresets":                   profileToken,
	"SetPreset":                    profileToken,
	"GotoHomePosition":             profileToken,
	"SetHomePosition":              profileToken,
	"GetImagingSettings":           "<op:VideoSourceToken>VideoSource_1</op:VideoSourceToken>",
	"SetImagingSettings":           "<op:VideoSourceToken>VideoSource_1</op:VideoSourceToken><op:ImagingSettings/>",
	"GetOptions":                   "<op:VideoSourceToken>VideoSource_1</op:VideoSourceToken>",
	"SetSynchronizationPoint":      profileToken,
	"GetProfiles":                  "<op:Type>All</op:Type>",
}

// bodyOf reads an answer strictly: well-formed, every prefix bound, one element
// in the body.
func bodyOf(t *testing.T, what, text string) xml.Name {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	var path []xml.Name
	var body xml.Name
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return body
		}
		if err != nil {
			t.Fatalf("%s: %v: %s", what, err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if len(path) > 0 && token.Name.Space != "" && !strings.Contains(token.Name.Space, ":") {
				t.Errorf("%s: the prefix of %v is bound to nothing", what, token.Name)
			}
			if len(path) == 2 && path[1] == (xml.Name{Space: nsSOAP12, Local: "Body"}) {
				if body.Local != "" {
					t.Errorf("%s: %v and %v are both in the body", what, body, token.Name)
				}
				body = token.Name
			}
			path = append(path, token.Name)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

// Each operation there is answers in its own name space, and signed or not as
// the standard has it.
func TestEveryOperationAnswers(t *testing.T) {
	d := oneCamera(t, nil)
	guarded := oneCamera(t, func(c *Config) { c.SignIn = SignInToken })
	for name, op := range d.operations {
		what := serviceNames[name.space] + "/" + name.name
		refused := post(t, client(), guarded.XAddr(), envelopeOf("", name.space, name.name, arguments[name.name]))
		if op.free != (refused.status == 200) {
			t.Errorf("%s: without a sign-in: %d", what, refused.status)
		}
		address := d.XAddr()
		switch name.name {
		case "PullMessages", "Renew", "Unsubscribe":
			continue // they have tests of their own
		case "GotoPreset", "RemovePreset":
			continue
		case "SetSynchronizationPoint":
			if name.space == nsEvents {
				address = subscribe(t, d, "")
			}
		}
		a := post(t, client(), address, envelopeOf("", name.space, name.name, arguments[name.name]))
		if a.status != 200 {
			t.Errorf("%s: %d %s", what, a.status, a.text)
			continue
		}
		if body := bodyOf(t, what, a.text); body != (xml.Name{Space: name.space, Local: name.name + "Response"}) {
			t.Errorf("%s is answered by %v", what, body)
		}
	}
}

func TestEveryRefusalIsAFault(t *testing.T) {
	d := oneCamera(t, nil)
	for name := range d.operations {
		if arguments[name.name] == "" || name.name == "GetProfiles" || name.space == nsEvents {
			continue
		}
		a := ask(t, d, name.space, name.name, "<op:ProfileToken>none</op:ProfileToken>")
		if body := bodyOf(t, name.name, a.text); a.status != 400 || body != (xml.Name{Space: nsSOAP12, Local: "Fault"}) {
			t.Errorf("%s without its arguments: %d %v", name.name, a.status, body)
		}
	}
}

// Answers as they were read and found right; -update writes them again.
func TestGoldenAnswers(t *testing.T) {
	d := oneCamera(t, func(c *Config) {
		c.MAC, c.UUID, c.Serial = "02:00:5e:00:00:01", "00000000-0000-5000-8000-000000000001", "S1"
		c.Channels = append(c.Channels, Channel{Name: "Yard", Main: "b"})
	})
	port := regexp.MustCompile(`127\.0\.0\.1:\d+`)
	for _, one := range []struct{ space, operation string }{
		{nsDevice, "GetDeviceInformation"},
		{nsDevice, "GetServices"},
		{nsDevice, "GetCapabilities"},
		{nsDevice, "GetNetworkInterfaces"},
		{nsDevice, "GetScopes"},
		{nsMedia, "GetProfiles"},
		{nsMedia, "GetVideoSources"},
		{nsMedia, "GetVideoSourceConfigurations"},
		{nsMedia, "GetVideoEncoderConfigurations"},
		{nsMedia, "GetStreamUri"},
		{nsMedia, "GetSnapshotUri"},
		{nsMedia2, "GetProfiles"},
		{nsMedia2, "GetVideoEncoderConfigurations"},
		{nsMedia2, "GetStreamUri"},
		{nsPTZ, "GetNodes"},
		{nsPTZ, "GetConfigurations"},
		{nsImaging, "GetImagingSettings"},
		{nsImaging, "GetOptions"},
		{nsEvents, "GetEventProperties"},
	} {
		a := must(t, d, one.space, one.operation, arguments[one.operation])
		_, body, _ := strings.Cut(a.text, "<s:Body>")
		body, _, _ = strings.Cut(body, "</s:Body>")
		got := strings.ReplaceAll(port.ReplaceAllString(body, "127.0.0.1:PORT"), "><", ">\n<") + "\n"
		path := filepath.Join("testdata", serviceNames[one.space]+"-"+one.operation+".xml")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs:\n%s", path, firstDifference(got, string(want)))
		}
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: %s\nwant:   %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// Many ask at once, each with a sign-in of its own kind.
func TestManyAtOnce(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.SignIn = SignInEither })
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			var asked []string
			digest := withDigest("admin", secretOfTests, &asked)
			for range 5 {
				if n%2 == 0 {
					if a := post(t, digest, d.XAddr(), envelopeOf("", nsMedia2, "GetProfiles", "<op:Type>All</op:Type>")); a.status != 200 {
						t.Errorf("digest: %d", a.status)
					}
					continue
				}
				if a := signed(t, d, tokenHeader("admin", secretOfTests, nonce(), time.Now())); a.status != 200 {
					t.Errorf("token: %d", a.status)
				}
				d.RaiseMotion(0, true)
				d.Position(0)
			}
		})
	}
	wg.Wait()
	if c := d.Counters(); c.FailedSignIns != 0 || c.SignIns[ServiceONVIF].OK != 40 {
		t.Errorf("counters %+v", c)
	}
}

func TestReadingRequests(t *testing.T) {
	header, operation, err := parseRequest(strings.NewReader(envelopeOf("<h:A xmlns:h='urn:h' k='v'> a <h:B/>b</h:A>", "urn:o", "Op", "<op:T>1</op:T><op:T> 2 </op:T><op:U><op:V>3</op:V></op:U>")))
	if err != nil {
		t.Fatal(err)
	}
	if got := header.get("A"); got == nil || got.attr("k") != "v" || got.attr("none") != "" || header.value("A") != "a b" {
		t.Errorf("header %+v", got)
	}
	if operation.name != (xml.Name{Space: "urn:o", Local: "Op"}) || !slices.Equal(operation.all("T"), []string{"1", "2"}) || operation.value("U", "V") != "3" {
		t.Errorf("operation %+v", operation)
	}
	var none *node
	if operation.get("U", "X", "Y") != nil || none.get("A") != nil || none.value("A") != "" {
		t.Error("what is not there was found")
	}
	for _, text := range []string{
		strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1),
		"<a>" + strings.Repeat("x", maxRequest) + "</a>",
		"<a></b>", "</a>", "<a>&unknown;</a>",
	} {
		if _, _, err := parseRequest(strings.NewReader(text)); err == nil {
			t.Errorf("%.30q was read", text)
		}
	}
}

func TestFaultsNest(t *testing.T) {
	got := sender("a < b", "ter:Outer", "ter:Inner").body()
	const want = `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:Outer</s:Value><s:Subcode><s:Value>ter:Inner</s:Value></s:Subcode></s:Subcode></s:Code>` +
		`<s:Reason><s:Text xml:lang="en">a &lt; b</s:Text></s:Reason></s:Fault>`
	if got != want {
		t.Errorf("fault %s", got)
	}
}
