package desktop

import "strings"

// windowWords are those that the window says itself; the page has its own.
type windowWords struct {
	snapshot, quit                        string
	view, wall, cameras, statistics       string
	information, fullScreen               string
	zoomIn, zoomOut, zoomReset, reload    string
	help, keys, about, aboutTitle, slogan string

	dialog dialogWords
}

// dialogWords are those of the dialog that asks for a file.
type dialogWords struct{ title, save, cancel, pictures string }

// languages are the window's, by the tags that the page has them by.
var languages = map[string]windowWords{
	"en": {
		snapshot: "Save snapshot…", quit: "Quit",
		view: "View", wall: "Wall", cameras: "Cameras", statistics: "Statistics",
		information: "Information", fullScreen: "Full screen",
		zoomIn: "Zoom in", zoomOut: "Zoom out", zoomReset: "Normal size", reload: "Reload",
		help: "Help", keys: "Keys", about: "About Camwall", aboutTitle: "About Camwall",
		slogan: "A camera wall: live pictures of IP cameras on any screen.",
		dialog: dialogWords{title: "Save snapshot", save: "Save", cancel: "Cancel", pictures: "Pictures (JPEG)"},
	},
	"zh-Hant": {
		snapshot: "儲存畫面…", quit: "結束",
		view: "檢視", wall: "攝影機牆", cameras: "攝影機", statistics: "統計",
		information: "資訊", fullScreen: "全螢幕",
		zoomIn: "放大", zoomOut: "縮小", zoomReset: "原始大小", reload: "重新載入",
		help: "說明", keys: "按鍵", about: "關於 Camwall", aboutTitle: "關於 Camwall",
		slogan: "攝影機牆：在任何螢幕上看 IP 攝影機的即時畫面。",
		dialog: dialogWords{title: "儲存畫面", save: "儲存", cancel: "取消", pictures: "圖片 (JPEG)"},
	},
}

// wordsOf returns the words for a BCP 47 tag: Traditional Chinese for all Chinese,
// as on the page, else English.
func wordsOf(tag string) windowWords {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if primary == "zh" {
		return languages["zh-Hant"]
	}
	return languages["en"]
}

// Language returns the language of a session as a BCP 47 tag: that of LC_ALL,
// LC_MESSAGES or LANG, the first that is set (setlocale(3)); "" where that is
// none of people's.
func Language(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		locale := getenv(name)
		if locale == "" {
			continue
		}
		locale, _, _ = strings.Cut(locale, ".") // the encoding
		locale, _, _ = strings.Cut(locale, "@")
		if locale == "C" || locale == "POSIX" {
			return ""
		}
		return strings.ReplaceAll(locale, "_", "-")
	}
	return ""
}
