#!/usr/bin/env bash
# Starts what build/build.sh left: the window where there is a display, else the
# server. Simulated cameras are shown unless a camera is configured. Arguments are
# handed on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -z ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
  exec build/bin/camwall-server serve --demo-unless-configured "$@"
fi
if [[ ! -x build/bin/camwall ]] || ! build/setup.sh run; then
  echo "run: there is a display, but no window could be built; serving instead" >&2
  exec build/bin/camwall-server serve --demo-unless-configured "$@"
fi
exec build/bin/camwall desktop --demo-unless-configured "$@"
