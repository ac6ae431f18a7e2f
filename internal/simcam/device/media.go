package device

import (
	"fmt"
	"net/http"
	"strings"

	"camwall/internal/simcam"
)

// mediaOperations is Media1: ONVIF Media Service Specification.
func mediaOperations() map[operationName]operation {
	return map[operationName]operation{
		{nsMedia, "GetServiceCapabilities"}:        {getMediaServiceCapabilities, false},
		{nsMedia, "GetProfiles"}:                   {getProfiles, false},
		{nsMedia, "GetProfile"}:                    {getProfile, false},
		{nsMedia, "GetVideoSources"}:               {getVideoSources, false},
		{nsMedia, "GetVideoSourceConfigurations"}:  {getVideoSourceConfigurations, false},
		{nsMedia, "GetVideoEncoderConfigurations"}: {getVideoEncoderConfigurations, false},
		{nsMedia, "GetVideoEncoderConfiguration"}:  {getVideoEncoderConfiguration, false},
		{nsMedia, "GetStreamUri"}:                  {getStreamURI, false},
		{nsMedia, "GetSnapshotUri"}:                {getSnapshotURI, false},
		{nsMedia, "SetSynchronizationPoint"}:       {synchronize, false},
	}
}

func getMediaServiceCapabilities(*request) (string, *soapFault) {
	return `<trt:GetServiceCapabilitiesResponse><trt:Capabilities SnapshotUri="true" Rotation="false"><trt:ProfileCapabilities MaximumNumberOfProfiles="64"/>` +
		`<trt:StreamingCapabilities RTPMulticast="false" RTP_TCP="true" RTP_RTSP_TCP="true"/></trt:Capabilities></trt:GetServiceCapabilitiesResponse>`, nil
}

// media1Encoding is a codec as Media1 can name it; not ok for one left out.
func (d *Device) media1Encoding(codec string) (encoding string, ok bool) {
	switch codec {
	case simcam.CodecMJPEG:
		return "JPEG", true
	case simcam.CodecH265:
		return "H264", !d.cfg.HideH265
	case simcam.CodecH264:
		return "H264", true
	}
	return "", false
}

// eachProfile calls f with all profiles that Media1 shows.
func (d *Device) eachProfile(f func(p profile, info simcam.Info, encoding string)) {
	for _, c := range d.channels {
		for _, p := range c.profiles {
			info := p.stream.Info()
			if encoding, ok := d.media1Encoding(info.Codec); ok {
				f(p, info, encoding)
			}
		}
	}
}

func getProfiles(q *request) (string, *soapFault) {
	var b strings.Builder
	q.device.eachProfile(func(p profile, info simcam.Info, encoding string) {
		b.WriteString(q.device.profileXML("trt:Profiles", p, info, encoding))
	})
	return "<trt:GetProfilesResponse>" + b.String() + "</trt:GetProfilesResponse>", nil
}

func getProfile(q *request) (string, *soapFault) {
	answer := ""
	q.device.eachProfile(func(p profile, info simcam.Info, encoding string) {
		if p.token == q.body.value("ProfileToken") {
			answer = q.device.profileXML("trt:Profile", p, info, encoding)
		}
	})
	if answer == "" {
		return "", noProfile()
	}
	return "<trt:GetProfileResponse>" + answer + "</trt:GetProfileResponse>", nil
}

func noProfile() *soapFault {
	return sender("The requested profile token does not exist", "ter:InvalidArgVal", "ter:NoProfile")
}

func (d *Device) profileXML(name string, p profile, info simcam.Info, encoding string) string {
	more := ""
	if info.Audio {
		more += `<tt:AudioEncoderConfiguration token="AudioEncoder_` + p.token + `"><tt:Name>audio</tt:Name><tt:UseCount>1</tt:UseCount>` +
			"<tt:Encoding>G711</tt:Encoding><tt:Bitrate>64</tt:Bitrate><tt:SampleRate>8</tt:SampleRate></tt:AudioEncoderConfiguration>"
	}
	if p.channel.ptz && !d.cfg.NoPTZ {
		more += ptzConfigurationXML("tt:PTZConfiguration", p.channel)
	}
	return fmt.Sprintf(`<%s token="%s" fixed="true">%s%s%s%s</%s>`, name, p.token, tag("tt:Name", p.name),
		sourceConfigurationXML("tt:VideoSourceConfiguration", p.channel), encoderXML("tt:VideoEncoderConfiguration", p, info, encoding), more, name)
}

func sourceConfigurationXML(name string, c *channel) string {
	info := c.main.Info()
	return fmt.Sprintf(`<%s token="VideoSourceConfig_%d">%s<tt:UseCount>%d</tt:UseCount><tt:SourceToken>%s</tt:SourceToken>`+
		`<tt:Bounds x="0" y="0" width="%d" height="%d"/></%s>`,
		name, c.number, tag("tt:Name", c.name), len(c.profiles), c.source, info.Width, info.Height, name)
}

