#!/usr/bin/env bash
# Takes a picture of every state of a tile, in both languages, into docs/states
# (frontend/tests/screens.ts). By hand, after `make build`; then look at them.
#
#   build/screens.sh [STATE...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build/setup.sh test
eval "$(build/env.sh)"
cd frontend
exec node tests/run.js tests/screens.ts "$@"
