#!/usr/bin/env bash
# Tries the packages in clean trees: what is installed, the server as its unit runs it on
# a read-only root, an upgrade that keeps data, removal, and purging that leaves nothing.
#
#   build/deb-test.sh [--built] [RELEASE]    12 unless told otherwise
#   build/deb-test.sh --container            the steps of the Dockerfile, and the server there
#
# Builds the packages first, unless --built says that those in build/deb/ are meant.
# Needs root. What this system has fetched and built already is shared with the trees.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

built=''
part=packages
release=12
for argument in "$@"; do
  case $argument in
    --built) built=yes ;;
    --container) part=container ;;
    12 | 13) release=$argument ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
done
cache=$(realpath -m "${CAMWALL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/camwall}")
home=$(build/deb-tree.sh cache "$release")
readonly built part release cache home

say() { printf 'deb-test: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# check says what is tried, and shows what a failure printed.
check() {
  local started=$SECONDS what=$1
  shift
  "$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; die "failed: $what"; }
  say "$what: $((SECONDS - started)) s"
}

# inside runs a command in the tree; alone does so with no network but loopback, and on a
# read-only root when $read_only is set.
inside() {
  build/deb-tree.sh enter "$tree" --bind "$home/archives:/var/cache/apt/archives" --bind-ro "$PWD/build:/mnt" \
    --bind-ro "$PWD/build/deb:/srv/debs" --bind-ro "$work/next:/srv/next" -- "$@"
}

alone() {
  local options=(--alone --bind-ro "$PWD/build:/mnt")
  [[ -z $read_only ]] || options+=(--read-only --bind "$tree/var/lib/camwall:/var/lib/camwall" --bind "$work/tmp:/tmp")
  build/deb-tree.sh enter "$tree" "${options[@]}" -- "$@"
}

# debs prints the paths of packages in the tree.
debs() {
  local folder=$1 package
  shift
  for package in "$@"; do
    (cd "$work/debs/$folder" && printf "/srv/$folder/%s\n" "${package}"_*"~deb${release}"*.deb)
  done
}

# next_version packs what was built once more, as a higher version.
next_version() {
  local deb scratch=$work/repack
  for deb in build/deb/camwall*"~deb${release}_"*.deb; do
    rm -rf "$scratch"
    dpkg-deb -R "$deb" "$scratch"
    sed -i -E "s/~deb$release/~deb$release+next/" "$scratch/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip -z1 -b "$scratch" "$work/next/$(basename "${deb/~deb$release/~deb$release+next}")" >/dev/null
  done
}

# server installs, runs, upgrades, removes and purges the server where there is no GTK.
server() {
  local first next
  mapfile -t first < <(debs debs camwall-server)
  mapfile -t next < <(debs next camwall-server)
  check "apt's lists" inside apt-get -q update
  check "what the server needs" inside /mnt/deb-try.sh needs "${first[@]}"
  # shellcheck disable=SC2016  # for dpkg-query
  inside sh -c '! dpkg-query -W -f "${Status} ${Package}\n" "libgtk*" "libwebkit*" 2>/dev/null | grep " installed"' || die "the server needs GTK"
  inside /mnt/deb-try.sh listing /srv/before
  check "install the server" inside apt-get -q -y install "${first[@]}"
  check "its files and users" inside /mnt/deb-try.sh installed camwall-server
  inside sh -c '! ldd /usr/bin/camwall-server | grep -iE "gtk|webkit|not found"' || die "the server is linked with a window"
  check "waits between restarts" inside /mnt/deb-try.sh pause /usr/lib/camwall-server/pause
  read_only=yes
  mkdir -p "$tree/var/lib/camwall"
  check "the server as its unit runs it, on a read-only root" alone /mnt/deb-try.sh serve first
  read_only=''
  echo '# a change of ours' >>"$tree/etc/camwall/camwall.yaml"
  check "upgrade" inside apt-get -q -y install "${next[@]}"
  grep -q '^# a change of ours' "$tree/etc/camwall/camwall.yaml" || die "the upgrade lost a change of camwall.yaml"
  check "files and users of the new version" inside /mnt/deb-try.sh installed camwall-server
  check "backup and restore" inside /mnt/deb-try.sh backup
  check "the new version has the camera" alone /mnt/deb-try.sh serve again
  check "remove" inside apt-get -q -y remove camwall-server
  [[ ! -e $tree/usr/bin/camwall-server && -e $tree/etc/camwall/camwall.yaml && -d $tree/var/lib/camwall ]] ||
    die "removing took what was kept, or left the program"
  check "purge" inside apt-get -q -y purge camwall-server
  check "nothing is left" inside /mnt/deb-try.sh compare /srv/before
}

# session_programs prints the names of the programs that a terminal's session starts.
session_programs() {
  local names
  names=$(grep -hoE --include='x*.go' --include=session.go --exclude='*_test.go' -r '(\{|tool\(ctx, )"[A-Za-z]+",|"[a-z]+ --?[a-z]+ ' internal/session |
    sed -E 's/.*"([A-Za-z]+).*/\1/' | sort -u)
  [[ $(grep -cxE 'sway|Xorg|openbox|setxkbmap|wmctrl|xrandr|xset' <<<"$names") == 7 ]] || die "internal/session starts its programs in another way"
  printf '%s\n' "$names"
}

# screens installs a terminal that has no server beside a camwall.yaml of root alone.
screens() {
  local two file=$tree/etc/camwall/camwall.yaml
  mapfile -t two < <(debs debs camwall camwall-kiosk)
  inside /mnt/deb-try.sh listing /srv/before
  install -D -m 600 docs/camwall.example.yaml "$file"
  check "install a terminal without a server" inside apt-get -q -y install --no-install-recommends "${two[@]}"
  check "files, users and rights of a terminal" inside /mnt/deb-try.sh installed camwall camwall-kiosk
  cmp docs/camwall.example.yaml "$file" || die "a camwall.yaml that was there first was changed"
  [[ $(stat -c %a "$file") == 640 ]] || die "camwall.yaml is not for root and the group alone"
  check "purge the terminal" inside apt-get -q -y purge camwall camwall-kiosk
  check "nothing is left of the terminal" inside /mnt/deb-try.sh compare /srv/before
}

# terminal installs all three beside a camwall.yaml that was there first.
terminal() {
  local all next programs
  mapfile -t all < <(debs debs camwall camwall-server camwall-kiosk)
  mapfile -t next < <(debs next camwall camwall-server camwall-kiosk)
  check "what all packages need" inside /mnt/deb-try.sh needs "${all[@]}"
  mapfile -t programs < <(session_programs)
  check "programs of a session: ${programs[*]}" inside /mnt/deb-try.sh programs "${all[2]}" "${programs[@]}"
  screens
  inside /mnt/deb-try.sh listing /srv/before
  install -D -m 644 docs/camwall.example.yaml "$tree/etc/camwall/camwall.yaml"
  check "install all" inside apt-get -q -y install --no-install-recommends "${all[@]}"
  cmp docs/camwall.example.yaml "$tree/etc/camwall/camwall.yaml" || die "a camwall.yaml that was there first was changed"
  check "files, users and rights of all" inside /mnt/deb-try.sh installed camwall camwall-server camwall-kiosk
  check "units" inside /mnt/deb-try.sh units
  cat "$work/log" >&2
  check "the window says that there is no display" inside sh -c \
    'camwall 2>/tmp/words; test $? = 2 && grep -qi display /tmp/words && rm /tmp/words'
  check "upgrade while the kiosk runs" inside /mnt/deb-try.sh upgrade "${next[@]}"
  check "purge the server" inside apt-get -q -y purge camwall-server
  check "the screens keep what is theirs" inside /mnt/deb-try.sh installed camwall camwall-kiosk
  echo 2468 >"$tree/etc/camwall/pin"
  check "purge all while the kiosk runs" inside /mnt/deb-try.sh purge camwall camwall-kiosk
  check "nothing is left of all" inside /mnt/deb-try.sh compare /srv/before
}

# container runs the steps of the Dockerfile, each stage in a clean tree.
container() {
  local steps variables options
  mapfile -t steps < <(sed -n 's/^RUN //p' Dockerfile)
  mapfile -t variables < <(sed -n 's/^ENV //p' Dockerfile | tr ' ' '\n')
  ((${#steps[@]} == 2)) || die "the Dockerfile has ${#steps[@]} steps, this test knows two"
  tree=$work/stage1
  build/deb-tree.sh new 12 "$tree"
  mkdir -p "$tree/src"
  tar -c --exclude=./build/bin --exclude=./build/deb --exclude=./frontend/dist --exclude=./frontend/node_modules . | tar -x -C "$tree/src"
  options=(--dir /src --bind "$home/archives:/var/cache/apt/archives" --bind "$cache:$cache" --env "CAMWALL_CACHE=$cache"
    --bind "$(build/env.sh go env GOMODCACHE):/root/go/pkg/mod"
    --bind "$(build/env.sh npm config get cache):/root/.npm" --env npm_config_prefer_offline=true)
  # shellcheck disable=SC2086  # the words of the step
  check "the Dockerfile's first stage" build/deb-tree.sh enter "$tree" "${options[@]}" -- ${steps[0]}
  tree=$work/stage2
  build/deb-tree.sh new 12 "$tree"
  cp -a "$work/stage1/out/." "$tree/"
  # shellcheck disable=SC2086
  check "the Dockerfile's second stage" build/deb-tree.sh enter "$tree" --bind "$home/archives:/var/cache/apt/archives" -- ${steps[1]}
  check "the server of the container" build/deb-tree.sh enter "$tree" --alone --bind-ro "$PWD/build:/mnt" -- \
    /mnt/deb-try.sh image "${variables[@]}"
}

[[ $(id -u) == 0 ]] || die "trees of Debian can only be made by root: sudo build/deb-test.sh"
build/packages.sh ensure trees
if [[ $part == container ]]; then
  build/setup.sh build
else
  [[ -n $built ]] || build/deb.sh "$release"
  compgen -G "build/deb/camwall-server_*~deb${release}_*.deb" >/dev/null || die "no packages for Debian $release in build/deb/: make deb"
fi
mkdir -p "$home"
# apt's downloads are shared by all who work with trees of this release.
exec 9>"$home/build.lock"
flock 9
rm -rf "$home"/test.* # what a killed one left behind; the lock is ours
work=$(mktemp -d "$home/test.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
read_only=''
mkdir -p "$work/next" "$work/debs" "$work/tmp"
chmod 1777 "$work/tmp"
if [[ $part == container ]]; then
  container
else
  ln -s "$PWD/build/deb" "$work/debs/debs"
  ln -s "$work/next" "$work/debs/next"
  next_version
  build/deb-tree.sh new "$release" "$tree"
  server
  terminal
fi
say "all is well after $SECONDS s"
