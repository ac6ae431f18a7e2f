#!/usr/bin/env bash
# Checks that Camwall compiles for arm64, by cross compilers in a tree of Debian 13, whose
# FFmpeg is 7.1: every package without cgo, the server, and the window. The server is
# started by an emulator, too. Needs root.
#
#   build/arm64.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache=$(realpath -m "${CAMWALL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/camwall}")
home=$(build/deb-tree.sh cache 13)
readonly cache home tree=$home/arm64 window_tags=desktop,production,webkit2_41
readonly compilers=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross pkg-config ca-certificates git file qemu-user-static)
readonly server_libraries=(pkgconf libavcodec-dev libavdevice-dev libavfilter-dev libavformat-dev libavutil-dev
  libswresample-dev libswscale-dev libturbojpeg0-dev libjpeg62-turbo-dev)
readonly window_libraries=(libgtk-3-dev libwebkit2gtk-4.1-dev)

say() { printf 'arm64: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# inside runs a command in the tree, in the environment of the cross compiler.
inside() {
  build/deb-tree.sh enter "$tree" --dir /src --bind-ro "$PWD:/src" --bind "$cache:$cache" \
    --bind "$home/archives:/var/cache/apt/archives" --bind-ro "$goroot:/usr/local/go" --bind "$modules:/go/mod" \
    --env GOMODCACHE=/go/mod --env GOPROXY=off --env GOFLAGS='-mod=readonly -buildvcs=false' --env GOTOOLCHAIN=local \
    --env "GOCACHE=$cache/go-build/arm64-trixie" --env GOOS=linux --env GOARCH=arm64 --env CGO_ENABLED=1 \
    --env CC=aarch64-linux-gnu-gcc --env PKG_CONFIG=aarch64-linux-gnu-pkg-config \
    --env PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin -- "$@"
}

libraries() { inside apt-get -q -y install --no-install-recommends "${@/%/:arm64}" >"$home/arm64.log" 2>&1; }

# pure builds every package of which nothing needs C, and prints how many.
pure() {
  # shellcheck disable=SC2016  # for the tree
  inside env CGO_ENABLED=0 sh -c 'count=0
    for package in $(go list ./internal/... ./frontend/...); do
      go list -deps "$package" 2>/dev/null | grep -qx -e camwall/internal/codec -e camwall/internal/desktop && continue
      go build -o /dev/null "$package" || exit 1
      count=$((count + 1))
    done
    echo "$count"'
}

# program builds and tries one of the two programs.
program() {
  local name=$1
  shift
  inside nice go build -trimpath "$@" -o "/srv/$name" ./app
  [[ $(inside file -b "/srv/$name") == *aarch64* ]] || die "$name is not for arm64"
  inside qemu-aarch64-static "/srv/$name" version
}

[[ $(id -u) == 0 ]] || die "a tree of another Debian can only be made by root: sudo build/arm64.sh"
build/toolchain.sh ensure
build/packages.sh ensure trees
build/env.sh go mod download
goroot=$(build/env.sh go env GOROOT)
modules=$(build/env.sh go env GOMODCACHE)
readonly goroot modules
build/page.sh setup
build/page.sh build
if [[ ! -d $tree ]]; then
  rm -rf "$tree.new"
  build/deb-tree.sh new 13 "$tree.new"
  mv -T "$tree.new" "$tree"
fi
mkdir -p "$tree/src" "$home/archives/partial"
inside sh -c 'dpkg --add-architecture arm64 && apt-get -q update' >"$home/arm64.log" 2>&1 ||
  { tail "$home/arm64.log" >&2; die "apt has no lists of arm64"; }
inside apt-get -q -y install --no-install-recommends "${compilers[@]}" >"$home/arm64.log" 2>&1 ||
  { tail "$home/arm64.log" >&2; die "no cross compiler can be had"; }
count=$(pure) # a failure within an argument would go unseen
say "$count packages compile without C"
libraries "${server_libraries[@]}" || { tail "$home/arm64.log" >&2; die "the server's libraries can't be had for arm64"; }
tried=$(program camwall-server)
say "the server: $tried"
libraries "${window_libraries[@]}" || { tail "$home/arm64.log" >&2; die "the window's libraries can't be had for arm64"; }
tried=$(program camwall -tags "$window_tags")
say "the window: $tried"
