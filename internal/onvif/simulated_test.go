package onvif

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// simulated is a device that answers from a script, with a sign-in written from
// WS-UsernameToken 1.0 and RFC 7616 on its own.
type simulated struct {
	t *testing.T

	user, password string
	auth           string // "", token, digest, both (either will do), basic
	algorithm      string // of the digest; MD5 when empty
	refusal        int    // HTTP status of a fault NotAuthorized; 400 when 0
	everything     bool   // asks for a sign-in also before GetSystemDateAndTime
	public         map[string]bool
	denied         map[string]bool // refused to the signed-in user, too
	wrongClock     time.Duration   // its clock against ours, if it tells by itself
	staleEvery     int             // renews the nonce at every so many answers
	header         http.Header

	// answer returns status, content type and body for an operation.
	answer func(op, token string, r *http.Request) (int, string, []byte)

	mu sync.Mutex
	// mu guards the fields below.
	attempts int // requests that carried a credential
	refused  int // of those, the ones refused (a stale nonce is none)
	asked    []string
	nonces   map[string]bool // of tokens
	nonce    int
	bodies   []string
}

const soapHead = `<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" ` +
	`xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error"><SOAP-ENV:Body>`

const soapFoot = `</SOAP-ENV:Body></SOAP-ENV:Envelope>`

func soap(body string) []byte { return []byte(soapHead + body + soapFoot) }

func soapFaultOf(subcode, reason string) []byte {
	return soap(`<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode><SOAP-ENV:Value>ter:` +
		subcode + `</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text>` + reason +
		`</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>`)
}

var (
	bodyOp       = regexp.MustCompile(`<soap-env:Body><([a-z0-9]+):([A-Za-z]+)`)
	profileToken = regexp.MustCompile(`ProfileToken>([^<]*)<`)
	tokenParts   = regexp.MustCompile(`(?s)<wsse:Username(?:/>|>(.*?)</wsse:Username>).*<wsse:Password [^>]*>(.*?)</wsse:Password>.*<wsse:Nonce [^>]*>(.*?)</wsse:Nonce>.*<wsu:Created>(.*?)</wsu:Created>`)
	authParam    = regexp.MustCompile(`([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^, ]+))`)
)

