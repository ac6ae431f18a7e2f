#!/usr/bin/env bash
# Compiles the programs for packages (called by build/debian/rules, in the tree of a
# release): position independent, without paths of this machine.
#
#   build/deb-compile.sh FOLDER [server]    camwall-server and, unless told otherwise, camwall
#
# What `camwall version` tells is read from the files version and commit in debian/, where
# build/deb.sh wrote them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly out=$1 wanted=${2:-all} window_tags=desktop,production,webkit2_41

# told prints one of the two.
told() { cat "debian/$1" 2>/dev/null || build/version.sh "$1"; }

compile() {
  local name=$1
  shift
  echo "compiling $name" >&2
  nice go build -trimpath -buildmode=pie \
    -ldflags "-s -w -linkmode=external -extldflags '-Wl,-z,relro,-z,now' -X main.version=$(told version) -X main.commit=$(told commit)" \
    "$@" -o "$out/$name" ./app
}

eval "$(build/env.sh)"
mkdir -p "$out"
compile camwall-server
[[ $wanted == server ]] || compile camwall -tags "$window_tags"
