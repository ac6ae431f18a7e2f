#!/usr/bin/env bash
# Makes the clips of this folder with Debian's ffmpeg (5.1: x264, x265, vpx, aom).
# They are committed; run this only to change them. Every picture is testsrc2 at
# 25 fps with its number as the mark of package framemark; sizes and codings
# differ. H.264 and H.265 begin every access unit with a delimiter, so that they
# can be split.
set -euo pipefail
cd "$(dirname "$0")"

run() { ffmpeg -hide_banner -loglevel error -nostdin -y -bitexact -fflags +bitexact -flags:v +bitexact "$@"; }

# mark W H prints filters that draw the frame number: 16 columns of cells from
# column 12 of 40, the bits in row 1 of 22.5 and their inverse in row 2.
mark() {
  local w=$1 h=$2 bit x left right top middle bottom
  edge() { awk -v n="$1" -v side="$2" -v of="$3" 'BEGIN { printf "%d", n * side / of + 0.5 }'; }
  top=$(edge 1 "$h" 22.5) middle=$(edge 2 "$h" 22.5) bottom=$(edge 3 "$h" 22.5)
  left=$(edge 12 "$w" 40) right=$(edge 28 "$w" 40)
  printf 'drawbox=%d:%d:%d:%d:black:fill' "$left" "$top" $((right - left)) $((bottom - top))
  for bit in {0..15}; do
    x=$(edge $((12 + bit)) "$w" 40) right=$(edge $((13 + bit)) "$w" 40)
    printf ",drawbox=%d:%d:%d:%d:white:fill:enable='mod(floor(n/%d),2)'" "$x" "$top" $((right - x)) $((middle - top)) $((1 << (15 - bit)))
    printf ",drawbox=%d:%d:%d:%d:white:fill:enable='not(mod(floor(n/%d),2))'" "$x" "$middle" $((right - x)) $((bottom - middle)) $((1 << (15 - bit)))
  done
}

# scene W H FRAMES prints the arguments of an input of that many pictures.
scene() { printf -- '-f\nlavfi\n-i\ntestsrc2=s=320x180:r=25,trim=end_frame=%d,scale=%d:%d,%s\n' "$3" "$1" "$2" "$(mark "$1" "$2")"; }

# make FILE W H FRAMES ARGUMENTS...
make() {
  local file=$1 input
  mapfile -t input < <(scene "$2" "$3" "$4")
  shift 4
  run "${input[@]}" "$@" "$file"
}

x264=(-c:v libx264 -threads 1 -preset slow -crf 30 -g 25 -sc_threshold 0 -pix_fmt yuv420p)
make h264.h264 320 180 50 "${x264[@]}" -x264-params aud=1:bframes=0
make h264-b.h264 320 180 50 "${x264[@]}" -x264-params aud=1:bframes=3:b-pyramid=normal
# The parameter sets claim reordering, and there is none.
make h264-claim.h264 320 180 50 "${x264[@]}" -x264-params aud=1:bframes=2:b-bias=-100:b-adapt=1:b-pyramid=none
make h264-small.h264 192 108 10 "${x264[@]}" -x264-params aud=1:bframes=0
make h264-wide.h264 240 180 10 "${x264[@]}" -vf "$(mark 240 180),setsar=16/9/(4/3)" -x264-params aud=1:bframes=0
make h264-full.h264 320 180 10 "${x264[@]}" -vf "scale=out_range=full,format=yuvj420p" -pix_fmt yuvj420p -x264-params aud=1:bframes=0
make h264-422-10.h264 320 180 10 "${x264[@]}" -pix_fmt yuv422p10le -x264-params aud=1:bframes=0
make h265-grey.h265 320 180 10 -c:v libx265 -preset medium -crf 30 -pix_fmt gray -x265-params log-level=none:aud=1:bframes=0:pools=1:info=0:repeat-headers=1
make h264-444.h264 320 180 10 "${x264[@]}" -pix_fmt yuv444p -x264-params aud=1:bframes=0

x265=(-c:v libx265 -preset medium -crf 30 -g 25 -pix_fmt yuv420p)
make h265.h265 320 180 50 "${x265[@]}" -x265-params log-level=none:aud=1:bframes=0:pools=1:info=0:keyint=25:scenecut=0:repeat-headers=1
make h265-b.h265 320 180 50 "${x265[@]}" -x265-params log-level=none:aud=1:bframes=3:pools=1:info=0:keyint=25:scenecut=0:repeat-headers=1
# Cropped, with a shape of pixels, and all that may stand before it.
make h265-wide.h265 234 178 5 "${x265[@]}" -vf "setsar=4/3" -x265-params log-level=none:aud=1:bframes=2:pools=1:info=0:keyint=25:repeat-headers=1:scaling-list=default:hrd=1:vbv-bufsize=500:vbv-maxrate=500:temporal-layers=2

make mjpeg.mjpeg 320 180 15 -c:v mjpeg -q:v 8 -pix_fmt yuvj420p
make mjpeg-422-odd.mjpeg 319 179 3 -c:v mjpeg -q:v 8 -pix_fmt yuvj422p
make mpeg4.m4v 320 180 50 -c:v mpeg4 -q:v 8 -g 25 -f m4v -bf 0
make mpeg4-b.m4v 320 180 50 -c:v mpeg4 -q:v 8 -g 25 -f m4v -bf 2
make vp8.ivf 320 180 50 -c:v libvpx -b:v 200k -g 25 -threads 1
make vp8-odd.ivf 319 179 5 -c:v libvpx -b:v 200k -g 25 -threads 1
make vp9.ivf 320 180 50 -c:v libvpx-vp9 -b:v 150k -g 25 -threads 1 -row-mt 0
make av1.ivf 320 180 25 -c:v libaom-av1 -cpu-used 6 -b:v 150k -g 25 -threads 1

# Three bars of limited range: black 16, grey 126, white 235, with neutral chroma.
run -f lavfi -i "color=s=96x64:r=25,trim=end_frame=3,format=yuv420p,geq=lum='if(lt(X,32),16,if(lt(X,64),126,235))':cb=128:cr=128" \
  -c:v libx264 -threads 1 -qp 1 -x264-params aud=1:bframes=0 -pix_fmt yuv420p bars.h264

# What h264.h264 must look like: picture 20, limited range as coded.
run -f h264 -i h264.h264 -vf "select=eq(n\,20),extractplanes=y" -frames:v 1 -f rawvideo -pix_fmt gray reference-20.gray
