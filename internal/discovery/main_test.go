package discovery

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or plays the part that a test gives this program in a
// network namespace.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	goleak.VerifyTestMain(m)
}
