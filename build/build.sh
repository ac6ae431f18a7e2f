#!/usr/bin/env bash
# Builds the page and the programs:
#   build/bin/camwall-server    without a window, no GTK in it
#   build/bin/camwall           with the window
# Where the window's libraries cannot be installed the server is still built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly window_tags=desktop,production,webkit2_41

# version prints the tag, or the newest version in the change log, or "dev".
version() {
  local found
  found=$(git describe --tags --match 'v[0-9]*' 2>/dev/null) ||
    found=$(sed -n 's/^## \[\{0,1\}v\{0,1\}\([0-9][0-9.]*\).*/\1-dev/p' CHANGELOG.md 2>/dev/null | head -n1) || true
  found=${found#v}
  printf '%s\n' "${found:-dev}"
}

commit() {
  local found
  found=$(git rev-parse --short=12 HEAD 2>/dev/null) || { echo unknown; return; }
  [[ -z $(git status --porcelain 2>/dev/null) ]] || found+=-dirty
  printf '%s\n' "$found"
}

compile() {
  local name=$1
  shift
  echo "build: build/bin/$name" >&2
  nice go build -trimpath -ldflags "-X main.version=$(version) -X main.commit=$(commit)" "$@" -o "build/bin/$name" ./app
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
