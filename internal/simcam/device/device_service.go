package device

import (
	"fmt"
	"net"
	"strings"
	"time"
)

// service is one line of GetServices.
type service struct {
	space, path  string
	major, minor int
}

// services returns what the device has, in the order it tells.
func (d *Device) services() []service {
	list := []service{{nsDevice, devicePath, 2, 60}, {nsMedia, mediaPath, 2, 60}}
	if !d.cfg.NoMedia2 {
		list = append(list, service{nsMedia2, media2Path, 2, 60})
	}
	if d.hasPTZ() {
		list = append(list, service{nsPTZ, ptzPath, 2, 60})
	}
	if !d.cfg.NoImaging {
		list = append(list, service{nsImaging, imagingPath, 2, 60})
	}
	if !d.cfg.NoEvents {
		list = append(list, service{nsEvents, eventsPath, 2, 60})
	}
	return list
}

// deviceOperations is device management: ONVIF core section 8. The access
// class PRE_AUTH of section 5.9.4.3 is free, unless open is false.
func deviceOperations(open bool) map[operationName]operation {
	return map[operationName]operation{
		{nsDevice, "GetSystemDateAndTime"}:   {getSystemDateAndTime, true},
		{nsDevice, "GetServices"}:            {getServices, open},
		{nsDevice, "GetCapabilities"}:        {getCapabilities, open},
		{nsDevice, "GetServiceCapabilities"}: {getDeviceServiceCapabilities, open},
		{nsDevice, "GetHostname"}:            {getHostname, open},
		{nsDevice, "GetEndpointReference"}:   {getEndpointReference, open},
		{nsDevice, "GetDeviceInformation"}:   {getDeviceInformation, false},
		{nsDevice, "GetNetworkInterfaces"}:   {getNetworkInterfaces, false},
		{nsDevice, "GetScopes"}:              {getScopes, false},
		{nsDevice, "GetUsers"}:               {getUsers, false},
	}
}

func getSystemDateAndTime(q *request) (string, *soapFault) {
	now := q.device.now()
	local := now.In(time.FixedZone("", 3600))
	moment := func(name string, t time.Time) string {
		return fmt.Sprintf("<tt:%s><tt:Time><tt:Hour>%d</tt:Hour><tt:Minute>%d</tt:Minute><tt:Second>%d</tt:Second></tt:Time>"+
			"<tt:Date><tt:Year>%d</tt:Year><tt:Month>%d</tt:Month><tt:Day>%d</tt:Day></tt:Date></tt:%s>",
			name, t.Hour(), t.Minute(), t.Second(), t.Year(), t.Month(), t.Day(), name)
	}
	return "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>" +
		"<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CET-1</tt:TZ></tt:TimeZone>" +
		moment("UTCDateTime", now) + moment("LocalDateTime", local) +
		"</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>", nil
}

func getDeviceInformation(q *request) (string, *soapFault) {
	c := q.device.cfg
	return "<tds:GetDeviceInformationResponse>" + tag("tds:Manufacturer", c.Manufacturer) + tag("tds:Model", c.Model) +
		tag("tds:FirmwareVersion", c.Firmware) + tag("tds:SerialNumber", c.Serial) + tag("tds:HardwareId", c.HardwareID) +
		"</tds:GetDeviceInformationResponse>", nil
}

func getServices(q *request) (string, *soapFault) {
	var b strings.Builder
	base := q.device.base(q.http)
	for _, s := range q.device.services() {
		fmt.Fprintf(&b, "<tds:Service>%s%s<tds:Version><tt:Major>%d</tt:Major><tt:Minor>%d</tt:Minor></tds:Version></tds:Service>",
			tag("tds:Namespace", s.space), tag("tds:XAddr", base+s.path), s.major, s.minor)
	}
	return "<tds:GetServicesResponse>" + b.String() + "</tds:GetServicesResponse>", nil
}

// getCapabilities tells the services of the first version of ONVIF: it has no
// place for Media2.
func getCapabilities(q *request) (string, *soapFault) {
	wanted := q.body.value("Category")
	base := q.device.base(q.http)
	var b strings.Builder
	add := func(space, category, more string) {
		for _, s := range q.device.services() {
			if s.space == space && (wanted == "" || wanted == "All" || wanted == category) {
				b.WriteString("<tt:" + category + ">" + tag("tt:XAddr", base+s.path) + more + "</tt:" + category + ">")
			}
		}
	}
	add(nsDevice, "Device", "<tt:System><tt:DiscoveryResolve>true</tt:DiscoveryResolve><tt:DiscoveryBye>true</tt:DiscoveryBye></tt:System>")
	add(nsEvents, "Events", "<tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport>"+
		"<tt:WSPullPointSupport>true</tt:WSPullPointSupport><tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport>")
	add(nsImaging, "Imaging", "")
	add(nsMedia, "Media", "<tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities>")
	add(nsPTZ, "PTZ", "")
	return "<tds:GetCapabilitiesResponse><tds:Capabilities>" + b.String() + "</tds:Capabilities></tds:GetCapabilitiesResponse>", nil
}

func getDeviceServiceCapabilities(q *request) (string, *soapFault) {
	token := q.device.cfg.SignIn == SignInToken || q.device.cfg.SignIn == SignInEither
	digest := len(q.device.cfg.SignIn.algorithms()) > 0
	return fmt.Sprintf(`<tds:GetServiceCapabilitiesResponse><tds:Capabilities><tds:Network/><tds:Security UsernameToken="%t" HttpDigest="%t"/>`+
		`<tds:System DiscoveryResolve="true" DiscoveryBye="true"/></tds:Capabilities></tds:GetServiceCapabilitiesResponse>`, token, digest), nil
}

func getHostname(q *request) (string, *soapFault) {
	name := strings.ToLower(strings.Join(strings.Fields(q.device.cfg.Name), "-"))
	return "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP>" + tag("tt:Name", name) +
		"</tds:HostnameInformation></tds:GetHostnameResponse>", nil
}

func getEndpointReference(q *request) (string, *soapFault) {
	return "<tds:GetEndpointReferenceResponse>" + tag("tds:GUID", q.device.cfg.UUID) + "</tds:GetEndpointReferenceResponse>", nil
}

func getNetworkInterfaces(q *request) (string, *soapFault) {
	address := ""
	if ip := net.ParseIP(q.device.host(askedAt(q.http))); ip.To4() != nil {
		address = "<tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual>" + tag("tt:Address", ip.String()) +
			"<tt:PrefixLength>24</tt:PrefixLength></tt:Manual><tt:DHCP>false</tt:DHCP></tt:Config></tt:IPv4>"
	}
	return `<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0"><tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name>` +
		tag("tt:HwAddress", q.device.cfg.MAC) + "<tt:MTU>1500</tt:MTU></tt:Info>" + address +
		"</tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>", nil
}

func getScopes(q *request) (string, *soapFault) {
	var b strings.Builder
	for _, scope := range q.device.Scopes() {
		b.WriteString("<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef>" + tag("tt:ScopeItem", scope) + "</tds:Scopes>")
	}
	return "<tds:GetScopesResponse>" + b.String() + "</tds:GetScopesResponse>", nil
}

func getUsers(q *request) (string, *soapFault) {
	user := ""
	if q.device.cfg.SignIn != SignInNone {
		user = "<tds:User>" + tag("tt:Username", q.device.cfg.User) + "<tt:UserLevel>Administrator</tt:UserLevel></tds:User>"
	}
	return "<tds:GetUsersResponse>" + user + "</tds:GetUsersResponse>", nil
}
