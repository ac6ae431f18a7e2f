package arch_test

import (
	"testing"

	"camwall/internal/arch"
)

// TestTree holds this tree to its shape.
func TestTree(t *testing.T) {
	findings, err := arch.Check("../..", arch.Camwall())
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}
