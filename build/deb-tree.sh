#!/usr/bin/env bash
# Clean trees of a Debian release, for building and trying packages: what
# debootstrap makes, with this system's own sources of packages and proxies.
#
#   build/deb-tree.sh codename RELEASE            12 or 13 as a codename
#   build/deb-tree.sh cache RELEASE               print the folder that keeps its trees
#   build/deb-tree.sh new RELEASE DIR             a fresh clean tree at DIR
#   build/deb-tree.sh enter DIR [OPTION]... [--] COMMAND...
#                                                 run a command in a tree, as root
#
# Options of enter: --bind FROM:TO and --bind-ro FROM:TO mount a folder, --env NAME=VALUE
# sets a variable, --alone cuts the network off but for loopback, --read-only lets nothing
# be written but in folders of --bind, --dir DIR is where the command starts. Everything
# is mounted in a namespace of the command's own, where it and all that it started end
# together: no mount is left behind, whatever happens.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$(realpath -m "${CAMWALL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/camwall}")
readonly here cache

say() { printf 'deb-tree: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

need_root() {
  [[ $(id -u) == 0 ]] || die "a tree of another Debian can only be made by root; run it with sudo"
}

codename() {
  case $1 in
    12 | bookworm) echo bookworm ;;
    13 | trixie) echo trixie ;;
    *) die "unknown release $1; there are 12 and 13" ;;
  esac
}

folder() { printf '%s/deb/%s\n' "$cache" "$(codename "$1")"; }

# settings prints what this system's apt knows of proxies and of clocks that are off.
settings() {
  apt-config dump 2>/dev/null |
    grep -E '^Acquire::((http|https|ftp)(::[^ ]*)?|Check-Date|Check-Valid-Until) "[^"]+";' || true
}

# bootstrap makes the clean tree that the others are copies of.
bootstrap() {
  local name=$1 target=$2 work line address=''
  while read -r line; do
    [[ $line =~ \]\ ([^ ]+)\ $name\ main ]] || continue
    address=${BASH_REMATCH[1]}
    break
  done < <("$here/deb-sources.sh" deb "$name")
  [[ -n $address ]] || die "no Debian entry with 'main' in this system's apt sources"
  "$here/packages.sh" ensure trees
  # What a killed one left behind; the lock is ours.
  rm -rf "$(dirname "$target")"/bootstrap.*
  work=$(mktemp -d "$(dirname "$target")/bootstrap.XXXXXX")
  chmod 755 "$work"
  say "making a clean tree of $name"
  debootstrap --variant=minbase "$name" "$work" "$address" >"$work.log" 2>&1 ||
    { tail -n 20 "$work.log" >&2; rm -rf "$work"; die "debootstrap failed: can packages of $name be had here?"; }
  rm -f "$work"/etc/apt/sources.list "$work"/etc/apt/sources.list.d/*
  "$here/deb-sources.sh" deb "$name" >"$work/etc/apt/sources.list"
  settings >"$work/etc/apt/apt.conf.d/00host"
  printf 'Acquire::Languages "none";\n' >"$work/etc/apt/apt.conf.d/01tree"
  # No service is started in a tree.
  printf '#!/bin/sh\nexit 101\n' >"$work/usr/sbin/policy-rc.d"
  chmod 755 "$work/usr/sbin/policy-rc.d"
  enter "$work" --bind "$(dirname "$target")/archives:/var/cache/apt/archives" -- \
    sh -c 'apt-get -q update && apt-get -q -y dist-upgrade' >>"$work.log" 2>&1 ||
    { tail -n 20 "$work.log" >&2; rm -rf "$work"; die "apt does not work in the tree of $name"; }
  rm -f "$work.log" "$work/var/cache/apt/archives"/*.deb
  mv -T "$work" "$target"
}

# new copies the clean tree, which is made once a week.
new() {
  local release=$1 dir=$2 home
  need_root
  home=$(folder "$release")
  mkdir -p "$home/archives/partial"
  exec 8>"$home/tree.lock"
  flock 8
  if [[ -n $(find "$home/clean" -maxdepth 0 -mtime +7 2>/dev/null) ]]; then rm -rf "$home/clean"; fi
  [[ -d $home/clean ]] || bootstrap "$(codename "$release")" "$home/clean"
  flock -u 8
  [[ ! -e $dir ]] || die "$dir is there already"
  cp -a --reflink=auto "$home/clean" "$dir"
}

# enter starts a namespace and goes on inside it, as within.
enter() {
  local space=(--mount --pid --fork --kill-child --propagation private) option
  need_root
  for option in "$@"; do
    [[ $option != -- ]] || break
    [[ $option != --alone ]] || space+=(--net)
  done
  unshare "${space[@]}" -- "$here/deb-tree.sh" within "$@"
}

# within is the first process of a namespace: it mounts and runs the command.
within() {
  local root=$1 dir=/ read_only='' mounts=() variables=() option entry from to
  shift
  while (($# > 0)); do
    option=$1
    case $option in
      --bind | --bind-ro) mounts+=("$option=$2"); shift ;;
      --env) variables+=("$2"); shift ;;
      --dir) dir=$2; shift ;;
      --alone) ip link set lo up ;;
      --read-only) read_only=yes ;;
      --) shift; break ;;
      *) break ;;
    esac
    shift
  done
  [[ -z $read_only ]] || mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mkdir -p "$root/dev/shm" && mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mkdir -m 1777 "$root/run/lock"
  [[ ! -e $root/etc/resolv.conf ]] || mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
  for entry in "${mounts[@]}"; do
    option=${entry%%=*}
    from=${entry#*=}
    to=$root${from##*:}
    from=${from%:*}
    mkdir -p "$to"
    mount --bind "$from" "$to"
    [[ $option == --bind ]] || mount -o remount,bind,ro "$to"
  done
  # Own certificates of this system go with its proxies: ca-certificates takes them in.
  if [[ -d /usr/local/share/ca-certificates && -d $root/usr/local/share ]]; then
    mkdir -p "$root/usr/local/share/ca-certificates"
    mount --bind /usr/local/share/ca-certificates "$root/usr/local/share/ca-certificates"
    mount -o remount,bind,ro "$root/usr/local/share/ca-certificates"
  fi
  [[ -z ${NODE_EXTRA_CA_CERTS:-} ]] || variables+=(NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt)
  for entry in http_proxy https_proxy no_proxy; do
    [[ -z ${!entry:-} ]] || variables+=("$entry=${!entry}")
  done
  [[ -z $read_only ]] || mount -o remount,bind,ro "$root"
  # shellcheck disable=SC2016  # expanded in the tree
  # Not exec: the first process of a namespace ignores signals and has to wait for orphans.
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    TERM="${TERM:-dumb}" DEBIAN_FRONTEND=noninteractive "${variables[@]}" \
    chroot "$root" sh -c 'cd "$0" && exec "$@"' "$dir" "$@"
  exit
}

command=${1:-}
[[ $# -gt 0 ]] && shift
case $command in
  codename) codename "$1" ;;
  cache) folder "$1" ;;
  new) new "$@" ;;
  enter) enter "$@" ;;
  within) within "$@" ;;
  *) sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
