#!/usr/bin/env bash
# The steps of the Dockerfile. build/deb-test.sh runs the same in clean trees.
#
#   build/docker.sh build OUT    build the server from the sources here into the folder OUT
#   build/docker.sh run          install what it needs in the image that it runs in
set -euo pipefail

# needs prints the Debian packages of the libraries that a program is linked with.
needs() {
  local library
  ldd "$1" | awk '$3 ~ /^\// { print $3 }' | while read -r library; do
    dpkg-query -S "*/$(basename "$library")" | sed -n '1s/:.*//p'
  done | sort -u
}

build() {
  local out=$1
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  apt-get -q update
  build/setup.sh build
  build/page.sh build
  install -d "$out/usr/bin" "$out/usr/share/camwall-server"
  build/deb-compile.sh "$out/usr/bin" server
  needs "$out/usr/bin/camwall-server" >"$out/usr/share/camwall-server/needs"
  install -m 755 build/docker.sh "$out/usr/share/camwall-server/docker.sh"
}

run() {
  local packages
  mapfile -t packages </usr/share/camwall-server/needs
  apt-get -q update
  DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${packages[@]}"
  rm -rf /var/lib/apt/lists/*
  groupadd --system --gid 990 camwall
  useradd --system --uid 990 --gid camwall --home-dir /var/lib/camwall --shell /usr/sbin/nologin camwall
  install -d -o camwall -g camwall -m 750 /var/lib/camwall
  install -d -o root -g camwall -m 750 /etc/camwall
  camwall-server version
}

case ${1:-} in
  build) build "${2:?a folder}" ;;
  run) run ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
