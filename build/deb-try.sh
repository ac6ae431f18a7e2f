#!/usr/bin/env bash
# The part of build/deb-test.sh that runs inside a clean tree, as root.
#
#   deb-try.sh listing FILE        write what is there: files, users, groups
#   deb-try.sh compare FILE        fail unless it is the same now
#   deb-try.sh needs DEB...        install what the packages depend on, without them
#   deb-try.sh programs DEB NAME...  install what a package recommends, and look for programs
#   deb-try.sh installed PACKAGE...  check files, users and rights
#   deb-try.sh serve first|again   run the server as its unit says; the camera that is
#                                  added the first time has to be there again
#   deb-try.sh backup              write a backup and restore it, as docs/operations.md says
#   deb-try.sh image               run the server as the Dockerfile says
#   deb-try.sh units               check the units
#   deb-try.sh upgrade DEB...      install newer packages while the kiosk runs
#   deb-try.sh purge PACKAGE...    purge packages while the kiosk runs
#   deb-try.sh pause               check the waits between restarts
set -euo pipefail

readonly unit=/lib/systemd/system/camwall-server.service
readonly me=${BASH_SOURCE[0]}

die() { printf 'deb-try: %s\n' "$*" >&2; exit 1; }

# there prints what a package could leave behind. Caches and logs of apt and dpkg are
# left out, but for names with ours in them; so are the copies that every change of users
# makes.
there() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /srv -o -path /mnt \
    -o -path /var/cache -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path '/etc/*shadow-' -o -path '*/__pycache__' \) -prune -o -print
  find /var /run -xdev -name '*camwall*' ! -path '/var/cache/apt/*'
  sed 's/^/user /' /etc/passwd
  sed 's/^/group /' /etc/group
}

listing() { there | LC_ALL=C sort >"$1"; }

compare() {
  there | LC_ALL=C sort | diff "$1" - >/tmp/left || { cat /tmp/left >&2; die "these were left behind, or taken along"; }
}

needs() {
  local packages
  packages=$(apt-get -s install --no-install-recommends "$@" | awk '$1 == "Inst" && $2 !~ /^camwall/ { print $2 }')
  # shellcheck disable=SC2086  # one word a package
  apt-get -q -y install --no-install-recommends $packages
}

programs() {
  local deb=$1 name packages
  shift
  packages=$(dpkg-deb -f "$deb" Recommends | tr ',' '\n' | awk '$1 !~ /^camwall/ { print $1 }')
  # shellcheck disable=SC2086  # one word a package
  apt-get -q -y install --no-install-recommends $packages
  for name in "$@"; do
    command -v "$name" || die "no package that $(basename "$deb") depends on or recommends brings $name"
  done
}

# is fails unless the first word, which comes from a command, is the second.
is() { [[ $1 == "$2" ]] || die "$3 is '$1', not '$2'"; }

installed() {
  local package
  for package in "$@"; do
    is "$(dpkg-query -W -f '${db:Status-Status}' "$package")" installed "$package"
    case $package in
      camwall)
        test -x /usr/bin/camwall
        test -s /usr/share/applications/camwall.desktop
        test -s /usr/share/icons/hicolor/scalable/apps/camwall.svg
        ;;
      camwall-server)
        is "$(stat -c '%a %U:%G' /etc/camwall)" '2750 root:camwall' /etc/camwall
        is "$(stat -c '%a %U:%G' /etc/camwall/camwall.yaml)" '640 root:camwall' /etc/camwall/camwall.yaml
        is "$(getent passwd camwall | cut -d: -f6,7)" /var/lib/camwall:/usr/sbin/nologin "the server's user"
        test -L /etc/systemd/system/multi-user.target.wants/camwall-server.service || die "the server is not enabled"
        ;;
      camwall-kiosk)
        is "$(stat -c '%a %U:%G' /etc/camwall)" '2750 root:camwall' /etc/camwall
        runuser -u camwall-kiosk -- test -r /etc/camwall/camwall.yaml || die "the kiosk can't read camwall.yaml"
        is "$(getent passwd camwall-kiosk | cut -d: -f6,7)" /var/lib/camwall-kiosk:/usr/sbin/nologin "the kiosk's user"
        is "$(id -nG camwall-kiosk | tr ' ' '\n' | sort | xargs)" 'camwall camwall-kiosk input render video' "its groups"
        test -L /etc/systemd/system/graphical.target.wants/camwall-kiosk.service || die "the kiosk is not enabled"
        test -s /etc/pam.d/camwall-kiosk
        ;;
    esac
  done
}

