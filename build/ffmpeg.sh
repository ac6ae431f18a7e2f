#!/usr/bin/env bash
# The FFmpeg 7.1 that Camwall links: built once from Debian's source package
# into a cache outside the tree, or taken from the system where it packages 7.1.
#
#   build/ffmpeg.sh ensure    build it if it is not in the cache yet
#   build/ffmpeg.sh env       print the environment for `go build` (after ensure)
#   build/ffmpeg.sh key       print the name of the build in the cache
#   build/ffmpeg.sh version   print the version of FFmpeg
#
# The cache is ${CAMWALL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/camwall}.
# A build is keyed by version, hash of the source, recipe and compiler. Once it
# is there, `ensure` does nothing and needs no network.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$(realpath -m "${CAMWALL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/camwall}")
readonly here cache
unset MAKEFLAGS MFLAGS  # those of our own make are not for FFmpeg's

readonly series=7.1    # go-astiav v0.39 fits this one and no other
readonly suite=trixie  # the Debian release whose source package is taken
readonly jobs=2

# The recipe: a small LGPL build, linked statically. A change here makes a new key.
readonly switches=(
  --enable-static --disable-shared --enable-pic
  --disable-everything --disable-autodetect --disable-programs --disable-doc --disable-debug
  --enable-pthreads --enable-network --enable-runtime-cpudetect
  --enable-libdav1d --enable-libdrm --enable-vaapi --enable-v4l2-m2m
)
# (The filters buffer and buffersink are always in and have no switch.)
# shellcheck disable=SC2054  # the commas belong to configure
readonly components=(
  decoder=h264,hevc,mjpeg,mpeg4,vp8,vp9,av1,libdav1d,aac,aac_latm,pcm_alaw,pcm_mulaw,pcm_s16le,pcm_s16be,rawvideo,h264_v4l2m2m
  encoder=mjpeg,mpeg1video,h264_v4l2m2m,h264_vaapi,hevc_vaapi,mjpeg_vaapi,rawvideo
  hwaccel=h264_vaapi,hevc_vaapi,mjpeg_vaapi,vp8_vaapi,vp9_vaapi,av1_vaapi,mpeg4_vaapi
  parser=h264,hevc,mjpeg,mpeg4video,mpegvideo,vp8,vp9,av1,aac,aac_latm
  bsf=h264_mp4toannexb,hevc_mp4toannexb,extract_extradata,h264_metadata,hevc_metadata,aac_adtstoasc,av1_frame_split,av1_frame_merge,vp9_superframe,vp9_superframe_split,mjpeg2jpeg,filter_units,null
  muxer=mpegts,mp4,image2,mjpeg,mpjpeg,rawvideo,null,h264,hevc
  demuxer=mov,mpegts,rtsp,sdp,rtp,h264,hevc,mjpeg,mpjpeg,image2,matroska,m4v,aac
  protocol=file,pipe,tcp,udp,rtp,data,unix
  indev=v4l2,lavfi
  filter=scale,fps,format,null,setpts,crop,pad,transpose,hflip,vflip,rotate,select,hwdownload,hwupload,hwmap,scale_vaapi,testsrc2,color,nullsrc
)

