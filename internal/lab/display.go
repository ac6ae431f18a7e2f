package lab

import (
	_ "embed"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// outputs is a library in C that is loaded into sway.
//
//go:embed testdata/outputs.c
var outputs string

// OutputSwitch builds, in a folder, a library which makes that the headless outputs
// of sway can be switched off (LD_PRELOAD), which those of Debian 12 can't by
// themselves. It returns "" where they can.
func OutputSwitch(t testing.TB, folder string) (library string) {
	t.Helper()
	flags, err := exec.Command("pkg-config", "--cflags", "wlroots < 0.16").Output()
	if err != nil {
		return "" // a newer one
	}
	library = filepath.Join(folder, "outputs.so")
	args := append([]string{"-shared", "-fPIC", "-DWLR_USE_UNSTABLE"}, strings.Fields(string(flags))...)
	build := exec.Command("gcc", append(args, "-o", library, "-x", "c", "-", "-ldl")...)
	build.Stdin = strings.NewReader(outputs)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the switch for outputs: %v\n%s", err, out)
	}
	return library
}
