package api

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"camwall/internal/fault"
)

// basicWords are the words of the basic page in one language; %s is what is told.
type basicWords struct {
	Lang                  string // BCP 47
	Gone, All, Full       string
	Before, After         string
	None                  string
	noWall, noCamera      string
	pageBefore, pageAfter string // what stands before and behind "2 / 3"

	connecting, off, busy          string
	offlineSince                   string
	noPicture, noPictureFor        string
	noVideo                        string
	passwordRefused, accessRefused string
	nextIn, nextAt, nextSoThat     string
	behind, unchangedFor           string
	seconds, minutes, hours        string
	comma, fullStop, between       string // between sentences

	reasons map[fault.Code]string // in place of the server's own words
}

func basicLanguages() []*basicWords {
	return []*basicWords{
		{
			Lang: "en", Gone: "The server does not answer. The pictures are old.", All: "All cameras", Full: "The whole page",
			Before: "Page before", After: "Next page", None: "No cameras yet.",
			noWall: "There is no wall %s.", noCamera: "There is no camera %s.", pageBefore: "Page ",
			connecting: "Connecting...", off: "Switched off", busy: "The camera serves no more viewers",
			offlineSince: "Offline since %s", noPicture: "No picture", noPictureFor: "No picture for %s", noVideo: "No video",
			passwordRefused: "Password refused", accessRefused: "Access refused",
			nextIn: "Next try in %s.", nextAt: "Next try %s.", nextSoThat: "Next try %s, so that the camera does not lock.",
			behind: "%s s behind", unchangedFor: "Unchanged for %s", seconds: "%s s", minutes: "%s min", hours: "%s h",
			comma: ", ", fullStop: ".", between: " ",
		},
		{
			Lang: "zh-Hant", Gone: "伺服器沒有回應。這些是舊畫面。", All: "所有攝影機", Full: "完整頁面",
			Before: "上一頁", After: "下一頁", None: "還沒有攝影機。",
			noWall: "沒有名為 %s 的攝影機牆。", noCamera: "沒有攝影機 %s。", pageBefore: "第 ", pageAfter: " 頁",
			connecting: "連線中…", off: "已停用", busy: "攝影機的觀看人數已滿",
			offlineSince: "自 %s 起離線", noPicture: "沒有畫面", noPictureFor: "已 %s沒有畫面", noVideo: "沒有影像",
			passwordRefused: "密碼不正確", accessRefused: "存取被拒絕",
			nextIn: "%s後重試。", nextAt: "%s 重試。", nextSoThat: "為避免攝影機鎖定帳號，%s 才會重試。",
			behind: "延遲 %s 秒", unchangedFor: "畫面已 %s沒有變化", seconds: "%s 秒", minutes: "%s 分鐘", hours: "%s 小時",
			comma: "、", fullStop: "。",
			reasons: map[fault.Code]string{
				fault.StreamNotFound: "攝影機沒有這個串流", fault.Transport: "攝影機不接受 TCP，也不接受 UDP",
				fault.UnknownCodec: "無法辨識攝影機的影像格式", fault.DialTimeout: "攝影機沒有回應", fault.ConnRefused: "攝影機拒絕連線",
				fault.NoSuchHost: "網路上找不到這部攝影機的名稱", fault.Certificate: "攝影機的憑證不受信任",
				fault.PictureTimeout: "已連線，但沒有收到畫面", fault.Silence: "畫面停止傳送", fault.Ended: "攝影機或網路中斷了連線",
				fault.Protocol: "無法理解攝影機的回應", fault.Undecodable: "收到畫面，但無法解碼",
			},
		},
	}
}

func (words *basicWords) missing(kind, id string) string {
	sentence := words.noCamera
	if kind == "wall" {
		sentence = words.noWall
	}
	return fill(sentence, quoted(id))
}

func (words *basicWords) page(n, of int) string {
	return words.pageBefore + strconv.Itoa(n) + " / " + strconv.Itoa(of) + words.pageAfter
}

// wordsFor returns the words of the language that is named, else of the first
// that a browser accepts and we have (RFC 9110 section 12.5.4), else English.
func wordsFor(named, accepted string) *basicWords {
	languages := basicLanguages()
	for _, words := range languages {
		if words.Lang == named {
			return words
		}
	}
	type wish struct {
		tag    string
		weight float64
	}
	var wishes []wish
	for part := range strings.SplitSeq(accepted, ",") {
		tag, parameters, _ := strings.Cut(part, ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q="); ok {
			weight, _ = strconv.ParseFloat(q, 64)
		}
		if tag = strings.ToLower(strings.TrimSpace(tag)); weight > 0 && len(wishes) < 20 {
			wishes = append(wishes, wish{tag, weight})
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	for _, w := range wishes {
		for _, words := range languages {
			primary, _, _ := strings.Cut(words.Lang, "-")
			if w.tag == primary || strings.HasPrefix(w.tag, primary+"-") {
				return words
			}
		}
	}
	return languages[0]
}
