#!/usr/bin/env bash
# Go and Node: the system's own where they are new enough, else pinned ones in the cache.
#
#   build/toolchain.sh ensure    check both, fetch what is too old or missing
#   build/toolchain.sh env       print the environment that uses them
#
# Go comes from Go's module proxy (the toolchain module, checked by Go's checksum
# database), Node and npm from npm's registry. Debian's own golang-go and npm are
# only used to fetch them. Debian's packages of them stay as they are.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$(realpath -m "${CAMWALL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/camwall}")
readonly here cache

readonly go_minor=26           # Go 1.26 or newer
readonly go_pin=1.26.8
readonly node_pin=22.23.3      # Node 20.19 or newer, as the page's tools ask for
readonly npm_min=10 npm_pin=10.9.9

say() { printf 'toolchain: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# arch prints the machine's name as Go ($1) and as Node ($2) call it.
arch() {
  case $(uname -m) in
    x86_64) echo amd64 x64 ;;
    aarch64) echo arm64 arm64 ;;
    *) die "no Go and Node for $(uname -m); put Go 1.$go_minor and Node 20.19 in PATH yourself" ;;
  esac
}

go_is_new() {
  local found
  found=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [[ $found =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= go_minor))
}

# node_is_new holds for 20.19 and later of 20, for 22.12 and everything later.
node_is_new() {
  local found
  found=$(node --version 2>/dev/null) || return 1
  [[ $found =~ ^v([0-9]+)\.([0-9]+) ]] || return 1
  local major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]}
  ((major > 22 || (major == 22 && minor >= 12) || (major == 20 && minor >= 19))) || return 1
  found=$(npm --version 2>/dev/null) || return 1
  ((${found%%.*} >= npm_min))
}

# scratch makes a folder in the cache that goes away however this process ends.
# (Go's module cache is read-only, hence the chmod.)
scratch() {
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/toolchain.XXXXXX")
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
}

# fetch_go downloads Go's toolchain module with whatever Go there is. The module
# system keeps no execute bits and renames go.mod files, which is undone here.
fetch_go() {
  local names module tree
  command -v go >/dev/null || "$here/packages.sh" ensure go
  names=$(arch)
  module=golang.org/toolchain@v0.0.1-go$go_pin.linux-${names% *}
  say "fetching Go $go_pin"
  scratch
  (cd "$work" && GOTOOLCHAIN=local GO111MODULE=on GOFLAGS='' GOMODCACHE=$work/mod go mod download "$module") ||
    die "cannot fetch Go $go_pin"
  tree=$work/mod/$module
  chmod -R u+w "$tree"
  chmod +x "$tree"/bin/* "$tree"/pkg/tool/*/*
  cp "$tree/src/_go.mod" "$tree/src/go.mod"
  mv -T "$tree" "$cache/go-$go_pin"
}

# fetch_node installs Node and npm from npm's registry with whatever npm there is.
fetch_node() {
  local names package tree tool
  command -v npm >/dev/null || "$here/packages.sh" ensure node
  names=$(arch)
  package=node-linux-${names#* }
  say "fetching Node $node_pin and npm $npm_pin"
  scratch
  tree=$work/tree
  mkdir -p "$tree/bin"
  (cd "$tree" && npm install --prefix "$tree" --ignore-scripts --no-save --no-audit --no-fund --loglevel=error \
    "$package@$node_pin" "npm@$npm_pin" >&2) || die "cannot fetch Node $node_pin"
  ln -s "../node_modules/$package/bin/node" "$tree/bin/node"
  for tool in npm npx; do ln -s "../node_modules/npm/bin/$tool-cli.js" "$tree/bin/$tool"; done
  mv -T "$tree" "$cache/node-$node_pin"
}

ensure() {
  go_is_new go || go_is_new "$cache/go-$go_pin/bin/go" || (fetch_go)
  node_is_new || [[ -x $cache/node-$node_pin/bin/node ]] || (fetch_node)
}

env_lines() {
  local dirs=''
  go_is_new go || dirs=$cache/go-$go_pin/bin:
  node_is_new || dirs+=$cache/node-$node_pin/bin:
  # shellcheck disable=SC2016  # PATH is expanded by the reader
  [[ -z $dirs ]] || printf 'export PATH=%q"$PATH"\n' "$dirs"
  printf 'export GOTOOLCHAIN=local\n'
}

case ${1:-} in
  ensure) ensure ;;
  env) env_lines ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
