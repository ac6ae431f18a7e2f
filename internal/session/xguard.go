package session

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"os"
	"strings"

	"camwall/internal/fault"
)

const (
	// authorityName is the one way in which X clients prove who they are here: they
	// know the cookie.
	authorityName = "MIT-MAGIC-COOKIE-1"

	cookieBytes = 16

	// anyHost is the family of an entry for every address and display (FamilyWild).
	anyHost = 0xffff
)

// writeAuthority writes a file with a new cookie, as Xau(3) has it. Without one
// every user of the machine may read the keys of the screen, and so the PIN.
func writeAuthority(path string) error {
	cookie := make([]byte, cookieBytes)
	if _, err := rand.Read(cookie); err != nil {
		return fault.Errorf(fault.Internal, "make a cookie for Xorg: %w", err)
	}
	entry := binary.BigEndian.AppendUint16(nil, anyHost)
	for _, field := range []string{"", "", authorityName, string(cookie)} { // address, display
		entry = binary.BigEndian.AppendUint16(entry, uint16(len(field)))
		entry = append(entry, field...)
	}
	return writePrivate(path, string(entry))
}

// keyTurns is how many looks a change of devices counts: Xorg takes a keyboard over
// a little later than the kernel.
const keyTurns = 3

// keyWatch tells when the keys are to be blocked again: they are blocked for the
// keyboards that are there, and one may come.
type keyWatch struct {
	devices string
	looks   int
	left    int // looks that a change still counts
}

// due takes the devices of one look.
func (k *keyWatch) due(devices string) bool {
	if devices != k.devices {
		k.devices, k.left = devices, keyTurns
	}
	k.looks++
	if k.left > 0 {
		k.left--
		return true
	}
	return k.looks%probeEvery == 1
}

// blockKeys takes the keys that lead to another virtual terminal out of the layout
// of all keyboards.
func (x *xorg) blockKeys(ctx context.Context) {
	if x.keys.due(x.inputs()) {
		x.run(ctx, "setxkbmap -option srvrkeys:none")
	}
}

// inputDevices names the kernel's input devices; empty when they are unknown.
func inputDevices() string {
	entries, err := os.ReadDir("/sys/class/input")
	if err != nil {
		return ""
	}
	var names strings.Builder
	for _, e := range entries {
		names.WriteString(e.Name() + " ")
	}
	return names.String()
}
