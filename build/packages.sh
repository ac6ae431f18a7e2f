#!/usr/bin/env bash
# The Debian packages that Camwall needs, by purpose, and nothing else.
#
#   build/packages.sh ensure PURPOSE...    install what is missing
#   build/packages.sh list PURPOSE...      print the names
#
# Purposes: go and node (only to fetch newer ones, see build/toolchain.sh),
# build (the server), window (compiling the window), run (the window at run time),
# test, lint, trees (clean trees of Debian, see build/deb-tree.sh), package (building and
# checking packages). When nothing is missing, apt is not called and no network is needed.
set -euo pipefail

say() { printf 'packages: %s\n' "$*" >&2; }

names() {
  case $1 in
    go) echo golang-go ca-certificates ;;
    node) echo npm ca-certificates ;;
    build)
      echo gcc libc6-dev make pkg-config git ca-certificates libturbojpeg0-dev libjpeg62-turbo-dev
      ffmpeg_names
      ;;
    window) echo libgtk-3-dev libwebkit2gtk-4.1-dev ;;
    run)
      # WebKit only recommends the two plugin sets; H.264 in the window needs them.
      echo libwebkit2gtk-4.1-0 gstreamer1.0-plugins-bad gstreamer1.0-libav fonts-dejavu-core
      ;;
    test)
      # A real browser, a display with a window manager, and cameras written by others.
      echo chromium firefox-esr webkit2gtk-driver
      echo xvfb xauth x11-utils x11-apps openbox fonts-dejavu-core
      echo ffmpeg gstreamer1.0-tools gstreamer1.0-rtsp gstreamer1.0-libav
      echo gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
      echo libgstrtspserver-1.0-0 gir1.2-gst-rtsp-server-1.0 python3-gi
      echo iproute2 procps minidlna glib-networking
      # Displays of terminals: sway with outputs that can be switched, and X's tools.
      echo sway grim gir1.2-gtk-3.0 wmctrl x11-xserver-utils x11-xkb-utils dbus-daemon
      # Only wlroots before 0.16 needs help to switch an output.
      [[ $(codename) == trixie ]] || echo libwlroots-dev
      ;;
    lint) echo shellcheck ;;
    trees) echo debootstrap debian-archive-keyring util-linux mount iproute2 ;;
    package) echo build-essential debhelper dpkg-dev fakeroot lintian ;;
    *) say "unknown purpose $1"; exit 2 ;;
  esac
}

codename() {
  # shellcheck source=/dev/null
  (. /etc/os-release && echo "${VERSION_CODENAME:-}")
}

# ffmpeg_names prints the libraries where Debian packages FFmpeg 7.1, else what
# build/ffmpeg.sh needs to build it.
ffmpeg_names() {
  if [[ $(codename) == trixie ]]; then
    echo libavcodec-dev libavdevice-dev libavfilter-dev libavformat-dev
    echo libavutil-dev libswresample-dev libswscale-dev
  else
    echo xz-utils nasm libdav1d-dev libva-dev libdrm-dev
  fi
}

installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# as_root runs a command with the rights to install packages.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "installing needs root or sudo. As root: apt-get install --no-install-recommends ${missing[*]}"
    exit 1
  fi
}

ensure() {
  local purpose name wanted
  missing=()
  for purpose in "$@"; do
    wanted=$(names "$purpose")
    for name in $wanted; do
      installed "$name" || missing+=("$name")
    done
  done
  ((${#missing[@]} > 0)) || return 0
  command -v apt-get >/dev/null || { say "this is not a Debian system; install by hand: ${missing[*]}"; exit 1; }
  say "installing ${missing[*]}"
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update >&2 ||
    say "the lists of apt could not be renewed; trying with those that are there"
  quiet_services
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    install --no-install-recommends "${missing[@]}" >&2
}

# quiet_services keeps services of packages (minidlna, which tests run by themselves)
# from being started as they are installed.
quiet_services() {
  local policy=/usr/sbin/policy-rc.d
  [[ ! -e $policy ]] || return 0
  trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"
}

command=${1:-}
[[ $# -gt 0 ]] && shift
case $command in
  ensure) ensure "$@" ;;
  list) for purpose in "$@"; do names "$purpose"; done | tr ' ' '\n' | sort -u ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
