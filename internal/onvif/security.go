package onvif

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"time"

	"camwall/internal/camera"
)

// WS-Security UsernameToken Profile 1.0.
const (
	nsSecurity   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	nsUtility    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	typeDigest   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
	typeBase64   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
	nonceBytes   = 20
	createdShape = "2006-01-02T15:04:05.000Z"
)

// usernameToken returns a security header for one request: the nonce is new
// each time, created is the device's time.
func usernameToken(cred camera.Credentials, now time.Time) string {
	nonce := make([]byte, nonceBytes)
	_, _ = rand.Read(nonce) // never fails
	created := now.UTC().Format(createdShape)
	return `<wsse:Security xmlns:wsse="` + nsSecurity + `" xmlns:wsu="` + nsUtility + `"><wsse:UsernameToken>` +
		`<wsse:Username>` + escape(cred.User) + `</wsse:Username>` +
		`<wsse:Password Type="` + typeDigest + `">` + passwordDigest(nonce, created, cred.Password.Reveal()) + `</wsse:Password>` +
		`<wsse:Nonce EncodingType="` + typeBase64 + `">` + base64.StdEncoding.EncodeToString(nonce) + `</wsse:Nonce>` +
		`<wsu:Created>` + created + `</wsu:Created></wsse:UsernameToken></wsse:Security>`
}

func passwordDigest(nonce []byte, created, password string) string {
	h := sha1.New()
	h.Write(nonce)
	h.Write([]byte(created))
	h.Write([]byte(password))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func bodyGetter(body []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
}
