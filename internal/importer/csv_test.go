package importer

import (
	"strings"
	"testing"
)

func TestCSV(t *testing.T) {
	t.Parallel()
	checkFormat(t, CSV, []formatCase{
		{"header", "id,name,url,user,password\na,A,rtsp://h/1,u,p\n", "a main=rtsp://h/1 u:p"},
		{"another order", "password,url,user,name\np,rtsp://h/1,u,A\n", "a main=rtsp://h/1 u:p"},
		{"other words", "Camera Name;Stream-URL;Login;Pass\nA;rtsp://h/1;u;p\n", "a main=rtsp://h/1 u:p"},
		{"tabs", "name\turl\nA\trtsp://h/1\n", "a main=rtsp://h/1"},
		{"bars", "name|url\nA|rtsp://h/1\n", "a main=rtsp://h/1"},
		{"CRLF and blanks", "name , url\r\n A , rtsp://h/1 \r\n\r\n", "a main=rtsp://h/1"},
		{"quoted", "name,url,password,user\n\"A, B\",\"rtsp://h/1\",\" p,\"\"w\"\" \",u\n", "a-b main=rtsp://h/1 u: p,\"w\" "},
		{"sign-in in the address", "name,url\nA,rtsp://u:p@ss?w@192.0.2.1/1\n", "a main=rtsp://192.0.2.1/1 u:p@ss?w"},
		{"columns win", "name,url,user,password\nA,rtsp://u:p@192.0.2.1/1,v,q\n", "a main=rtsp://192.0.2.1/1 v:q"},
		{"password alone", "name,url,password\nA,rtsp://h/1,q\n", "a main=rtsp://h/1 :q"},
		{"short row", "id,name,url,user,password\na,A,rtsp://h/1\n", "a main=rtsp://h/1"},
		{"long row", "name,url\na,rtsp://h/1,x,y,z\n", "a main=rtsp://h/1"},
		{"sub", "name,url,sub,user,password\na,rtsp://h/1,rtsp://x:y@h/2,u,p\n", "a main=rtsp://h/1 sub=rtsp://h/2 u:p"},
		{"sub without sign-in", "name,url,sub\na,rtsp://u:p@h/1,rtsp://h/2\n", "a main=rtsp://h/1 sub=rtsp://h/2 u:p"},
		{"sub with another", "name,url,sub\na,rtsp://u:p@h/1,rtsp://u:q@h/2\n", "a main=rtsp://h/1 u:p left=line 2"},
		{"sub that is none", "name,url,sub\na,rtsp://h/1,http://h/2\n", "a main=rtsp://h/1 left=line 2"},
		{"sub in a row of its own", "name,url\na,rtsp://h/1\na sub,rtsp://h/2\n", "a main=rtsp://h/1 sub=rtsp://h/2"},
		{"host", "name,host,port,path\na,h,8554,/1\nb,2001:db8::1,554,1\nc,h,,\n", "a main=rtsp://h:8554/1 b main=rtsp://[2001:db8::1]:554/1 c onvif=http://h"},
		{
			"ONVIF", "name,onvif,user,password\na,192.0.2.1:8000,u,p\nb,http://192.0.2.1/onvif/device_service,,\n",
			"a onvif=http://192.0.2.1:8000 u:p b onvif=http://192.0.2.1/onvif/device_service",
		},
		{"both", "name,url,onvif\na,rtsp://h/1,h:2020\nb,rtsp://h/1,elsewhere\n", "a main=rtsp://h/1 onvif=http://h:2020 b main=rtsp://h/1"},
		{"off", "name,url,enabled,disabled\na,rtsp://h/1,no,\nb,rtsp://h/2,,yes\nc,rtsp://h/3,yes,no\n", "a main=rtsp://h/1 off b main=rtsp://h/2 off c main=rtsp://h/3"},
		{"no header", "a,rtsp://h/1,u,p\n", "a main=rtsp://h/1 u:p"},
		{"no header, id and name", "a,Name,rtsp://h/1\n", "a main=rtsp://h/1"},
		{"no header, more before", "7,a,Name,rtsp://h/1\n", "a main=rtsp://h/1"},
		{"no header, address first", "rtsp://h/1,u,p\n", "h main=rtsp://h/1 u:p"},
		{"not taken", "name,url\na,exec:x\nb,\nc,http://h/x\n", "left=line 2 left=line 3 left=line 4"},
		{"header alone", "name,url\n", ""},
		{"line numbers", "name,url\n\n# one\n\"a\nb\",rtsp://h/1\nc,x://y\n", "a-b main=rtsp://h/1 left=line 6"},
	})
}