// encoderXML is the encoder of a profile in the words of Media1.
func encoderXML(name string, p profile, info simcam.Info, encoding string) string {
	more := ""
	if encoding == "H264" {
		more = fmt.Sprintf("<tt:H264><tt:GovLength>%d</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>", info.GOP)
	}
	return fmt.Sprintf(`<%s token="VideoEncoder_%s">%s<tt:UseCount>1</tt:UseCount><tt:Encoding>%s</tt:Encoding>`+
		"<tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution><tt:Quality>%d</tt:Quality>"+
		"<tt:RateControl><tt:FrameRateLimit>%d</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>%d</tt:BitrateLimit></tt:RateControl>"+
		"%s<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"+
		"<tt:SessionTimeout>PT60S</tt:SessionTimeout></%s>",
		name, p.token, tag("tt:Name", "encoder of "+p.name), encoding, info.Width, info.Height, quality(info),
		int(max(info.FPS, 1)), kbps(info), more, name)
}

// quality is what devices call it: a number from 1 to 6 or so.
func quality(info simcam.Info) int {
	if info.Width >= 1280 {
		return 5
	}
	return 4
}

// kbps is the limit of the bit rate: that of the clip, rounded up, or a guess
// for pictures that are drawn.
func kbps(info simcam.Info) int {
	if info.Kbps == 0 {
		return 4096
	}
	return (info.Kbps/64 + 1) * 64
}

func getVideoSources(q *request) (string, *soapFault) {
	var b strings.Builder
	for _, c := range q.device.channels {
		info := c.main.Info()
		fmt.Fprintf(&b, `<trt:VideoSources token="%s"><tt:Framerate>%g</tt:Framerate><tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution></trt:VideoSources>`,
			c.source, info.FPS, info.Width, info.Height)
	}
	return "<trt:GetVideoSourcesResponse>" + b.String() + "</trt:GetVideoSourcesResponse>", nil
}

func getVideoSourceConfigurations(q *request) (string, *soapFault) {
	var b strings.Builder
	for _, c := range q.device.channels {
		b.WriteString(sourceConfigurationXML("trt:Configurations", c))
	}
	return "<trt:GetVideoSourceConfigurationsResponse>" + b.String() + "</trt:GetVideoSourceConfigurationsResponse>", nil
}

func getVideoEncoderConfigurations(q *request) (string, *soapFault) {
	var b strings.Builder
	q.device.eachProfile(func(p profile, info simcam.Info, encoding string) {
		b.WriteString(encoderXML("trt:Configurations", p, info, encoding))
	})
	return "<trt:GetVideoEncoderConfigurationsResponse>" + b.String() + "</trt:GetVideoEncoderConfigurationsResponse>", nil
}

func getVideoEncoderConfiguration(q *request) (string, *soapFault) {
	answer := ""
	q.device.eachProfile(func(p profile, info simcam.Info, encoding string) {
		if "VideoEncoder_"+p.token == q.body.value("ConfigurationToken") {
			answer = encoderXML("trt:Configuration", p, info, encoding)
		}
	})
	if answer == "" {
		return "", sender("There is no such configuration", "ter:InvalidArgVal", "ter:NoConfig")
	}
	return "<trt:GetVideoEncoderConfigurationResponse>" + answer + "</trt:GetVideoEncoderConfigurationResponse>", nil
}

// getStreamURI is Media1's: ONVIF Media GetStreamUri.
func getStreamURI(q *request) (string, *soapFault) {
	p, ok := q.device.profile(q.body.value("ProfileToken"))
	if !ok {
		return "", noProfile()
	}
	kind, protocol := q.body.value("StreamSetup", "Stream"), q.body.value("StreamSetup", "Transport", "Protocol")
	if kind != "RTP-Unicast" || protocol != "UDP" && protocol != "TCP" && protocol != "RTSP" {
		return "", invalidSetup()
	}
	return "<trt:GetStreamUriResponse>" + mediaURI("trt:MediaUri", q.streamURI(p)) + "</trt:GetStreamUriResponse>", nil
}

func mediaURI(name, uri string) string {
	return "<" + name + ">" + tag("tt:Uri", uri) + "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>" +
		"<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></" + name + ">"
}

func getSnapshotURI(q *request) (string, *soapFault) {
	uri, fault := q.snapshotURI()
	if fault != nil {
		return "", fault
	}
	return "<trt:GetSnapshotUriResponse>" + mediaURI("trt:MediaUri", uri) + "</trt:GetSnapshotUriResponse>", nil
}

func (q *request) snapshotURI() (string, *soapFault) {
	p, ok := q.device.profile(q.body.value("ProfileToken"))
	if !ok {
		return "", noProfile()
	}
	return fmt.Sprintf("%s%s%d.jpg?profile=%s", q.device.base(q.http), snapshotPath, p.channel.number, p.token), nil
}

// synchronize makes the next picture of a profile's stream a key frame, in
// either media service.
func synchronize(q *request) (string, *soapFault) {
	p, ok := q.device.profile(q.body.value("ProfileToken"))
	if !ok {
		return "", noProfile()
	}
	p.stream.RequestKey()
	prefix := "trt"
	if q.body.name.Space == nsMedia2 {
		prefix = "tr2"
	}
	return "<" + prefix + ":SetSynchronizationPointResponse/>", nil
}

// serveSnapshot answers with a picture of a channel.
func (d *Device) serveSnapshot(w http.ResponseWriter, r *http.Request) {
	d.count("snapshot")
	var c *channel
	for _, one := range d.channels {
		if r.URL.Path == fmt.Sprintf("%s%d.jpg", snapshotPath, one.number) {
			c = one
		}
	}
	if c == nil {
		http.NotFound(w, r)
		return
	}
	if !d.signIns.admitSnapshot(d, w, r) {
		return
	}
	picture, err := c.snapshot(d.now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(picture) // a client that is gone is no error here
}
