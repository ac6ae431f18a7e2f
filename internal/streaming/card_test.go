package streaming

import (
	"testing"
	"time"

	"camwall/internal/camera"
)

// TestCardSentences: a message is one sentence, whether or not it came as one.
func TestCardSentences(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"":                                   "",
		"the camera refuses the connection":  "The camera refuses the connection.",
		"The camera refuses the connection.": "The camera refuses the connection.",
		"no answer!":                         "No answer!",
		"is it on?":                          "Is it on?",
		"門口 is away":                         "門口 is away.",
	} {
		if got := sentence(message); got != want {
			t.Errorf("%q became %q, want %q", message, got, want)
		}
	}
	now := time.Date(2026, 11, 21, 9, 15, 0, 0, time.UTC)
	card := words(camera.Status{State: camera.Retrying, Message: "The camera refuses the connection.", Since: now, NextTry: now.Add(2 * time.Second)}, now)
	if want := "The camera refuses the connection. Next try in 2 s."; card.Detail != want {
		t.Errorf("the card says %q, want %q", card.Detail, want)
	}
}
