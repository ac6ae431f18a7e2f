package main

import (
	"fmt"
	"runtime"

	"camwall/internal/codec"
)

type versionCommand struct{}

// Run prints one line: version, commit, Go, FFmpeg.
func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprintf(s.out, "camwall %s (%s, %s, FFmpeg %s)\n", version, commit, runtime.Version(), codec.Version())
	return err
}
