package api

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// basicWords are the words of the basic page in one language.
type basicWords struct {
	Lang                  string // BCP 47
	Gone, All, Full       string
	Before, After         string
	None                  string
	noWall, noCamera      string // with %s for its name
	pageBefore, pageAfter string // what stands before and behind "2 / 3"
}

func basicLanguages() []*basicWords {
	return []*basicWords{
		{
			Lang: "en", Gone: "The server does not answer. The pictures are old.", All: "All cameras", Full: "The whole page",
			Before: "Page before", After: "Next page", None: "No cameras yet.",
			noWall: "There is no wall %s.", noCamera: "There is no camera %s.", pageBefore: "Page ",
		},
		{
			Lang: "zh-Hant", Gone: "伺服器沒有回應。這些是舊畫面。", All: "所有攝影機", Full: "完整頁面",
			Before: "上一頁", After: "下一頁", None: "還沒有攝影機。",
			noWall: "沒有名為 %s 的攝影機牆。", noCamera: "沒有攝影機 %s。", pageBefore: "第 ", pageAfter: " 頁",
		},
	}
}

func (words *basicWords) missing(kind, id string) string {
	sentence := words.noCamera
	if kind == "wall" {
		sentence = words.noWall
	}
	return strings.Replace(sentence, "%s", quoted(id), 1)
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
