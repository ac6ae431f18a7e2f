// Package wsd speaks WS-Discovery (SOAP over UDP, April 2005): it builds probes,
// reads what devices answer and announce, and holds the sockets for both, IPv4
// and IPv6, on interfaces that the caller chooses. It keeps no list, asks nothing
// over HTTP and never fails on what a packet holds. Package discovery calls it.
package wsd

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// The bounds of what is taken from one packet.
const (
	maxTargets = 64   // devices
	maxXAddrs  = 16   // of a device
	maxItems   = 64   // types or scopes of a device
	maxText    = 512  // bytes of one address, type, scope or id
	maxDepth   = 32   // nested elements
	maxTokens  = 8192 // elements, texts and comments
)

// Action is what a message does.
type Action string

// The actions that are read; all others are errors.
const (
	ProbeMatch   Action = "ProbeMatches"
	ResolveMatch Action = "ResolveMatches"
	Hello        Action = "Hello"
	Bye          Action = "Bye"
)

// Message is a packet that was read.
type Message struct {
	Action Action

	// RelatesTo is the id of the request that this answers, as UUID returns it;
	// "" for Hello and Bye.
	RelatesTo string

	// Targets has at least one device.
	Targets []Target
}

// Target is one device as it tells itself.
type Target struct {
	// Endpoint identifies the device, as UUID returns it; never "".
	Endpoint string

	Types  []string // local names, such as NetworkVideoTransmitter
	Scopes []string // as sent
	XAddrs []string // as sent, in order; may be empty
}

// NewID returns a message id, "urn:uuid:" and a random UUID (RFC 9562 section 5.4).
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// UUID returns an endpoint reference or message id in the one form in which they
// compare: "urn:uuid:..." in lower case, whether it was sent with "urn:uuid:",
// "uuid:" or neither; any other URI as it is. Empty or too long is "".
func UUID(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxText {
		return ""
	}
	bare := strings.ToLower(s)
	bare = strings.TrimPrefix(bare, "urn:")
	named := strings.HasPrefix(bare, "uuid:")
	bare = strings.TrimPrefix(bare, "uuid:")
	if named || isUUID(bare) {
		if bare == "" {
			return ""
		}
		return "urn:uuid:" + strings.Trim(bare, "{}")
	}
	return s
}

// isUUID tells 8-4-4-4-12 hexadecimal digits.
func isUUID(s string) bool {
	s = strings.Trim(s, "{}")
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}
