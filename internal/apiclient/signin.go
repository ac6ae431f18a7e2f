package apiclient

import (
	"encoding/json"

	"camwall/internal/secret"
)

// Secret is a password on its way to the server: it is told there, and prints as
// stars everywhere else. Empty is none.
type Secret struct{ secret.Text }

// MarshalJSON writes the password itself.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.Reveal()) }

// SignIn is how to sign in at a device; zero values are not sent.
type SignIn struct {
	User     string `json:"user,omitempty"`
	Password Secret `json:"password,omitzero"`
}
