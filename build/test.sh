#!/usr/bin/env bash
# Runs every test, one step after the other, and ends with a summary. A step that
# fails does not stop the next; any failure makes the whole fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly window_tags=desktop,production,webkit2_41
readonly timeout=15m
results=()
failed=0

# step NAME COMMAND... runs one step and keeps how it went.
step() {
  local name=$1 started=$SECONDS verdict=passed
  shift
  printf '\n=== %s\n' "$name"
  "$@" || { verdict=FAILED; failed=$((failed + 1)); }
  results+=("$(printf '%-7s %5d s  %s' "$verdict" "$((SECONDS - started))" "$name")")
}

summary() {
  printf '\n=== summary\n'
  printf '%s\n' "${results[@]}"
  if ((failed > 0)); then
    echo "$failed of ${#results[@]} steps failed"
    exit 1
  fi
  echo "all ${#results[@]} steps passed"
}

# window_packages prints the packages that have tests of their own in the window's build.
window_packages() {
  local format='{{.ImportPath}} {{.TestGoFiles}} {{.XTestGoFiles}}'
  comm -13 <(go list -f "$format" ./... | sort) <(go list -tags "$window_tags" -f "$format" ./... | sort) |
    cut -d' ' -f1
}

window_tests() {
  local packages
  [[ -x build/bin/camwall ]] || { echo "build/bin/camwall was not built"; return 1; }
  packages=$(window_packages)
  [[ -n $packages ]] || { echo "no tests of the window found"; return 1; }
  # shellcheck disable=SC2086  # one word a package
  go test -count=1 -timeout "$timeout" -tags "$window_tags" $packages
}

# The rest needs what these two bring, so they may end the run.
build/setup.sh build window run test
build/build.sh
eval "$(build/env.sh)"

step "go vet" go vet ./...
step "go vet, the window's build" go vet -tags "$window_tags" ./...
step "Go tests with the race detector" go test -race -count=1 -timeout "$timeout" ./...
step "the window under Xvfb" window_tests
step "page: types" build/page.sh run check
step "page: tests" build/page.sh run test
step "page: in real browsers" build/page.sh run test:browser
summary
