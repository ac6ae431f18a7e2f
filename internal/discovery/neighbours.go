package discovery

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
)

// neighbours is what the kernel knows of the networks that this machine is on:
// the MAC address of each that it has met, "" for those that do not answer.
type neighbours map[netip.Addr]string

// readNeighbours reads the kernel's table; where there is none it is empty.
func readNeighbours() neighbours {
	file, err := os.Open("/proc/net/arp")
	if err != nil {
		return nil
	}
	defer file.Close()
	return parseNeighbours(file)
}

// parseNeighbours reads the format of /proc/net/arp (proc(5)): address, hardware
// type, flags, MAC address, mask, interface.
func parseNeighbours(from io.Reader) neighbours {
	known := neighbours{}
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		known[addr] = entryMAC(fields[2], fields[3])
	}
	return known
}

// entryMAC returns the MAC address of an entry that is complete.
func entryMAC(flags, text string) string {
	mac, err := net.ParseMAC(text)
	if flags == "0x0" || err != nil || len(mac) != 6 || strings.Trim(text, "0:") == "" {
		return ""
	}
	return mac.String()
}

// nodeMAC returns the MAC address that ends a UUID: its last 12 hexadecimal
// digits, unless they can't be that of one machine.
func nodeMAC(uuid string) string {
	if len(uuid) < 13 {
		return ""
	}
	digits := uuid[len(uuid)-12:]
	if before := uuid[len(uuid)-13]; before != '-' {
		return ""
	}
	var text strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			text.WriteByte(':')
		}
		text.WriteString(digits[i : i+2])
	}
	mac, err := net.ParseMAC(text.String())
	if err != nil || mac[0]&1 != 0 || strings.Trim(digits, "0") == "" {
		return ""
	}
	return mac.String()
}

// plainMAC returns a MAC address in the one form in which they compare, "" for
// what is none.
func plainMAC(s string) string {
	mac, err := net.ParseMAC(strings.TrimSpace(s))
	if err != nil || len(mac) != 6 {
		return ""
	}
	return mac.String()
}
