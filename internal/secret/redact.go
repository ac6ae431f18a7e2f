package secret

import (
	"regexp"
	"strings"
)

var (
	// schemes finds the beginning of an address, nextAddress that of another
	// one on the same line.
	schemes     = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://`)
	nextAddress = regexp.MustCompile(`[\s"'<>(=,][A-Za-z][A-Za-z0-9+.-]*://`)

	// beginsWithIP tells a host, with its port or without, that nobody has as a
	// user name: an IP address or localhost. What follows ends the authority.
	beginsWithIP = regexp.MustCompile(`^(?:(?i:localhost)|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+(?:%[0-9A-Za-z.%_-]+)?\])` +
		`(?::[0-9]{1,5})?[.:]*(?:$|[/?# \t\r\n"'<>,;)|])`)

	queryKey    = regexp.MustCompile(`(?i)[?&;/_](?:password|passwd|pwd|pass|token|secret|auth|key)=`)
	queryValues = regexp.MustCompile(`(` + queryKey.String() + `)[^&\s"'<>]+`)
	headers     = regexp.MustCompile(`(?i)(authorization:\s*(?:basic|digest|bearer)\s+)[^\r\n]+`)

	// An error of net/url quotes the address, cut off at its first #, which may
	// be the password's, and then what it could not read, which may be, too:
	// parse "rtsp://u:1/2@h": invalid port ":1" after host.
	parsed  = regexp.MustCompile(`(\bparse \\*")[^\r\n]*(\\*": )`)
	invalid = regexp.MustCompile(`(\binvalid (?:port|URL escape|character) \\*")[^\r\n]*(\\*")`)
)

// Redact replaces in text the sign-in of every address, the values of query
// parameters that name a password or a token, Authorization headers, and what
// package net/url quotes in its errors. When it can't tell where a sign-in ends
// it takes away too much rather than too little.
func Redact(text string) string {
	if strings.Contains(text, "parse ") {
		text = parsed.ReplaceAllString(text, "${1}"+Mask+"${2}")
	}
	if strings.Contains(text, "invalid ") {
		text = invalid.ReplaceAllString(text, "${1}"+Mask+"${2}")
	}
	if strings.Contains(text, "://") {
		text = redactAddresses(text)
	}
	if strings.Contains(text, "=") {
		text = queryValues.ReplaceAllString(text, "${1}"+Mask)
	}
	return headers.ReplaceAllString(text, "${1}"+Mask)
}

func redactAddresses(text string) string {
	var clean strings.Builder
	for {
		scheme := schemes.FindStringIndex(text)
		if scheme == nil {
			clean.WriteString(text)
			return clean.String()
		}
		clean.WriteString(text[:scheme[1]])
		text = text[scheme[1]:]
		if at := strings.LastIndexByte(text[:signInRegion(text)], '@'); at >= 0 {
			clean.WriteString(Mask)
			if queryKey.MatchString(text[:at]) { // the @ may be one of that value's
				at += endOfValue(text[at:])
			}
			text = text[at:]
		}
	}
}

// endOfValue returns where the value of a query parameter ends.
func endOfValue(text string) int {
	if i := strings.IndexAny(text, "& \t\r\n\"'<>"); i >= 0 {
		return i
	}
	return len(text)
}

// signInRegion returns how far the sign-in of an address, given without its
// scheme but with all text behind it, can reach at most: to the next address or
// the end of the line, because passwords have slashes, blanks and quotes, too.
// Only an address that begins with an IP address or localhost has none; then
// the region ends at the next blank or quote.
func signInRegion(text string) int {
	if beginsWithIP.MatchString(text) {
		if i := strings.IndexAny(text, " \t\r\n\"'<>"); i >= 0 {
			return i
		}
		return len(text)
	}
	region := len(text)
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		region = i
	}
	if next := nextAddress.FindStringIndex(text[:region]); next != nil {
		region = next[0]
	}
	return region
}
