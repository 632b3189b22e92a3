#!/bin/sh
# Brings a HAProxy of the 3.x series into .tools/haproxy-3, beside the system's and without touching it. Bookworm's backports
# have none.
set -eu
cd "$(dirname "$0")/.."
. scripts/apt.sh
. scripts/newer-debian.sh

target=$PWD/.tools/haproxy-3
[ ! -x "$target/haproxy" ] || exit 0
unpack_newer setup-haproxy-3 haproxy libc6 libcrypt1 libgcc-s1 libjemalloc2 liblua5.4-0 libopentracing-c-wrapper0t64 \
  libopentracing1 libpcre2-8-0 libssl3t64 libstdc++6 libzstd1 zlib1g
adopt_newer "$target" usr/sbin/haproxy
"$target/haproxy" -v >/dev/null
