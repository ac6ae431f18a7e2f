#!/usr/bin/env bash
# Builds the page and the programs:
#   build/bin/camwall-server    without a window, no GTK in it
#   build/bin/camwall           with the window
# Where the window's libraries cannot be installed the server is still built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly window_tags=desktop,production,webkit2_41

compile() {
  local name=$1
  shift
  echo "build: build/bin/$name" >&2
  nice go build -trimpath -ldflags "-X main.version=$(build/version.sh version) -X main.commit=$(build/version.sh commit)" "$@" -o "build/bin/$name" ./app
}

build/setup.sh build
eval "$(build/env.sh)"
build/page.sh build
mkdir -p build/bin
compile camwall-server
if build/setup.sh window; then
  compile camwall -tags "$window_tags"
else
  rm -f build/bin/camwall
  echo "build: the window's libraries (GTK 3, WebKitGTK 4.1) are missing and could not be installed;" \
    "built the server only" >&2
fi