func (s *simulated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	body, op, profile := string(raw), r.Method+" "+r.URL.Path, ""
	if m := bodyOp.FindStringSubmatch(body); m != nil {
		op = m[1] + "." + m[2]
	}
	if m := profileToken.FindStringSubmatch(body); m != nil {
		profile = m[1]
	}
	s.mu.Lock()
	s.asked = append(s.asked, op)
	s.bodies = append(s.bodies, body)
	for name, values := range s.header {
		w.Header()[name] = values
	}
	admitted := s.admits(w, r, op, body)
	s.mu.Unlock()
	if !admitted {
		return
	}
	status, kind, answer := s.answer(op, profile, r)
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// isPublic tells what everyone may ask.
func (s *simulated) isPublic(op string) bool {
	return s.auth == "" || s.public[op] || op == "tds.GetSystemDateAndTime" && !s.everything
}

// admits checks the credential of a request, and answers when it refuses.
func (s *simulated) admits(w http.ResponseWriter, r *http.Request, op, body string) bool {
	header := r.Header.Get("Authorization")
	m := tokenParts.FindStringSubmatch(body)
	given := header != "" || m != nil
	if given {
		s.attempts++
	}
	if s.isPublic(op) {
		return true
	}
	good, stale := false, false
	switch {
	case s.auth == "basic":
		good = header == "Basic "+base64.StdEncoding.EncodeToString([]byte(s.user+":"+s.password))
	case header != "" && s.auth != "token":
		good, stale = s.checkDigest(header, r)
	case m != nil && (s.auth == "token" || s.auth == "both"):
		good = s.checkToken(m[1], m[2], m[3], m[4])
	}
	if good && !s.denied[op] {
		return true
	}
	if given && !stale {
		s.refused++
	}
	s.refuse(w, stale)
	return false
}

func (s *simulated) refuse(w http.ResponseWriter, stale bool) {
	w.Header().Set("Content-Type", "application/soap+xml")
	switch s.auth {
	case "basic":
		w.Header().Set("WWW-Authenticate", `Basic realm="cam"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	case "digest", "both":
		if !stale {
			s.nonce++
		}
		algorithm := s.algorithm
		if algorithm == "" {
			algorithm = "MD5"
		}
		weak := fmt.Sprintf(`Digest realm="cam", qop="auth,auth-int", nonce="weak%d", algorithm=MD5, stale=%v`, s.nonce, stale)
		strong := fmt.Sprintf(`Digest realm="cam \"1\"", qop="auth", nonce="n%d/+==", opaque="o", algorithm=%s, stale=%v`, s.nonce, algorithm, stale)
		if strings.HasPrefix(algorithm, "SHA") {
			w.Header().Add("WWW-Authenticate", weak)
		}
		w.Header().Add("WWW-Authenticate", strong)
		w.WriteHeader(http.StatusUnauthorized)
		if s.auth == "digest" {
			return
		}
	default:
		status := s.refusal
		if status == 0 {
			status = http.StatusBadRequest
		}
		w.WriteHeader(status)
	}
	_, _ = w.Write(soapFaultOf("NotAuthorized", "Sender not authorized"))
}

// clock is the device's.
func (s *simulated) clock() time.Time { return time.Now().Add(s.wrongClock) }

func (s *simulated) checkToken(user, digest, nonce, created string) bool {
	plain, err := base64.StdEncoding.DecodeString(nonce)
	if err != nil || len(plain) < 16 || s.nonces[nonce] {
		return false
	}
	if s.nonces == nil {
		s.nonces = map[string]bool{}
	}
	s.nonces[nonce] = true
	at, err := time.Parse("2006-01-02T15:04:05.999Z", created)
	if err != nil || at.Sub(s.clock()).Abs() > 5*time.Second {
		return false
	}
	sum := sha1.Sum([]byte(string(plain) + created + s.password))
	return html.UnescapeString(user) == s.user && digest == base64.StdEncoding.EncodeToString(sum[:])
}

func (s *simulated) checkDigest(header string, r *http.Request) (good, stale bool) {
	p := map[string]string{}
	for _, m := range authParam.FindAllStringSubmatch(strings.TrimPrefix(header, "Digest "), -1) {
		p[m[1]] = regexp.MustCompile(`\\(.)`).ReplaceAllString(m[2], "$1") + m[3]
	}
	sum := func(text string) string {
		var h hash.Hash = md5.New()
		if strings.HasPrefix(p["algorithm"], "SHA-256") {
			h = sha256.New()
		}
		_, _ = io.WriteString(h, text)
		return hex.EncodeToString(h.Sum(nil))
	}
	ha1 := sum(s.user + `:cam "1":` + s.password)
	if strings.HasSuffix(p["algorithm"], "-sess") {
		ha1 = sum(ha1 + ":" + p["nonce"] + ":" + p["cnonce"])
	}
	want := sum(ha1 + ":" + p["nonce"] + ":" + p["nc"] + ":" + p["cnonce"] + ":auth:" + sum(r.Method+":"+r.URL.RequestURI()))
	good = p["response"] == want && p["username"] == s.user && p["uri"] == r.URL.RequestURI() && p["opaque"] == "o" && p["qop"] == "auth"
	if s.staleEvery > 0 && good && s.attempts%s.staleEvery == 0 {
		s.nonce++
	}
	if p["nonce"] != fmt.Sprintf("n%d/+==", s.nonce) {
		return false, good
	}
	return good, false
}

func (s *simulated) counts() (attempts, refused int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts, s.refused
}

func (s *simulated) count(op string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, asked := range s.asked {
		if asked == op {
			n++
		}
	}
	return n
}

// bodyOf returns the last request of an operation.
func (s *simulated) bodyOf(op string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.asked) - 1; i >= 0; i-- {
		if s.asked[i] == op {
			return s.bodies[i]
		}
	}
	return ""
}

func clockAnswer(now time.Time) []byte {
	now = now.UTC()
	return soap(fmt.Sprintf(`<tds:GetSystemDateAndTimeResponse xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><tds:SystemDateAndTime>`+
		`<tt:UTCDateTime><tt:Time><tt:Hour>%d</tt:Hour><tt:Minute>%d</tt:Minute><tt:Second>%d</tt:Second></tt:Time>`+
		`<tt:Date><tt:Year>%d</tt:Year><tt:Month>%d</tt:Month><tt:Day>%d</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`,
		now.Hour(), now.Minute(), now.Second(), now.Year(), now.Month(), now.Day()))
}

const jpegText = "\xff\xd8\xff\xe0 a picture \xff\xd9"

// plainDevice is a camera with one profile and everything that there is, at
// 192.0.2.64.
func plainDevice(t *testing.T) *simulated {
	s := &simulated{t: t, user: "admin", password: "s3cret pass/wörd"}
	s.answer = func(op, token string, _ *http.Request) (int, string, []byte) {
		if op == "GET /snap" {
			return http.StatusOK, "image/jpeg", []byte(jpegText)
		}
		if op == "tds.GetSystemDateAndTime" {
			return http.StatusOK, "application/soap+xml", clockAnswer(s.clock())
		}
		body, ok := plainAnswers[op]
		if !ok {
			return http.StatusInternalServerError, "application/soap+xml", soapFaultOf("ActionNotSupported", "not here")
		}
		name := op[strings.IndexByte(op, '.')+1:]
		return http.StatusOK, "application/soap+xml", soap("<x:" + name + `Response xmlns:x="urn:x">` + strings.ReplaceAll(body, "{token}", token) + "</x:" + name + "Response>")
	}
	return s
}

const at64 = "http://192.0.2.64/onvif/"

func serviceText(ns, address string) string {
	return "<x:Service><x:Namespace>" + ns + "</x:Namespace><x:XAddr>" + address + "</x:XAddr></x:Service>"
}

var plainAnswers = map[string]string{
	"tds.GetServices": serviceText(nsDevice, at64+"device_service") + serviceText(nsMedia, at64+"media") +
		serviceText(nsPTZ, at64+"ptz") + serviceText(nsImaging, at64+"imaging") + serviceText(nsEvents, at64+"events"),
	"tds.GetDeviceInformation": `<x:Manufacturer>Acme</x:Manufacturer><x:Model>One</x:Model><x:FirmwareVersion>1.0</x:FirmwareVersion>` +
		`<x:SerialNumber>7</x:SerialNumber><x:HardwareId>H</x:HardwareId>`,
	"tds.GetHostname":          `<x:HostnameInformation><tt:Name>gate</tt:Name></x:HostnameInformation>`,
	"tds.GetNetworkInterfaces": `<x:NetworkInterfaces token="eth0"><tt:Info><tt:HwAddress>00:00:5E:00:53:64</tt:HwAddress></tt:Info></x:NetworkInterfaces>`,
	"trt.GetProfiles": `<x:Profiles token="main"><tt:Name>Main</tt:Name><tt:VideoSourceConfiguration><tt:Name>Gate</tt:Name><tt:SourceToken>v</tt:SourceToken></tt:VideoSourceConfiguration>` +
		`<tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration><tt:PTZConfiguration/></x:Profiles>`,
	"trt.GetVideoSources":         `<x:VideoSources token="v"><tt:Framerate>25</tt:Framerate></x:VideoSources>`,
	"trt.GetStreamUri":            `<x:MediaUri><tt:Uri>rtsp://192.0.2.64/{token}</tt:Uri></x:MediaUri>`,
	"trt.GetSnapshotUri":          `<x:MediaUri><tt:Uri>http://192.0.2.64/snap?{token}</tt:Uri></x:MediaUri>`,
	"trt.SetSynchronizationPoint": ``,
}
