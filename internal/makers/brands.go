package makers

// brand is a maker and the names by which its devices call themselves, also those
// of rebrands that behave the same.
type brand struct {
	Maker
	names []string
}

// brands is the table of makers. Rebrands with rows of their own come before
// those whose banners they keep.
var brands = []brand{
	{Maker{"amcrest", "Amcrest"}, []string{"amcrest"}},
	{Maker{"lorex", "Lorex"}, []string{"lorex"}},
	{Maker{"imou", "Imou"}, []string{"imou", "lechange"}},
	{Maker{"icrealtime", "IC Realtime"}, []string{"ic realtime", "icrealtime"}},
	{Maker{"annke", "Annke"}, []string{"annke"}},
	{Maker{"ezviz", "EZVIZ"}, []string{"ezviz"}},
	{Maker{"hikvision", "Hikvision"}, []string{"hikvision", "hikvision-webs", "hilook", "hiwatch", "lt security"}},
	{Maker{"dahua", "Dahua"}, []string{"dahua", "cp plus", "cpplus", "q-see", "intelbras"}},
	{Maker{"axis", "Axis"}, []string{"axis"}},
	{Maker{"reolink", "Reolink"}, []string{"reolink"}},
	{Maker{"tplink", "TP-Link"}, []string{"tp-link", "tplink", "tapo", "vigi"}},
	{Maker{"uniview", "Uniview"}, []string{"uniview", "unv"}},
	{Maker{"foscam", "Foscam"}, []string{"foscam"}},
	{Maker{"hanwha", "Hanwha Vision"}, []string{"hanwha", "wisenet", "samsung techwin"}},
	{Maker{"bosch", "Bosch"}, []string{"bosch"}},
	{Maker{"vivotek", "Vivotek"}, []string{"vivotek"}},
	{Maker{"mobotix", "Mobotix"}, []string{"mobotix"}},
	{Maker{"panasonic", "Panasonic i-PRO"}, []string{"panasonic", "i-pro", "ipro"}},
	{Maker{"sony", "Sony"}, []string{"sony"}},
	{Maker{"ubiquiti", "Ubiquiti"}, []string{"ubiquiti", "ubnt", "unifi", "uvc"}},
	{Maker{"wyze", "Wyze"}, []string{"wyze"}},
	{Maker{"dlink", "D-Link"}, []string{"d-link", "dlink"}},
	{Maker{"trendnet", "TRENDnet"}, []string{"trendnet"}},
	{Maker{"grandstream", "Grandstream"}, []string{"grandstream"}},
	{Maker{"acti", "ACTi"}, []string{"acti"}},
	{Maker{"avigilon", "Avigilon"}, []string{"avigilon"}},
	{Maker{"geovision", "GeoVision"}, []string{"geovision"}},
	{Maker{"xiongmai", "Xiongmai"}, []string{"xiongmai", "xmeye", "h264dvr"}},
	{Maker{"milesight", "Milesight"}, []string{"milesight"}},
	{Maker{"avycon", "AVYCON"}, []string{"avycon"}},
	{Maker{"tvt", "TVT"}, []string{"tvt"}},
	{Maker{"arecont", "Arecont Vision"}, []string{"arecont"}},
	{Maker{"lilin", "LILIN"}, []string{"lilin", "merit lilin"}},
	{Maker{"idis", "IDIS"}, []string{"idis"}},
	{Maker{"zavio", "Zavio"}, []string{"zavio"}},
	{Maker{"zmodo", "Zmodo"}, []string{"zmodo"}},
	{Maker{"sricam", "Sricam"}, []string{"sricam"}},
	{Maker{"wansview", "Wansview"}, []string{"wansview"}},
	{Maker{"instar", "INSTAR"}, []string{"instar"}},
	{Maker{"sonoff", "Sonoff"}, []string{"sonoff", "ewelink"}},
	{Maker{"doorbird", "DoorBird"}, []string{"doorbird"}},
	{Maker{"hipcam", "Hipcam"}, []string{"hipcam", "microseven", "iegeek"}},
}

// switches says where ONVIF is switched on. The names are those of the makers'
// menus in English.
var switches = map[string]string{
	"amcrest":     "switch it on in the camera's page under Setup > Network > Connection > ONVIF",
	"lorex":       "switch it on in the recorder's or camera's page under Setup > Network > ONVIF",
	"imou":        "switch it on in the Imou app under Device Settings > ONVIF, where the model has it",
	"annke":       "switch it on in the camera's page under Configuration > Network > Advanced Settings > Integration Protocol, and add an ONVIF user there",
	"ezviz":       "most models have none; switch RTSP on in the EZVIZ app under Settings > Local Service Settings",
	"hikvision":   "switch it on in the camera's page under Configuration > Network > Advanced Settings > Integration Protocol, and add an ONVIF user there",
	"dahua":       "switch it on in the camera's page under Setup > Network > Access Platform > ONVIF, and add an ONVIF user under System > Account",
	"axis":        "add an ONVIF account in the camera's page under System > Accounts",
	"reolink":     "switch it on in the Reolink app under Settings > Network > Advanced > Server Settings; battery models have none",
	"tplink":      "make a camera account in the app under Device Settings > Advanced Settings > Camera Account; ONVIF is then at port 2020",
	"uniview":     "it is on unless somebody switched it off; look in the camera's page under Setup > Network",
	"foscam":      "switch it on in the camera's page under Settings > Network > Port",
	"hanwha":      "it is on unless somebody switched it off; look in the camera's page under Setup > Network",
	"bosch":       "switch it on in the camera's page under Configuration > Network > Network Services",
	"panasonic":   "switch it on in the camera's page under Network, and add an ONVIF user under User management",
	"ubiquiti":    "it has none while UniFi Protect manages it; switch its RTSP streams on in UniFi Protect",
	"wyze":        "it has none; models with the RTSP firmware have RTSP",
	"grandstream": "it is on unless somebody switched it off; look in the camera's page under System Settings",
	"xiongmai":    "it is at port 8899; switch it on in the recorder's or camera's page under NetService > Onvif",
	"arecont":     "older models have none",
	"doorbird":    "it has none, but RTSP",
	"zmodo":       "older models have none, but RTSP",
}
