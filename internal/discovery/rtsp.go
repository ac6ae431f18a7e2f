package discovery

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"time"
)

const (
	maxBanner  = 4 << 10
	bannerTime = 1500 * time.Millisecond
)

// banner is what a service says of itself before anybody signs in.
type banner struct {
	Server string
	Realm  string
}

// askRTSP asks an open connection for its options (RFC 2326 section 10.1) and
// tells what answered; ok is false when that is no RTSP.
func askRTSP(ctx context.Context, conn net.Conn, address string) (b banner, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, bannerTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	_, err := io.WriteString(conn, "OPTIONS rtsp://"+address+"/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Camwall\r\n\r\n")
	if err != nil {
		return banner{}, false
	}
	return readBanner(conn)
}

// readBanner reads the head of an RTSP answer, at most maxBanner of it.
func readBanner(from io.Reader) (b banner, ok bool) {
	lines := bufio.NewScanner(io.LimitReader(from, maxBanner))
	lines.Buffer(make([]byte, 0, 512), maxBanner)
	for lines.Scan() {
		line := lines.Text()
		if !ok {
			if line == "" {
				continue
			}
			if ok = strings.HasPrefix(line, "RTSP/"); !ok {
				return banner{}, false
			}
			continue
		}
		if line == "" {
			break
		}
		b.header(line)
	}
	return b, ok
}

// header keeps what a line of a head says.
func (b *banner) header(line string) {
	name, value, _ := strings.Cut(line, ":")
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "server":
		b.Server = plain(value)
	case "www-authenticate":
		if r := realm(value); r != "" && b.Realm == "" {
			b.Realm = r
		}
	}
}

// realm returns the realm of a challenge (RFC 9110 section 11.5).
func realm(challenge string) string {
	value, ok := behind(challenge, "realm=")
	if !ok {
		return ""
	}
	if rest, quoted := strings.CutPrefix(value, `"`); quoted {
		value, _, _ = strings.Cut(rest, `"`)
	} else {
		value, _, _ = strings.Cut(value, ",")
	}
	return plain(value)
}

// behind returns what follows a word of ASCII, in capitals or not.
func behind(text, word string) (rest string, ok bool) {
	for i := 0; i+len(word) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(word)], word) {
			return text[i+len(word):], true
		}
	}
	return "", false
}
