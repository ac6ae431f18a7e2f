#!/usr/bin/env bash
# The environment in which Camwall is compiled and tested (after `make setup` or
# `make build`): Go, Node, FFmpeg and the build cache that belongs to it.
#
#   build/env.sh COMMAND...    run a command in it, e.g. build/env.sh go test ./...
#   eval "$(build/env.sh)"     take it over into a shell
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lines=$("$here/toolchain.sh" env && "$here/ffmpeg.sh" env)

if (($# == 0)); then
  printf '%s\n' "$lines"
else
  eval "$lines"
  exec "$@"
fi