# get prints an answer of the server, headers first.
get() {
  local answer
  exec {answer}<>/dev/tcp/127.0.0.1/8000 || return 1
  printf 'GET %s HTTP/1.0\r\nHost: localhost:8000\r\n\r\n' "$1" >&"$answer"
  cat <&"$answer"
  exec {answer}>&-
}

# until_true runs a command until it succeeds, for at most a minute.
until_true() {
  local tries=300
  until "$@" >/dev/null 2>&1; do
    ((tries-- > 0)) || die "no success in a minute: $*"
    sleep 0.2
  done
}

# read -d would stop at a byte of the picture: the file is looked at.
picture() {
  get "/live/$1.jpg" >/tmp/picture
  head -n1 /tmp/picture | grep -q ' 200 ' && grep -qai '^content-type: image/jpeg' /tmp/picture &&
    (($(stat -c %s /tmp/picture) > 4000))
}

# hear takes what the server tells systemd, by perl, which every Debian has.
hear() {
  perl -MSocket -e '
    socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die; unlink $ARGV[0]; bind($s, sockaddr_un($ARGV[0])) or die; chmod 0666, $ARGV[0];
    open(my $out, ">", $ARGV[1]) or die; $out->autoflush(1);
    while (defined recv($s, my $m, 4096, 0)) { print $out "$m\n" }' -MIO::Handle "$1" "$2"
}

setting() { sed -n "s/^$1=//p" "$unit"; }

# as_unit starts the server with user, rights, variables and folders of its unit.
as_unit() {
  local variables
  mapfile -t variables < <(setting Environment)
  install -d -o camwall -g camwall -m "$(setting RuntimeDirectoryMode)" /run/camwall
  install -d -o camwall -g camwall -m "$(setting StateDirectoryMode)" /var/lib/camwall
  exec setpriv --reuid="$(setting User)" --regid="$(setting Group)" --init-groups --bounding-set=-all --inh-caps=-all \
    --no-new-privs env -i "${variables[@]}" PATH=/usr/bin:/bin RUNTIME_DIRECTORY=/run/camwall STATE_DIRECTORY=/var/lib/camwall \
    NOTIFY_SOCKET=/run/notify WATCHDOG_USEC=2000000 \
    sh -c "umask $(setting UMask) && $(setting ExecStartPre | sed 's/^-//') && exec $(setting ExecStart)"
}

# told fails unless the server has said a line to systemd.
told() { grep -qx "$1" /run/told; }

# after_run does what the unit says for after a run that ended as $1.
after_run() {
  # shellcheck disable=SC2046  # the words of the command
  setpriv --reuid="$(setting User)" --regid="$(setting Group)" --init-groups env "SERVICE_RESULT=$1" $(setting ExecStopPost | sed 's/^-//')
}

# stop ends a process and fails unless it ended well.
stop() {
  local status=0
  kill "$1"
  wait "$1" || status=$?
  is "$status" 0 "the exit code of the server"
}

serve() {
  local step=$1 server hearing demo
  hear /run/notify /run/told &
  hearing=$!
  camwall-server demo --listen 127.0.0.1:8554 >/run/demo.log 2>&1 &
  demo=$!
  "$me" as_unit >/run/server.log 2>&1 &
  server=$!
  trap 'tail -n 5 /run/server.log >&2' EXIT
  until_true told READY=1
  until_true told WATCHDOG=1
  is "$(stat -c '%a %U:%G' /run/camwall/camwall.sock)" '660 camwall:camwall' "the socket"
  if [[ $step == first ]]; then
    camwall-server cameras add rtsp://127.0.0.1:8554/cam5/main --id gate --name 'Main gate'
  fi
  camwall-server cameras list | grep -q gate || die "the camera is not there"
  until_true picture gate
  stop "$server"
  after_run exit-code
  [[ -e /run/camwall/starts ]] || die "a failure is not counted"
  after_run success
  [[ ! -e /run/camwall/starts ]] || die "a run that ended as it should is counted as a failure"
  kill "$demo" "$hearing"
  trap - EXIT
  [[ -n $(find /var/lib/camwall -name '*.db' -user camwall) ]] || die "nothing is kept in /var/lib/camwall"
}

backup() {
  local file=/var/backups/camwall/wall.camwall keeper=(runuser -u camwall -- camwall-server)
  export CAMWALL_PASSPHRASE='correct horse battery'
  install -d -o camwall -g camwall -m 700 /var/backups/camwall
  "${keeper[@]}" backup "$file" --data /var/lib/camwall
  rm -f /var/lib/camwall/camwall.db*
  "${keeper[@]}" restore "$file" --data /var/lib/camwall
  rm -r /var/backups/camwall
}

