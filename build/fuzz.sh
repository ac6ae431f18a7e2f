#!/usr/bin/env bash
# Runs every fuzz target for $FUZZTIME (30s), one after the other. Arguments narrow it
# down to packages, e.g. build/fuzz.sh ./internal/codec
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# fuzz TARGET PACKAGE runs one. Go now and then reports as a failure that the time
# ran out in the middle of an input; a finding always names its failing input.
fuzz() {
  nice go test -run '^$' -fuzz "^$1\$" -fuzztime "${FUZZTIME:-30s}" "$2" 2>&1 | tee "$log" && return
  grep -q '^ *context deadline exceeded$' "$log" && ! grep -qi 'failing input' "$log"
}

build/setup.sh build
eval "$(build/env.sh)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
count=0
while IFS=: read -r file target; do
  echo "=== $target in $(dirname "$file")"
  fuzz "$target" "./$(dirname "$file")"
  count=$((count + 1))
done < <(grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' "${@:-internal}" |
  sed 's/func //; s/^\.\///' | sort)
((count > 0)) || { echo "no fuzz target found"; exit 1; }
echo "$count fuzz targets ran"
