#!/usr/bin/env bash
# Builds the Debian packages camwall, camwall-server and camwall-kiosk into build/deb/,
# for each release in a tree of that release.
#
#   build/deb.sh [--version VERSION] [12|13]...
#
# Without a release: 12, and 13 where its packages can be had. Needs root. The trees, with
# the packages that apt downloaded, are kept in the cache (see build/deb-tree.sh), so that
# the next run takes a minute or two.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache=$(realpath -m "${CAMWALL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/camwall}")
readonly cache out=$PWD/build/deb

say() { printf 'deb: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# tree makes the tree of release $1, brings it up to date once a day, and installs what is
# missing.
tree() {
  local home enter
  home=$(build/deb-tree.sh cache "$1")
  if [[ ! -d $home/build ]]; then
    rm -rf "$home/build.new"
    build/deb-tree.sh new "$1" "$home/build.new"
    mv -T "$home/build.new" "$home/build"
  fi
  enter=(build/deb-tree.sh enter "$home/build" --bind "$home/archives:/var/cache/apt/archives" --bind-ro "$PWD/build:/mnt" --)
  if [[ -z $(find "$home/fresh" -mtime -1 2>/dev/null) ]]; then
    "${enter[@]}" sh -c 'apt-get -q update && apt-get -q -y dist-upgrade' >&2
    touch "$home/fresh"
  fi
  "${enter[@]}" bash /mnt/packages.sh ensure build window package >&2
}

# stage copies the sources into the tree at $1 and completes debian/ for release $2.
stage() {
  local to=$1/build/camwall release=$2 debian date
  rm -rf "$1/build"
  mkdir -p "$to"
  tar -c --exclude=./.git --exclude=./build/bin --exclude=./build/deb --exclude=./frontend/node_modules . | tar -x -C "$to"
  mv "$to/build/debian" "$to/debian"
  debian=$(build/version.sh debian)
  date=$(build/version.sh date)
  [[ -z $version ]] || debian=$version
  build/version.sh version >"$to/debian/version"
  [[ -z $version ]] || printf '%s\n' "$version" >"$to/debian/version"
  build/version.sh commit >"$to/debian/commit"
  printf 'camwall (%s~deb%s) %s; urgency=medium\n\n  * See the file CHANGELOG.md.\n\n -- %s  %s\n' \
    "$debian" "$release" "$(build/deb-tree.sh codename "$release")" "$(sed -n 's/^Maintainer: //p' build/debian/control)" \
    "$(LC_ALL=C TZ=UTC date -R -d "@$date")" >"$to/debian/changelog"
}

# package builds and checks the packages of release $1.
package() {
  local release=$1 home enter
  home=$(build/deb-tree.sh cache "$release")
  mkdir -p "$home" "$cache"
  exec 9>"$home/build.lock"
  if ! flock -n 9; then
    say "another build of $release is under way; waiting for it"
    flock 9
  fi
  tree "$release"
  stage "$home/build" "$release"
  enter=(build/deb-tree.sh enter "$home/build" --dir /build/camwall --bind "$cache:$cache" --env "CAMWALL_CACHE=$cache"
    --bind-ro "$goroot:/usr/local/go" --bind "$modules:/go/mod" --env GOMODCACHE=/go/mod --env GOPROXY=off
    --env GOFLAGS=-mod=readonly --env PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  say "building for Debian $release"
  "${enter[@]}" -- build/ffmpeg.sh ensure
  "${enter[@]}" --alone -- dpkg-buildpackage -b -us -uc >"$home/build.log" 2>&1 ||
    { tail -n 40 "$home/build.log" >&2; say "all of it: $home/build.log"; exit 1; }
  say "checking them with lintian"
  "${enter[@]}" --alone --dir /build -- sh -c 'lintian --allow-root --fail-on error,warning --suppress-tags bad-distribution-in-changes-file *.changes' >&2 ||
    { say "lintian complains"; exit 1; }
  mkdir -p "$out"
  rm -f "$out"/camwall*"~deb${release}_"*
  cp "$home/build/build"/*.deb "$out/"
  rm -rf "$home/build/build"
}

version=''
releases=()
while (($# > 0)); do
  case $1 in
    --version) version=${2:?a version}; shift ;;
    12 | 13) releases+=("$1") ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
  shift
done
[[ $(id -u) == 0 ]] || die "packages are built in a tree of their release, which only root can enter: sudo make deb"

# The page is the same for every release, and Go is not Debian's: both come from here.
build/toolchain.sh ensure
build/packages.sh ensure build trees
build/ffmpeg.sh ensure
build/env.sh go mod download
build/page.sh setup
build/page.sh build
goroot=$(build/env.sh go env GOROOT)
modules=$(build/env.sh go env GOMODCACHE)
readonly version goroot modules

if ((${#releases[@]} > 0)); then
  for release in "${releases[@]}"; do (package "$release"); done
else
  (package 12)
  "$PWD/build/deb.sh" ${version:+--version "$version"} 13 || say "no packages for Debian 13 came out; those for 12 are there"
fi
ls -l "$out"/*.deb >&2
