package kiosk

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// The notice in three files; it is sent as one.
var (
	//go:embed notice.html
	noticeHTML string
	//go:embed notice.css
	noticeCSS string
	//go:embed notice.js
	noticeJS string
)

// page is a page that needs nothing but itself.
type page struct {
	body   string
	policy string
}

func newPage() page {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return page{
		body: strings.NewReplacer("/*css*/", noticeCSS, "/*js*/", noticeJS).Replace(noticeHTML),
		// The window adds scripts of its own, from this origin.
		policy: "default-src 'none'; script-src 'self' " + hash(noticeJS) + "; style-src " + hash(noticeCSS) +
			"; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
}

func (p page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(p.body)) // the page may be gone
}
