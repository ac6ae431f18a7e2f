package makers

// anybody is the maker of the rows for devices of unknown makers.
const anybody = ""

// row is one row of the table of paths.
type row struct {
	maker string

	// main and sub are paths. {channel} is the channel from 1, {channel0} from 0,
	// {channel:02} has at least two digits.
	main, sub string

	port   int // 0 is 554
	source string
}

// paths is the table of RTSP paths: of each maker in the order in which they are
// tried, those of today's models first. Xiongmai has no row: its paths hold user
// and password.
var paths = []row{
	{"hikvision", "/Streaming/Channels/{channel}01", "/Streaming/Channels/{channel}02", 0, hikvisionFAQ},
	{"hikvision", "/h264/ch{channel}/main/av_stream", "/h264/ch{channel}/sub/av_stream", 0, "Hikvision, RTSP addresses of devices made before 2012"},
	{"hikvision", "/PSIA/streaming/channels/{channel}01", "/PSIA/streaming/channels/{channel}02", 0, "Hikvision DS-2CD2032-I, user manual"},
	{"annke", "/Streaming/Channels/{channel}01", "/Streaming/Channels/{channel}02", 0, hikvisionFAQ + " (Annke keeps the paths)"},
	{"annke", "/H264/ch{channel}/main/av_stream", "/H264/ch{channel}/sub/av_stream", 0, "https://docs.frigate.video/configuration/camera_specific#annke-c800"},
	{"ezviz", "/h264/ch{channel}/main/av_stream", "/h264/ch{channel}/sub/av_stream", 0, "VisioForge, IP camera brands: EZVIZ"},
	{"ezviz", "/ch{channel}/main", "", 0, "https://m-support.ezviz.com/faq/article/How-to-set-up-C6N-TY1-TY2-as-a-webcam"},
	{"dahua", "/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1", 0, dahuaWiki},
	{"amcrest", "/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1", 0, amcrestFAQ},
	{"amcrest", "/h264Preview_{channel:02}_main", "/h264Preview_{channel:02}_sub", 0, amcrestFAQ},
	{"lorex", "/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1", 0, "https://www.lorextechnology.com/downloads/security-nvr/NR900-Series/NR900_SERIES_MANUAL_EN_R1_web.pdf"},
	{"lorex", "/video.mp4", "", 0, "https://www.lorextechnology.com/downloads/ip-cameras/LN-Series/LNE3003i_Specs_R1.pdf"},
	{"imou", "/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1", 0, dahuaWiki + " (Imou keeps the paths)"},
	{"icrealtime", "/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1", 0, "http://icrealtime.com/docs/product-manual/Man_NVR716N.pdf"},
	{"axis", "/axis-media/media.amp", "/axis-media/media.amp?resolution=640x360", 0, axisGuide},
	{"axis", "/axis-media/media.amp?camera={channel}", "/axis-media/media.amp?camera={channel}&resolution=640x360", 0, axisGuide},
	{"axis", "/mpeg4/media.amp", "", 0, "http://www.axis.com/files/manuals/um_207w_mw_33158_en_1208.pdf"},
	{"reolink", "/Preview_{channel:02}_main", "/Preview_{channel:02}_sub", 0, reolinkFAQ},
	{"reolink", "/h264Preview_{channel:02}_main", "/h264Preview_{channel:02}_sub", 0, reolinkFAQ},
	{"tplink", "/stream1", "/stream2", 0, "https://www.tp-link.com/us/support/faq/2680/"},
	{"uniview", "/media/video1", "/media/video2", 0, "Uniview, How to Get a Uniview Camera's RTSP Stream"},
	{"uniview", "/unicast/c{channel}/s0/live", "/unicast/c{channel}/s1/live", 0, "Uniview, RTSP addresses of NVRs"},
	{"foscam", "/videoMain", "/videoSub", 88, "https://www.foscam.com/faqs/view.html?id=81"},
	{"hanwha", "/profile2/media.smp", "", 0, hanwhaFAQ},
	{"hanwha", "/{channel0}/profile2/media.smp", "", 0, hanwhaFAQ},
	{"hanwha", "/LiveChannel/{channel0}/media.smp", "", 0, hanwhaFAQ},
	{"bosch", "/?inst=1", "/?inst=2", 0, boschGuide},
	{"bosch", "/?line={channel}&inst=1", "/?line={channel}&inst=2", 0, boschGuide},
	{"vivotek", "/live1s1.sdp", "/live1s2.sdp", 0, "Vivotek, How to get RTSP streaming with camera firmware 2.2002.x.x and later"},
	{"vivotek", "/live.sdp", "/live2.sdp", 0, "http://download.vivotek.com/downloadfile/downloads/usersmanuals/cc8130manual_en.pdf"},
	{"vivotek", "/live{channel}s1.sdp", "/live{channel}s2.sdp", 0, "Vivotek, How to get RTSP streaming with camera firmware 2.2002.x.x and later"},
	{"mobotix", "/mobotix.h264", "", 0, "https://www.mobotix.com/sites/default/files/2017-10/Mx_QI_S16_en_20171010.pdf"},
	{"panasonic", "/Src/MediaInput/stream_1", "/Src/MediaInput/stream_2", 0, "i-PRO, Command Interface of H.265 models"},
	{"panasonic", "/Src/MediaInput/h264/stream_1", "/Src/MediaInput/h264/stream_2", 0, "i-PRO, Command Interface of H.264 models"},
	{"panasonic", "/MediaInput/h264", "", 0, "http://security.panasonic.com/support/technical/qr_guide_c230/"},
	{"panasonic", "/nphMpeg4/nil-640x480", "", 0, "http://www.crestron.com/downloads/pdf/product_misc/rg_ip_streaming_panasonic_bb-hcm531a.pdf"},
	{"sony", "/media/video1", "/media/video2", 0, "Sony SNC-EM632R, user's guide"},
	{"ubiquiti", "/s0", "/s1", 0, "https://dl.ubnt.com/guides/unifivideo/UVC-G3_QSG.pdf"},
	{"ubiquiti", "/live/ch00_0", "/live/ch01_0", 0, "Ubiquiti airCam, user guide"},
	{"wyze", "/live", "", 0, "https://support.wyze.com/hc/en-us/articles/360026245231-Wyze-Cam-RTSP"},
	{"dlink", "/live1.sdp", "/live3.sdp", 0, "D-Link DCS-2332L, user manual"},
	{"dlink", "/play1.sdp", "/play2.sdp", 0, "D-Link DCS-960L, user manual"},
	{"trendnet", "/Streaming/channels/{channel}01", "/Streaming/channels/{channel}02", 0, "https://www.trendnet.com/support/supportdetail.asp?prod=190_TV-IP310PI"},
	{"grandstream", "/0", "/4", 0, "http://www.grandstream.com/sites/default/files/Resources/GXV3674hd_fhd_v2_usermanual_english.pdf"},
	{"acti", "/stream1", "/stream2", 7070, "VisioForge, IP camera brands: ACTi"},
	{"acti", "/track1", "/track2", 7070, "ACTi, Third Party or Open Source Software Integration"},
	{"avigilon", "/defaultPrimary?streamType=u", "/defaultSecondary?streamType=u", 0, "https://www.avigilon.com/fs/documents/avigilon-camera-web-interface-user-guide-en.pdf"},
	{"geovision", "/CH{channel:03}.sdp", "", 8554, "http://www.geovision.com.tw/product/GV-VS2400"},
	{"milesight", "/main", "/sub", 0, milesightFAQ},
	{"milesight", "/channel{channel}/main", "/channel{channel}/sub", 0, milesightFAQ},
	{"avycon", "/profile1", "/profile2", 0, "https://avycon.freshdesk.com/support/solutions/articles/36000299004-rtsp-syntax-for-plug-play-series-ip-cameras"},
	{"avycon", "/main", "/sub", 0, "https://avycon.freshdesk.com/support/solutions/articles/36000328602-autotracking-and-panoramic-180-rtsp-syntax"},
	{"avycon", "/chID={channel}&streamType=main", "/chID={channel}&streamType=substream", 0, "https://avycon.freshdesk.com/support/solutions/articles/36000297688-rtsp-stream-information-for-plug-play-nvrs-and-hybrid-dvrs"},
	{"tvt", "/?chID={channel}&streamType=main&linkType=tcp", "/?chID={channel}&streamType=sub&linkType=tcp", 0, "TVT TD-2700, quick start guide"},
	{"arecont", "/h264.sdp?res=full", "/h264.sdp?res=half", 0, "Arecont Vision, AV models, user manual"},
	{"lilin", "/rtsph2641080p", "", 0, "https://lilin.zendesk.com/hc/en-gb/article_attachments/115002592986/LILIN_RTSP_JPEG_and_H.264_Streams_Guide.pdf"},
	{"idis", "/trackID=1", "/trackID=2", 0, "http://www.idisglobal.com/support/faq"},
	{"zavio", "/video.pro1", "/video.pro2", 0, "Zavio B8520, user manual"},
	{"zmodo", "/tcp/av{channel0}_0", "/tcp/av{channel0}_1", 10554, "http://kb.zmodo.com/index.php?solution_id=1308"},
	{"sricam", "/onvif1", "/onvif2", 0, "http://download.sricam.com/Manual/Mini-IP-Camera-User-Manual-sp009.pdf"},
	{"wansview", "/live/ch0", "/live/ch1", 0, "Wansview K3, quick installation guide"},
	{"instar", "/11", "/12", 0, "INSTAR Wiki, RTSP streaming"},
	{"sonoff", "/av_stream/ch0", "/av_stream/ch1", 0, "https://github.com/AlexxIT/go2rtc/blob/master/internal/streams/README.md"},
	{"doorbird", "/mpeg/media.amp", "", 0, "http://www.doorbird.com/downloads/api_lan.pdf"},
	{"hipcam", "/11", "/12", 0, "http://www.microseven.com/manuals/M7xxx-NetworkCamera-UserGuide_2016_FINAL.pdf"},

	{anybody, "/Streaming/Channels/{channel}01", "/Streaming/Channels/{channel}02", 0, hikvisionFAQ},
	{anybody, "/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1", 0, dahuaWiki},
	{anybody, "/stream1", "/stream2", 0, "https://www.tp-link.com/us/support/faq/2680/"},
	{anybody, "/Preview_{channel:02}_main", "/Preview_{channel:02}_sub", 0, reolinkFAQ},
	{anybody, "/media/video1", "/media/video2", 0, "Uniview, How to Get a Uniview Camera's RTSP Stream"},
	{anybody, "/unicast/c{channel}/s0/live", "/unicast/c{channel}/s1/live", 0, "Uniview, RTSP addresses of NVRs"},
	{anybody, "/live/ch00_0", "/live/ch00_1", 0, "VisioForge, IP camera brands: Aqara, Grandstream"},
	{anybody, "/11", "/12", 0, "INSTAR Wiki, RTSP streaming"},
	{anybody, "/onvif1", "/onvif2", 0, "http://download.sricam.com/Manual/Mini-IP-Camera-User-Manual-sp009.pdf"},
	{anybody, "/profile1", "/profile2", 0, "https://avycon.freshdesk.com/support/solutions/articles/36000299004-rtsp-syntax-for-plug-play-series-ip-cameras"},
	{anybody, "/main", "/sub", 0, milesightFAQ},
	{anybody, "/live.sdp", "/live2.sdp", 0, "http://download.vivotek.com/downloadfile/downloads/usersmanuals/cc8130manual_en.pdf"},
	{anybody, "/live", "", 0, "https://support.wyze.com/hc/en-us/articles/360026245231-Wyze-Cam-RTSP"},
	{anybody, "/", "", 0, "RFC 2326, section 3.2: the server's own choice"},
}

// Documents that name more than one row.
const (
	hikvisionFAQ = "https://supportusa.hikvision.com/support/solutions/articles/17000129022"
	dahuaWiki    = "https://dahuawiki.com/Remote_Access/RTSP_via_VLC"
	amcrestFAQ   = "https://support.amcrest.com/hc/en-us/articles/360059435271-Accessing-Amcrest-Products-Using-RTSP"
	axisGuide    = "https://developer.axis.com/video-streaming-and-recording/video-streaming/getting-started/"
	reolinkFAQ   = "https://support.reolink.com/articles/900000630706-Introduction-to-RTSP/"
	hanwhaFAQ    = "https://support.hanwhavision.eu/hc/en-gb/articles/4414178841746-RTSP-URL-s"
	boschGuide   = "https://knowledge.keenfinity-group.com/video-systems/article/how-is-rtsp-usage-supported-with-bosch-vip-devices"
	milesightFAQ = "https://support.milesight.com/support/solutions/articles/69000859092-rtsp-stream-of-milesight-network-camera-nvr-vms"
)