image() {
  local server
  setpriv --reuid=camwall --regid=camwall --clear-groups --no-new-privs env -i PATH=/usr/bin:/bin "$@" \
    camwall-server serve --demo >/run/server.log 2>&1 &
  server=$!
  trap 'tail -n 5 /run/server.log >&2' EXIT
  until_true get /api/health
  get /api/v1/cameras >/tmp/cameras
  until_true picture "$(grep -o '"id":"[^"]*"' /tmp/cameras | head -n1 | cut -d'"' -f4)"
  stop "$server"
  trap - EXIT
}

units() {
  local said
  said=$(systemd-analyze verify --man=no /lib/systemd/system/camwall-*.service 2>&1) || die "$said"
  ! grep -q camwall <<<"$said" || die "$said"
  # Another command with PAM would open a second session at the seat.
  said=$(grep -E '^Exec' /lib/systemd/system/camwall-kiosk.service | grep -vE '^ExecStart=|=[-@:]*[+]') || true
  is "$said" '' "what is run with PAM beside the session"
  systemd-analyze security --offline=true --threshold=20 camwall-server.service | tail -n 1
  systemd-analyze security --offline=true --threshold=80 camwall-kiosk.service | tail -n 1
}

# as_running runs apt as on a machine that systemd has started, with a systemd of ours that
# does nothing and notes what it is told.
as_running() {
  local fakes=/tmp/fakes name
  mkdir -p /run/systemd/system "$fakes"
  for name in systemctl loginctl deb-systemd-invoke; do
    printf '#!/bin/sh\necho "%s $*" >>/tmp/calls\n' "$name" >"$fakes/$name"
    chmod +x "$fakes/$name"
  done
  rm -f /tmp/calls
  apt-get -q -y -o "DPkg::Path=$fakes:$PATH" "$@"
  rm -r "$fakes" /run/systemd/system
}

# told_of_kiosk fails unless it is this alone that systemd was told of the kiosk.
told_of_kiosk() { is "$(grep camwall-kiosk /tmp/calls)" "$1" "what systemd was told of the kiosk"; }

# upgrade: a screen that is stopped before the new version is there might stay dark.
upgrade() {
  as_running install --no-install-recommends "$@"
  told_of_kiosk 'deb-systemd-invoke try-restart camwall-kiosk.service'
  grep -B 1 camwall-kiosk /tmp/calls | grep -q 'systemctl --system daemon-reload' || die "the kiosk is started anew with the unit that was"
}

# purge: a process of the kiosk's user does not end when it is asked to.
purge() {
  runuser -u camwall-kiosk -- sh -c 'trap "" TERM; : >/tmp/busy; while :; do sleep 1; done' &
  until_true test -e /tmp/busy
  as_running purge "$@"
  told_of_kiosk $'deb-systemd-invoke stop camwall-kiosk.service\nloginctl terminate-user camwall-kiosk'
  ! getent passwd camwall-kiosk || die "the kiosk's user is left"
}

# pause checks the waits of the script $1, with a sleep and a clock of ours: failure after
# failure, then starts by hand; at last counts that can't be read, or not be kept.
pause() {
  local folder=/tmp/pause result=exit-code line got wanted
  mkdir -p "$folder/bin"
  # shellcheck disable=SC2016  # for the script
  printf '#!/bin/sh\necho "$1"\n' >"$folder/bin/sleep"
  chmod +x "$folder"/bin/*
  got=$(
    for now in 100 101 103 106 111 120 137 168 1000 1299 9000 by-hand 9100 9101 9102; do
      [[ $now != by-hand ]] || { result=success; continue; }
      echo "$now.25 1.5" >"$folder/now"
      SERVICE_RESULT=$result "$1" forget "$folder/starts"
      UPTIME=$folder/now PATH=$folder/bin:$PATH "$1" wait "$folder/starts"
    done | xargs
    export UPTIME=$folder/now PATH=$folder/bin:$PATH
    for line in '' 'x y' 7 '7 x' '7 9000 1' '2 9100'; do
      echo "$line" >"$folder/starts"
      "$1" wait "$folder/starts"
    done | xargs
    "$1" wait "$folder/nowhere/starts"
  )
  wanted=$'0 1 2 4 8 16 30 30 0 1 0 0 0 0\n0 0 0 0 0 4\n30'
  is "$got" "$wanted" "the waits"
  rm -r "$folder"
}

"$@"
