#!/bin/sh
# Brings what running needs and no more: Node 24 with its headers, npm, libpcap's headers where they can be had,
# and the locked packages; with 'dev' as argument also the packages that tests and lint need. Idempotent: with
# nothing to do it compares one hash and returns.
set -eu
cd "$(dirname "$0")/.."

NODE_VERSION=24.21.0
NPM_VERSION=11.6.0
. scripts/apt.sh
die() { say "setup: $*"; exit 1; }

packages=${1:-run}
wanted=$(cat scripts/setup.sh package.json package-lock.json | cksum)
stamp=.tools/setup.stamp
# What 'dev' installed has all that running needs.
done_before() { [ -f "$stamp" ] && [ -d node_modules ] && [ "$(cat "$stamp")" = "$1 $wanted" ]; }
if done_before dev || { [ "$packages" = run ] && done_before run; }; then exit 0; fi
mkdir -p .tools

system_node_is_24() { [ "$(node --version 2>/dev/null | cut -d. -f1)" = v24 ]; }

# --- Node 24 ---
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) arch= ;;
esac
if system_node_is_24; then
  node_home=$(dirname "$(dirname "$(command -v node)")")
else
  [ -n "$arch" ] || die "no Node 24 package for $(uname -m): install Node 24 and run again"
  command -v npm >/dev/null 2>&1 || { can_apt && apt nodejs npm; } ||
    die "no Node 24 and no npm found: install Node 24 (with npm), or as root run 'apt-get install nodejs npm', then run again"
  node_home=$PWD/.tools/node_modules/node-linux-$arch
  if [ "$("$node_home/bin/node" --version 2>/dev/null)" != "v$NODE_VERSION" ]; then
    say "setup: fetching Node $NODE_VERSION"
    npm install --prefix .tools --no-save --loglevel=error "node-linux-$arch@$NODE_VERSION" "npm@$NPM_VERSION" >&2
  fi
fi
PATH=$PWD/.tools/bin:$node_home/bin:$PATH
export PATH
if [ -f .tools/node_modules/npm/bin/npm-cli.js ]; then
  mkdir -p .tools/bin
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/.tools/node_modules/npm/bin/npm-cli.js" "$@"\n' "$node_home" "$PWD" >.tools/bin/npm
  chmod +x .tools/bin/npm
fi

# --- what the capture addon compiles against, and the driver for where it can't be built ---
want /usr/include/pcap/pcap.h libpcap-dev
want g++ g++
want make make
want python3 python3
want tcpdump tcpdump
if [ -n "$missing_commands" ]; then
  # shellcheck disable=SC2086
  can_apt && apt $missing_packages ||
    say "setup: live capture needs$missing_commands, which only root can install here: install$missing_packages (tcpdump alone is enough, the rest builds a faster driver)"
fi

# --- the locked packages ---
say "setup: installing packages"
if [ "$packages" = dev ]; then omit=; else omit=--omit=dev; fi
npm_config_nodedir=$node_home npm ci $omit --loglevel=error >&2
printf '%s %s' "$packages" "$wanted" >"$stamp"
