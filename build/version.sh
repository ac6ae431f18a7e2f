#!/usr/bin/env bash
# Tells what is built, from git where there is a repository, else from CHANGELOG.md.
#
#   build/version.sh version    the tag, or the newest version of the change log with -dev
#   build/version.sh commit     the commit, with -dirty when files are changed
#   build/version.sh debian     the same version as Debian orders versions
#   build/version.sh date       when the sources were changed last, in seconds since 1970
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version() {
  local found
  found=$(git describe --tags --match 'v[0-9]*' 2>/dev/null) ||
    found=$(sed -n 's/^## \[\{0,1\}v\{0,1\}\([0-9][0-9.]*\).*/\1-dev/p' CHANGELOG.md 2>/dev/null | head -n1) || true
  found=${found#v}
  printf '%s\n' "${found:-dev}"
}

changed() { [[ -n $(git status --porcelain 2>/dev/null) ]]; }

commit() {
  local found
  found=$(git rev-parse --short=12 HEAD 2>/dev/null) || { echo unknown; return; }
  ! changed || found+=-dirty
  printf '%s\n' "$found"
}

# moment prints when the commit was made, and now when files are changed.
moment() {
  local found
  if found=$(git log -1 --format=%ct 2>/dev/null) && [[ -n $found ]]; then
    changed && date +%s || printf '%s\n' "$found"
  else
    stat -c %Y CHANGELOG.md
  fi
}

# debian makes 0.1.0~dev.20260131120000 of 0.1.0-dev, which is older than 0.1.0, and
# 0.1.0+3.gabc of the third commit behind a tag, which is newer.
debian() {
  local found
  found=$(version)
  case $found in
    dev) printf '0~dev.%(%Y%m%d%H%M%S)T\n' "$(moment)" ;;
    *-dev) printf '%s~dev.%(%Y%m%d%H%M%S)T\n' "${found%-dev}" "$(moment)" ;;
    *) found=${found/-/+}; printf '%s\n' "${found//-/.}" ;;
  esac
}

export TZ=UTC
case ${1:-} in
  version) version ;;
  commit) commit ;;
  debian) debian ;;
  date) moment ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