say() { printf 'ffmpeg: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# packaged prints the version of the system's own FFmpeg 7.1 development files.
packaged() {
  local version
  version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' libavcodec-dev 2>/dev/null) || return 1
  version=${version#installed }
  version=${version#*:}
  [[ $version == "$series" || $version == "$series".* ]] || return 1
  printf '%s\n' "$version"
}

# recipe prints the hash over all that shapes a build besides the source.
recipe() {
  local compiler=${CC:-gcc}
  command -v "$compiler" >/dev/null || die "no C compiler: run build/packages.sh ensure build"
  {
    printf '%s\n' "${switches[@]}" "${components[@]}"
    "$compiler" -dumpfullversion
    "$compiler" -dumpmachine
  } | sha256sum | cut -c1-12
}

# built prints the newest finished build in the cache that fits the recipe.
built() {
  local hash found
  hash=$(recipe)
  found=$(find "$cache" -mindepth 1 -maxdepth 1 -type d -name "ffmpeg-$series.*-$hash" 2>/dev/null | sort -V | tail -n1)
  [[ -n $found && -f $found/record ]] || return 1
  basename "$found"
}

# fetch downloads the newest source of the series into $1, checked by apt's signatures,
# with lists and state of its own: the system's apt stays as it is.
fetch() {
  local dir=$1 version
  mkdir -p "$dir"/lists/partial "$dir"/archives/partial
  "$here/deb-sources.sh" deb-src "$suite" >"$dir/sources"
  [[ -s $dir/sources ]] || die "no Debian entry with 'main' in this system's apt sources"
  cat >"$dir/conf" <<CONF
Dir::State "$dir";
Dir::State::status "/dev/null";
Dir::Cache "$dir";
Dir::Etc::sourcelist "$dir/sources";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "$(id -un)";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
  say "asking apt for the source package of $suite"
  apt-get -q -c "$dir/conf" update >"$dir/log" 2>&1 || true
  version=$(apt-cache -c "$dir/conf" showsrc --only-source ffmpeg 2>>"$dir/log" |
    sed -n "s/^Version: //p" | grep -E "^([0-9]+:)?${series//./\\.}\.[0-9]" | sort -V | tail -n1) || true
  if [[ -z $version ]]; then
    cat "$dir/log" >&2
    die "apt offers no signed source of FFmpeg $series.x from $suite; only $series.x is accepted. Without network? Missing keys? (apt-get install --only-upgrade debian-archive-keyring)"
  fi
  say "downloading ffmpeg $version"
  (cd "$dir" && apt-get -qq -c conf --download-only source "ffmpeg=$version" >>log 2>&1) ||
    { cat "$dir/log" >&2; die "cannot download the source"; }
}

# progress reads make's output and shows how many of $1 objects are compiled.
progress() {
  local total=$1 count=0 last=0
  while read -r line; do
    case $line in
      CC\	* | X86ASM\	* | AS\	* | "CC "* | "X86ASM "* | "AS "*) count=$((count + 1)) ;;
      *warning:* | AR* | LD* | INSTALL* | GEN* | HOSTCC* | HOSTLD*) ;;
    esac
    if ((SECONDS - last >= 5)); then
      say "compiled $count of about $total"
      last=$SECONDS
    fi
  done
  say "compiled $count files"
}

# check_components fails unless each requested component is on: configure ignores
# names that it does not know and drops those whose needs are missing.
check_components() {
  local entry kind name missing=()
  for entry in "${components[@]}"; do
    kind=${entry%%=*}
    for name in $(tr ',' ' ' <<<"${entry#*=}"); do
      grep -qx "#define CONFIG_$(tr '[:lower:]' '[:upper:]' <<<"${name}_$kind") 1" "$1" || missing+=("$kind $name")
    done
  done
  ((${#missing[@]} == 0)) || die "configure left out: $(printf '%s, ' "${missing[@]}")is a development package missing?"
}

# compile configures and builds the source tree $1 for the prefix $2, and installs
# it below $3.
compile() {
  local src=$1 prefix=$2 dest=$3 log=$1/build.log entry args=()
  for entry in "${components[@]}"; do args+=("--enable-$entry"); done
  say "configuring"
  (cd "$src" && nice ./configure --prefix="$prefix" --cc="${CC:-gcc}" "${switches[@]}" "${args[@]}" >"$log" 2>&1) ||
    { tail -n 20 "$log" "$src/ffbuild/config.log" >&2; die "configure failed"; }
  check_components "$src/config_components.h"
  local total
  total=$(make -C "$src" -n 2>/dev/null | grep -cE ' -c |nasm .* -o .*\.o ') || true
  say "compiling with $jobs jobs (about two minutes on two cores)"
  (cd "$src" && nice make -j"$jobs" 2>&1 | tee -a "$log" | progress "$total") ||
    { tail -n 40 "$log" >&2; die "compiling failed"; }
  (cd "$src" && make install DESTDIR="$dest" >>"$log" 2>&1) || { tail -n 20 "$log" >&2; die "install failed"; }
}

# build makes the build for the newest source and moves it into place in one step.
build() {
  local work tarball version sha key started=$SECONDS
  # What a killed build left behind; the lock is ours.
  rm -rf "$cache"/ffmpeg-building.*
  work=$(mktemp -d "$cache/ffmpeg-building.XXXXXX")
  # shellcheck disable=SC2064  # the path is wanted as it is now
  trap "rm -rf '$work'" EXIT
  tarball=$(source_tarball "$work/apt")
  version=$(basename "$tarball" .orig.tar.xz)
  version=${version#ffmpeg_}
  [[ $version == "$series".* ]] || die "got FFmpeg $version; only $series.x is accepted"
  sha=$(sha256sum "$tarball" | cut -d' ' -f1)
  key="ffmpeg-$version-${sha:0:12}-$(recipe)"
  mkdir "$work/src" "$work/dest"
  say "unpacking FFmpeg $version"
  tar -xf "$tarball" -C "$work/src" --strip-components=1
  compile "$work/src" "$cache/$key" "$work/dest"
  printf 'version %s\nsource sha256 %s\ncompiler %s\nswitches %s\ncomponents %s\n' \
    "$version" "$sha" "$("${CC:-gcc}" -dumpfullversion) $("${CC:-gcc}" -dumpmachine)" "${switches[*]}" "${components[*]}" \
    >"$work/dest$cache/$key/record"
  rm -rf "${cache:?}/$key"
  mv "$work/dest$cache/$key" "$cache/$key"
  say "FFmpeg $version is ready after $((SECONDS - started)) s"
}

# source_tarball prints the path of a source tarball in the cache. A newer one is
# asked for whenever something has to be built; without network the newest kept
# one serves. $1 is a scratch folder.
source_tarball() {
  local kept found
  mkdir -p "$cache/source"
  if (fetch "$1"); then
    found=$(find "$1" -maxdepth 1 -name 'ffmpeg_*.orig.tar.xz' | head -n1)
    mv "$found" "$cache/source/"
    printf '%s\n' "$cache/source/$(basename "$found")"
    return
  fi
  kept=$(find "$cache/source" -name "ffmpeg_$series.*.orig.tar.xz" | sort -V | tail -n1)
  [[ -n $kept ]] || return 1
  say "building from the kept $(basename "$kept")"
  printf '%s\n' "$kept"
}

ensure() {
  if packaged >/dev/null; then return; fi
  if built >/dev/null; then return; fi
  "$here/packages.sh" ensure build
  if packaged >/dev/null; then return; fi
  mkdir -p "$cache"
  exec 9>"$cache/ffmpeg.lock"
  if ! flock -n 9; then
    say "another build is under way; waiting for it"
    flock 9
  fi
  built >/dev/null || build
}

key() {
  local version
  if version=$(packaged); then
    printf 'packaged-%s\n' "$version"
  else
    built || die "not built yet: run build/ffmpeg.sh ensure"
  fi
}

version() {
  local name
  name=$(key)
  name=${name#packaged-}
  name=${name#ffmpeg-}
  printf '%s\n' "${name%%-*}"
}

# env prints what Go needs. Its build cache does not notice another FFmpeg behind
# the same flags, so each FFmpeg has one of its own.
env_lines() {
  local name
  name=$(key)
  [[ $name == packaged-* ]] ||
    printf 'export PKG_CONFIG_PATH=%q\n' "$cache/$name/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
  printf 'export GOCACHE=%q\n' "$cache/go-build/$name"
}

case ${1:-} in
  ensure) ensure ;;
  env) env_lines ;;
  key) key ;;
  version) version ;;
  *) sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
