#!/usr/bin/env bash
# Runs every fuzz target for $FUZZTIME (30s), one after the other. Arguments narrow it
# down to packages, e.g. build/fuzz.sh ./internal/codec
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build/setup.sh build
eval "$(build/env.sh)"
count=0
while IFS=: read -r file target; do
  echo "=== $target in $(dirname "$file")"
  nice go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" "./$(dirname "$file")"
  count=$((count + 1))
done < <(grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' "${@:-internal}" |
  sed 's/func //; s/^\.\///' | sort)
((count > 0)) || { echo "no fuzz target found"; exit 1; }
echo "$count fuzz targets ran"
