# Read by setup-test.sh and setup-corpus.sh with '.', never run: one list of wanted commands and the packages that bring them.
# shellcheck shell=sh

say() { printf '%s\n' "$*" >&2; }

missing_commands=
missing_packages=
# want COMMAND PACKAGE...: notes the packages when the command (or the file, when it begins with '/') is absent.
want() {
  command=$1
  shift
  case $command in
    /*) [ ! -e "$command" ] || return 0 ;;
    *) ! PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null 2>&1 || return 0 ;;
  esac
  missing_commands="$missing_commands $command"
  missing_packages="$missing_packages $*"
}

# can_apt: whether this user may install Debian packages here.
can_apt() { command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; }

# apt PACKAGE...: installs Debian packages. Packages that bring a daemon are told not to start it (policy-rc.d answers 101 for
# the length of the call); a policy that is already there is respected.
apt() {
  mkdir -p .tools
  apt-get update -qq >.tools/apt.log 2>&1 || return 1
  policy=/usr/sbin/policy-rc.d
  made=no
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=yes
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM
  fi
  code=0
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@" \
    >>.tools/apt.log 2>&1 || code=$?
  if [ "$made" = yes ]; then
    rm -f "$policy"
    trap - EXIT INT TERM
  fi
  return "$code"
}

# install_missing NAME: brings what 'want' noted; when that can't be done, says what a person must install and returns 1.
install_missing() {
  # shellcheck disable=SC2086  # both are lists of words without blanks
  set -- "$1" $missing_packages
  name=$1
  shift
  if ! can_apt; then
    say "$name: missing$missing_commands: as root install these Debian packages (or your system's equivalents) and run again: $*"
    return 1
  fi
  say "$name: installing $*"
  apt "$@" && return 0
  say "$name: apt could not install $* (see .tools/apt.log)"
  return 1
}
