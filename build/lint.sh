#!/usr/bin/env bash
# Checks the form of the code. `build/lint.sh fmt` puts the Go code into shape instead.
# The tools are pinned in build/tools/go.mod.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly window_tags=desktop,production,webkit2_41
failed=0

tool() { nice go tool -modfile=build/tools/go.mod "$@"; }

# check NAME COMMAND... runs one check; all are run, whatever the others say.
check() {
  local name=$1
  shift
  echo "=== $name"
  "$@" || { echo "$name: failed"; failed=$((failed + 1)); }
}

# formatted fails and names the files that gofumpt would change.
formatted() {
  local files
  files=$(tool gofumpt -l app frontend/*.go internal) || return 1
  [[ -z $files ]] || { printf '%s\n' "$files" "run: make fmt"; return 1; }
}

build/setup.sh build window lint
eval "$(build/env.sh)"
export GOLANGCI_LINT_CACHE=$GOCACHE/golangci-lint

if [[ ${1:-} == fmt ]]; then
  tool gofumpt -w app frontend/*.go internal
  exit
fi

check "go vet" go vet ./...
check "go vet, the window's build" go vet -tags "$window_tags" ./...
check "gofumpt" formatted
check "golangci-lint" tool golangci-lint run
check "golangci-lint, the window's build" tool golangci-lint run --build-tags "$window_tags" ./internal/desktop/... ./app/...
check "go.mod is tidy" go mod tidy -diff
check "shellcheck" shellcheck build/*.sh .ci/run
check "page" build/page.sh run lint
((failed == 0)) || { echo "$failed checks failed"; exit 1; }
