package secret

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestTextKeepsItsSecret(t *testing.T) {
	t.Parallel()
	const password = "hunter2"
	text := NewText(password)
	type exported struct{ Password Text }
	type hidden struct{ password Text }
	values := []any{text, &text, exported{text}, &exported{text}, hidden{text}, &hidden{text}, []Text{text}, map[string]Text{"a": text}, map[Text]string{text: "a"}}
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T", "%t"} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, password) || strings.Contains(got, fmt.Sprintf("%x", password)) {
				t.Errorf("%s of %T tells: %s", verb, value, got)
			}
		}
	}
	if got, err := json.Marshal(exported{text}); err != nil || string(got) != `{"Password":"***"}` {
		t.Errorf("JSON is %s, %v", got, err)
	}
	if text.Reveal() != password || text.IsZero() || fmt.Sprint(text) != Mask {
		t.Errorf("the secret is %q and prints as %v", text.Reveal(), text)
	}
}

func TestZeroText(t *testing.T) {
	t.Parallel()
	var zero Text
	if !zero.IsZero() || zero.Reveal() != "" || zero.String() != "" || zero != NewText("") {
		t.Errorf("the zero value is %q and prints as %q", zero.Reveal(), zero)
	}
	if got := fmt.Sprintf("%#v", zero); got != `""` {
		t.Errorf("it prints as %s", got)
	}
}

func TestTextEquality(t *testing.T) {
	t.Parallel()
	if NewText("a b") != NewText(strings.Join([]string{"a", "b"}, " ")) || NewText("a") == NewText("A") {
		t.Error("equal secrets differ, or others are equal")
	}
	var decoded struct{ Password Text }
	if err := json.Unmarshal([]byte(`{"Password":"p\"ä\\"}`), &decoded); err != nil || decoded.Password != NewText(`p"ä\`) {
		t.Errorf("decoded %q, %v", decoded.Password.Reveal(), err)
	}
	if err := decoded.Password.UnmarshalText(nil); err != nil || !decoded.Password.IsZero() {
		t.Errorf("decoded %q, %v", decoded.Password.Reveal(), err)
	}
}
