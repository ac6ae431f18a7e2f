#!/usr/bin/env bash
# The page in frontend/: its tools from npm and its build into frontend/dist.
#
#   build/page.sh setup         npm ci, when the lock file changed since the last time
#   build/page.sh build         npm run build, when a source changed since the last time
#   build/page.sh run SCRIPT    one of the scripts in package.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../frontend"

# Stamps live with the tools, so that they go when the tools go.
readonly lock_stamp=node_modules/.camwall-lock page_stamp=node_modules/.camwall-page

lock_hash() { { cat package.json package-lock.json; node --version; } | sha256sum; }

page_hash() {
  find . \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f -print0 |
    sort -z | xargs -0 sha256sum | sha256sum
}

setup() {
  [[ $(lock_hash) != "$(cat $lock_stamp 2>/dev/null)" ]] || return 0
  echo "page: installing its tools" >&2
  npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2
  lock_hash >$lock_stamp
}

build() {
  [[ ! -f dist/index.html || $(page_hash) != "$(cat $page_stamp 2>/dev/null)" ]] || return 0
  echo "page: building" >&2
  rm -f $page_stamp
  npm run --silent build >&2
  touch dist/.gitkeep
  page_hash >$page_stamp
}

eval "$(../build/toolchain.sh env)"
case ${1:-} in
  setup) setup ;;
  build) build ;;
  run) npm run --silent "$2" ;;
  *) sed -n '2,6s/^# \{0,1\}//p' ../build/page.sh >&2; exit 2 ;;
esac
