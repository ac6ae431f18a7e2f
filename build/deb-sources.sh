#!/usr/bin/env bash
# Prints a source list of a Debian release, made from this system's own Debian entries
# (both styles of file), so that the same servers are asked with the same keys.
#
#   build/deb-sources.sh deb|deb-src CODENAME
set -euo pipefail

readonly kind=${1:?deb or deb-src} suite=${2:?a codename, e.g. trixie}
# shellcheck source=/dev/null
codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
readonly codename keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# entries prints address, suite and key ("-" when none is named) of each entry with main.
entries() {
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '
    function flush() { if (types ~ /deb/ && parts ~ /main/) { n = split(uris, u, " "); m = split(suites, s, " ")
      for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print u[i], s[j], (key ~ /^\//) ? key : "-" }
      types = uris = suites = parts = key = "" }
    /^#/ { next }
    /^[ \t]*$/ { flush(); next }
    { value = $0; sub(/^[^:]*:[ \t]*/, "", value) }
    /^Types:/ { types = value } /^URIs:/ { uris = value } /^Suites:/ { suites = value }
    /^Components:/ { parts = value } /^Signed-By:/ { key = value }
    END { flush() }' || true
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '
    $1 == "deb" && / main( |$)/ { key = "-"
      if (match($0, /signed-by=[^] ]+/)) key = substr($0, RSTART + 10, RLENGTH - 10)
      sub(/^deb[ \t]+(\[[^]]*\][ \t]*)?/, ""); print $1, $2, key }' || true
}

entries | while read -r uri name key; do
  [[ $name =~ ^($codename|stable|oldstable)(-updates|-security)?/?$ ]] || continue
  [[ $key == - ]] && key=$keyring
  printf '%s [signed-by=%s] %s %s%s main\n' "$kind" "$key" "$uri" "$suite" "${BASH_REMATCH[2]}"
done | sort -u
