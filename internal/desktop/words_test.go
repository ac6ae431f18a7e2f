package desktop

import (
	"reflect"
	"testing"
	"unicode"
)

func TestLanguageOfASession(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"zh-TW": {"LC_ALL": "zh_TW.UTF-8", "LC_MESSAGES": "en_US.UTF-8", "LANG": "de_DE"},
		"en-GB": {"LC_MESSAGES": "en_GB.UTF-8", "LANG": "zh_TW"},
		"de-DE": {"LANG": "de_DE@euro"},
		"":      {"LC_ALL": "C.UTF-8", "LANG": "zh_TW.UTF-8"},
		"fr":    {"LANG": "fr"},
	} {
		if got := Language(func(name string) string { return env[name] }); got != want {
			t.Errorf("%v: %q, want %q", env, got, want)
		}
	}
	if got := Language(func(string) string { return "" }); got != "" {
		t.Errorf("%q without any", got)
	}
}

func TestWordsOfALanguage(t *testing.T) {
	for tag, want := range map[string]string{
		"": "en", "en": "en", "en-GB": "en", "de-DE": "en", "zha": "en",
		"zh": "zh-Hant", "zh-TW": "zh-Hant", "zh-Hant-HK": "zh-Hant", "ZH-tw": "zh-Hant", "zh-CN": "zh-Hant",
	} {
		if got := wordsOf(tag); got != languages[want] {
			t.Errorf("%q speaks %+v, want %s", tag, got, want)
		}
	}
}

// texts returns every word of a language.
func texts(w windowWords) map[string]string {
	all := map[string]string{}
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			name := prefix + v.Type().Field(i).Name
			if v.Field(i).Kind() == reflect.Struct {
				walk(name+".", v.Field(i))
				continue
			}
			all[name] = v.Field(i).String()
		}
	}
	walk("", reflect.ValueOf(w))
	return all
}

func TestEveryWordIsThere(t *testing.T) {
	english := texts(languages["en"])
	for tag, w := range languages {
		for name, text := range texts(w) {
			if text == "" {
				t.Errorf("%s has no %s", tag, name)
			}
			foreign := false
			for _, r := range text {
				foreign = foreign || unicode.Is(unicode.Han, r)
			}
			if tag == "zh-Hant" && (!foreign || text == english[name]) {
				t.Errorf("%s: %s is %q", tag, name, text)
			}
		}
	}
}
