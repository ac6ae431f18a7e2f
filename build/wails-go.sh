#!/usr/bin/env bash
# The compiler for people who use the Wails CLI, which knows no main package outside
# the project's root: go, in our environment, with ./app added to `go build`.
#   wails build -compiler build/wails-go.sh -tags webkit2_41 -skipbindings
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ ${1:-} != build ]] || set -- "$@" ./app
exec build/env.sh go "$@"
