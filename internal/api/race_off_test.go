//go:build !race

package api

// raced tells that the race detector slows everything down.
const raced = false
