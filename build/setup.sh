#!/usr/bin/env bash
# Brings in what the other steps need, each thing once; with nothing missing it takes
# a second and needs no network.
#
#   build/setup.sh PURPOSE...
#
# Purposes: build (toolchain, FFmpeg, libraries, the page's tools), window, run, test,
# lint.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wanted() { [[ " $purposes " == *" $1 "* ]]; }

readonly purposes=$*
if wanted build; then build/toolchain.sh ensure; fi
build/packages.sh ensure "$@"
if wanted build; then
  build/ffmpeg.sh ensure
  build/env.sh go mod download
  build/page.sh setup
fi
if wanted lint; then
  build/env.sh go mod download -modfile=build/tools/go.mod
fi
