#!/usr/bin/env bash
# Measures build/bin/camwall-server (see internal/bench) and, when all sections ran,
# writes docs/benchmarks.md. `make bench` calls it in the right environment.
#
#   build/bench.sh                everything, about twenty-three minutes
#   build/bench.sh cpu latency    some sections, printed only
#   build/bench.sh -brief         a short try, printed only
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

go build -o build/bin/camwall-bench ./internal/bench
exec build/bin/camwall-bench -report docs/benchmarks.md "$@"
