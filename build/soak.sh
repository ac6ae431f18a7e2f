#!/usr/bin/env bash
# Watches nine tiles in Chromium for a long time, with people who come and go, broken
# connections and reloads, and compares what page and server hold in the last third of
# the time with the second (frontend/tests/soak). Fails when it grew. `make soak
# MINUTES=30` calls it after `make build`.
#
#   build/soak.sh [MINUTES]    30 without
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build/setup.sh test
eval "$(build/env.sh)"
cd frontend
exec node tests/run.js tests/soak/soak.ts "${1:-30}"
