package device

import (
	"fmt"
	"net/http"
)

// DeviceType is the kind of UPnP device that is described.
const DeviceType = "urn:schemas-upnp-org:device:NetworkCamera:1"

// serveDescription tells what SSDP points to: UPnP Device Architecture 1.1
// section 2.3.
func (d *Device) serveDescription(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", `text/xml; charset="utf-8"`)
	c := d.cfg
	write(w, fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>
<device><deviceType>%s</deviceType>%s%s<manufacturerURL>%s/</manufacturerURL><modelDescription>Simulated camera</modelDescription>%s%s%s<UDN>uuid:%s</UDN>
<serviceList><service><serviceType>urn:schemas-upnp-org:service:Dummy:1</serviceType><serviceId>urn:upnp-org:serviceId:dummy</serviceId><SCPDURL>/scpd.xml</SCPDURL><controlURL>/control</controlURL><eventSubURL>/event</eventSubURL></service></serviceList>
<presentationURL>%s/</presentationURL></device></root>
`, DeviceType, tag("friendlyName", c.Name), tag("manufacturer", c.Manufacturer), d.base(r), tag("modelName", c.Model),
		tag("modelNumber", c.Firmware), tag("serialNumber", c.Serial), c.UPnPUUID, d.base(r)))
}