func TestCSVNamesItsRows(t *testing.T) {
	t.Parallel()
	r, err := read("id,name,url\n,,rtsp://h/1\nyard,Yard,http://u:hunter2@h/\n")
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Candidates[0]; c.From != "line 2" || c.Name != "h" {
		t.Errorf("%+v", c)
	}
	if l := r.Left[0]; l.From != "line 3" || l.Why != "yard is HTTP, not RTSP" {
		t.Errorf("%+v", l)
	}
}

func TestM3U(t *testing.T) {
	t.Parallel()
	checkFormat(t, M3U, []formatCase{
		{"names", "#EXTM3U\n#EXTINF:-1,One\nrtsp://h/1\n#EXTINF:-1,Two\nrtsp://u:p@h/2\n", "one main=rtsp://h/1 two main=rtsp://h/2 u:p"},
		{"no mark", "#EXTINF:0,One\nrtsp://h/1\n", "one main=rtsp://h/1"},
		{"small letters", "#extm3u\n#extinf:0,One\nrtsp://h/1\n", "one main=rtsp://h/1"},
		{"comma in a value", "#EXTM3U\n#EXTINF:-1 group-title=\"a,b\",One\nrtsp://h/1\n", "one main=rtsp://h/1"},
		{"name of the television", "#EXTM3U\n#EXTINF:-1 tvg-name=\"One\",\nrtsp://h/1\n", "one main=rtsp://h/1"},
		{"no name", "#EXTM3U\n#EXTINF:-1\nrtsp://h/1\nrtsp://h/2\n", "h main=rtsp://h/1 h-2 main=rtsp://h/2"},
		{"name of one alone", "#EXTM3U\n#EXTINF:-1,One\nrtsp://h/1\nrtsp://i/2\n", "one main=rtsp://h/1 i main=rtsp://i/2"},
		{"sub", "#EXTM3U\n#EXTINF:-1,Gate\nrtsp://h/1\n#EXTINF:-1,Gate (low)\nrtsp://h/2\n", "gate main=rtsp://h/1 sub=rtsp://h/2"},
		{"comma in an address", "#EXTM3U\nrtsp://h/1,2;3\n", "h main=rtsp://h/1,2;3"},
		{"ONVIF", "#EXTM3U\n#EXTINF:-1,One\nonvif://u:p@h:2020\n", "one onvif=http://h:2020 u:p"},
		{"HLS", "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nseg1.ts\n", "left=line 4"},
		{"empty", "#EXTM3U\n", ""},
		{"addresses alone", "# mine\nrtsp://h/1\n\nrtsps://i/2\nhttp://j/\n", "h main=rtsp://h/1 i main=rtsps://i/2 left=line 5"},
	})
}

// TestNotAList: what has separators in it is a table.
func TestNotAList(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"rtsp://h/1": true, "rtsp://h/1\nrtsp://h/2\n": true, "#x\nrtsp://h/1": true,
		"": false, "# nothing\n": false, "rtsp://h/1,A": false, "a\nrtsp://h/1": false, "rtsp://h/1\nname": false, "rtsp://h/1\tA": false,
	} {
		if got := isList(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestKindByContent: a name says little.
func TestKindByContent(t *testing.T) {
	t.Parallel()
	for format, text := range map[string]string{
		Go2RTC:   "streams: {a: rtsp://h/1}\n",
		Frigate:  "cameras: {a: {ffmpeg: {inputs: [{path: rtsp://h/1}]}}}\n",
		MediaMTX: "paths: {a: {source: rtsp://h/1}}\n",
		M3U:      "#EXTM3U\nrtsp://h/1\n",
		CSV:      "name,url\na,rtsp://h/1\n",
	} {
		for _, name := range []string{"config", "a.yml", "a.yaml", "a.csv", "a.m3u", "a.txt", "", "/", "-"} {
			r, err := Read(name, strings.NewReader(text), nil)
			if err != nil || r.Format != format || len(r.Candidates) != 1 {
				t.Errorf("%s named %q: %+v, %v", format, name, r, err)
			}
		}
	}
}
