package device

import (
	"fmt"
	"slices"
	"strings"

	"camwall/internal/simcam"
)

// media2Operations is Media2: ONVIF Media2 Service Specification.
func media2Operations() map[operationName]operation {
	return map[operationName]operation{
		{nsMedia2, "GetServiceCapabilities"}:        {getMedia2ServiceCapabilities, false},
		{nsMedia2, "GetProfiles"}:                   {getProfiles2, false},
		{nsMedia2, "GetVideoSourceConfigurations"}:  {getVideoSourceConfigurations2, false},
		{nsMedia2, "GetVideoEncoderConfigurations"}: {getVideoEncoderConfigurations2, false},
		{nsMedia2, "GetStreamUri"}:                  {getStreamURI2, false},
		{nsMedia2, "GetSnapshotUri"}:                {getSnapshotURI2, false},
		{nsMedia2, "SetSynchronizationPoint"}:       {synchronize, false},
	}
}

func getMedia2ServiceCapabilities(*request) (string, *soapFault) {
	return `<tr2:GetServiceCapabilitiesResponse><tr2:Capabilities SnapshotUri="true"><tr2:ProfileCapabilities MaximumNumberOfProfiles="64" ConfigurationsSupported="VideoSource VideoEncoder AudioEncoder PTZ"/>` +
		`<tr2:StreamingCapabilities RTSPStreaming="true" RTPMulticast="false" RTP_RTSP_TCP="true"/></tr2:Capabilities></tr2:GetServiceCapabilitiesResponse>`, nil
}

// media2Encoding is a codec as Media2 names it: by its MIME type.
func media2Encoding(codec string) string {
	if codec == simcam.CodecMJPEG {
		return "JPEG"
	}
	return codec
}

// getProfiles2 tells configurations only to those who name their types, as the
// standard has it.
func getProfiles2(q *request) (string, *soapFault) {
	token, types := q.body.value("Token"), q.body.all("Type")
	with := func(kind string) bool { return slices.Contains(types, "All") || slices.Contains(types, kind) }
	var b strings.Builder
	for _, c := range q.device.channels {
		for _, p := range c.profiles {
			if token != "" && p.token != token {
				continue
			}
			fmt.Fprintf(&b, `<tr2:Profiles token="%s" fixed="true">%s`, p.token, tag("tr2:Name", p.name))
			if len(types) > 0 {
				b.WriteString("<tr2:Configurations>" + q.device.configurations2(p, with) + "</tr2:Configurations>")
			}
			b.WriteString("</tr2:Profiles>")
		}
	}
	if b.Len() == 0 {
		return "", noProfile()
	}
	return "<tr2:GetProfilesResponse>" + b.String() + "</tr2:GetProfilesResponse>", nil
}

func (d *Device) configurations2(p profile, with func(kind string) bool) string {
	var b strings.Builder
	info := p.stream.Info()
	if with("VideoSource") {
		b.WriteString(sourceConfigurationXML("tr2:VideoSource", p.channel))
	}
	if with("VideoEncoder") && info.Codec != "" {
		b.WriteString(encoder2XML("tr2:VideoEncoder", p, info))
	}
	if with("AudioEncoder") && info.Audio {
		b.WriteString(`<tr2:AudioEncoder token="AudioEncoder_` + p.token + `"><tt:Name>audio</tt:Name><tt:UseCount>1</tt:UseCount>` +
			"<tt:Encoding>PCMU</tt:Encoding><tt:Bitrate>64</tt:Bitrate><tt:SampleRate>8</tt:SampleRate></tr2:AudioEncoder>")
	}
	if with("PTZ") && p.channel.ptz && !d.cfg.NoPTZ {
		b.WriteString(ptzConfigurationXML("tr2:PTZ", p.channel))
	}
	return b.String()
}

// encoder2XML is the encoder of a profile in the words of Media2.
func encoder2XML(name string, p profile, info simcam.Info) string {
	return fmt.Sprintf(`<%s token="VideoEncoder_%s" GovLength="%d" Profile="Main">%s<tt:UseCount>1</tt:UseCount><tt:Encoding>%s</tt:Encoding>`+
		"<tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution>"+
		`<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>%g</tt:FrameRateLimit><tt:BitrateLimit>%d</tt:BitrateLimit></tt:RateControl>`+
		"<tt:Quality>%d</tt:Quality></%s>",
		name, p.token, info.GOP, tag("tt:Name", "encoder of "+p.name), media2Encoding(info.Codec), info.Width, info.Height,
		info.FPS, kbps(info), quality(info), name)
}

func getVideoSourceConfigurations2(q *request) (string, *soapFault) {
	var b strings.Builder
	for _, c := range q.device.channels {
		b.WriteString(sourceConfigurationXML("tr2:Configurations", c))
	}
	return "<tr2:GetVideoSourceConfigurationsResponse>" + b.String() + "</tr2:GetVideoSourceConfigurationsResponse>", nil
}

func getVideoEncoderConfigurations2(q *request) (string, *soapFault) {
	profileToken, token := q.body.value("ProfileToken"), q.body.value("ConfigurationToken")
	var b strings.Builder
	for _, c := range q.device.channels {
		for _, p := range c.profiles {
			info := p.stream.Info()
			if info.Codec != "" && (profileToken == "" || p.token == profileToken) && (token == "" || "VideoEncoder_"+p.token == token) {
				b.WriteString(encoder2XML("tr2:Configurations", p, info))
			}
		}
	}
	return "<tr2:GetVideoEncoderConfigurationsResponse>" + b.String() + "</tr2:GetVideoEncoderConfigurationsResponse>", nil
}

// getStreamURI2 is Media2's: the protocol is one word, and so is the answer.
func getStreamURI2(q *request) (string, *soapFault) {
	p, ok := q.device.profile(q.body.value("ProfileToken"))
	if !ok {
		return "", noProfile()
	}
	uri := q.streamURI(p)
	overTLS := strings.HasPrefix(uri, "rtsps:")
	switch q.body.value("Protocol") {
	case "RtspUnicast", "RTSP":
		if overTLS {
			return "", invalidSetup()
		}
	case "RtspsUnicast":
		if !overTLS {
			return "", invalidSetup()
		}
	default:
		return "", invalidSetup()
	}
	return "<tr2:GetStreamUriResponse>" + tag("tr2:Uri", uri) + "</tr2:GetStreamUriResponse>", nil
}

func invalidSetup() *soapFault {
	return sender("The protocol is not supported", "ter:InvalidArgVal", "ter:InvalidStreamSetup")
}

func getSnapshotURI2(q *request) (string, *soapFault) {
	uri, fault := q.snapshotURI()
	if fault != nil {
		return "", fault
	}
	return "<tr2:GetSnapshotUriResponse>" + tag("tr2:Uri", uri) + "</tr2:GetSnapshotUriResponse>", nil
}
