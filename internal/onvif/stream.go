package onvif

import (
	"context"
	"encoding/xml"
	"errors"
	"slices"
	"strings"

	"github.com/use-go/onvif/media"
	schema "github.com/use-go/onvif/xsd/onvif"

	"camwall/internal/fault"
)

// Words for a Transport: of Media (ver10) and of Media2 (ver20).
var (
	transportWords1 = [...]string{TCP: "RTSP", UDP: "UDP", HTTP: "HTTP", TLS: ""}
	transportWords2 = [...]string{TCP: "RTSP", UDP: "RtspUnicast", HTTP: "RtspOverHttp", TLS: "RtspsUnicast"}
)

// StreamURI asks where a profile streams. The host is the one that was reached,
// and a sign-in is taken out. TLS needs Media2; without it, and where the device
// does not offer the transport, the error is a fault.NotSupported.
func (c *Client) StreamURI(ctx context.Context, profile Profile, transport Transport) (uri string, err error) {
	if int(transport) >= len(transportWords2) {
		return "", fault.New(fault.BadRequest, "There is no such transport.", "")
	}
	if err := c.ensure(ctx); err != nil {
		return "", err
	}
	err = notSupported()
	if profile.Media2 {
		uri, err = c.askURI(ctx, getStreamURI2(profile.Token, transport))
	}
	if err != nil && !isFinal(err) && (profile.media1 || !profile.Media2) && transportWords1[transport] != "" {
		uri, err = c.askURI(ctx, getStreamURI1(profile.Token, transport))
	}
	if err != nil {
		return "", err
	}
	fixed, ok := correctStream(uri, c.Address())
	if !ok || transport == TLS && !strings.HasPrefix(fixed, "rtsps:") {
		return "", fault.New(fault.Protocol, "The camera gives no address of this stream that can be used.",
			"Look at the stream's settings in the camera.")
	}
	return fixed, nil
}

func getStreamURI2(token string, transport Transport) operation {
	return operation{name: "GetStreamUri", service: nsMedia2, body: struct {
		XMLName  xml.Name
		Protocol string `xml:"tr2:Protocol"`
		Token    string `xml:"tr2:ProfileToken"`
	}{xml.Name{Local: "tr2:GetStreamUri"}, transportWords2[transport], token}}
}

func getStreamURI1(token string, transport Transport) operation {
	return operation{name: "GetStreamUri", service: nsMedia, body: media.GetStreamUri{
		StreamSetup: schema.StreamSetup{
			Stream:    "RTP-Unicast",
			Transport: schema.Transport{Protocol: schema.TransportProtocol(transportWords1[transport])},
		},
		ProfileToken: schema.ReferenceToken(token),
	}}
}

// askURI returns the address in the answer to an operation, as it was told.
func (c *Client) askURI(ctx context.Context, op operation) (string, error) {
	response, err := c.call(ctx, op)
	if err != nil {
		return "", err
	}
	if uri := response.find("Uri").value(""); uri != "" {
		return uri, nil
	}
	return "", fault.New(fault.Protocol, "The camera gives no address of this stream.", "Look at the stream's settings in the camera.")
}

// streamURI is StreamURI over TCP, or over UDP where that is all there is.
func (c *Client) streamURI(ctx context.Context, p Profile) (string, error) {
	uri, err := c.StreamURI(ctx, p, TCP)
	if err == nil || isFinal(err) || isAway(err) {
		return uri, err
	}
	if uri, again := c.StreamURI(ctx, p, UDP); again == nil {
		return uri, nil
	}
	return "", err
}

// isAway tells that the device does not answer at all.
func isAway(err error) bool {
	return slices.Contains([]fault.Code{fault.DialTimeout, fault.ConnRefused, fault.NoSuchHost, fault.Certificate}, fault.CodeOf(err))
}

// offersSecure tells that Media2 streams over TLS.
func (c *Client) offersSecure(ctx context.Context) bool {
	c.mu.Lock()
	known := c.secure
	c.mu.Unlock()
	if known != nil {
		return *known
	}
	if !c.offers(nsMedia2) {
		return false
	}
	response, err := c.call(ctx, operation{name: "GetServiceCapabilities", service: nsMedia2, body: struct {
		XMLName xml.Name
	}{xml.Name{Local: "tr2:GetServiceCapabilities"}}})
	if err != nil {
		return false
	}
	streaming := response.find("StreamingCapabilities")
	secure := isTrue(streaming.attr("SecureRTSPStreaming")) || isTrue(streaming.value("SecureRTSPStreaming"))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secure = &secure
	return secure
}

// snapshotURI asks where a profile has its JPEG; other is a second place for
// it, see target.
func (c *Client) snapshotURI(ctx context.Context, p Profile) (target, error) {
	if err := c.ensure(ctx); err != nil {
		return target{}, err
	}
	var uri string
	err := error(notSupported())
	if p.Media2 {
		uri, err = c.askURI(ctx, operation{
			name: "GetSnapshotUri", service: nsMedia2,
			body: withToken("tr2:GetSnapshotUri", "tr2:ProfileToken", p.Token),
		})
	}
	if err != nil && !isFinal(err) && (p.media1 || !p.Media2) {
		uri, err = c.askURI(ctx, operation{
			name: "GetSnapshotUri", service: nsMedia,
			body: media.GetSnapshotUri{ProfileToken: schema.ReferenceToken(p.Token)},
		})
	}
	if err != nil {
		return target{}, err
	}
	t, ok := correct(uri, c.Address())
	if !ok {
		return target{}, fault.New(fault.Protocol, "The camera gives no address of this picture that can be used.", "")
	}
	return t, nil
}

// addURIs asks for the addresses of p. A refusal is an error; a stream without
// an address is problem; a snapshot is not missed.
func (c *Client) addURIs(ctx context.Context, p *Profile, snapshots *signal) (problem, err error) {
	p.StreamURI, err = c.streamURI(ctx, *p)
	if isFinal(err) || errors.Is(err, context.Canceled) {
		return nil, err
	}
	problem = err
	if p.Media2 && p.StreamURI != "" && c.offersSecure(ctx) {
		p.SecureURI, err = c.StreamURI(ctx, *p, TLS)
		if isFinal(err) {
			return problem, err
		}
	}
	if snapshots.lowered() {
		return problem, nil
	}
	t, err := c.snapshotURI(ctx, *p)
	switch {
	case isFinal(err):
		return problem, err
	case err == nil:
		p.SnapshotURI, p.snapshotElse = t.url, t.other
	case fault.CodeOf(err) == fault.NotSupported, isAway(err):
		snapshots.lower()
	}
	return problem, nil
}
