#!/bin/sh
# Brings a HAProxy of the 3.x series into .tools/haproxy-3, beside the system's and without touching it: the package of a newer
# Debian and the libraries it wants are unpacked there, and the program is told to use those. Bookworm's backports have none.
set -eu
cd "$(dirname "$0")/.."
. scripts/apt.sh

target=$PWD/.tools/haproxy-3
suite=trixie
[ ! -x "$target/haproxy" ] || exit 0
can_apt || { say 'setup-haproxy-3: only root may ask apt'; exit 1; }
command -v patchelf >/dev/null 2>&1 || { say 'setup-haproxy-3: patchelf is missing'; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/root"
# The mirror is the one this system takes its own packages from.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
  grep -Eo 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ')
[ -n "$mirror" ] || { say 'setup-haproxy-3: no Debian mirror in the sources of apt'; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
options="-o Dir::Etc::sourcelist=$work/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$work/lists
  -o Dir::State::status=/dev/null -o Dir::Cache=$work/cache -o APT::Sandbox::User=root"
packages='haproxy libc6 libcrypt1 libgcc-s1 libjemalloc2 liblua5.4-0 libopentracing-c-wrapper0t64 libopentracing1
  libpcre2-8-0 libssl3t64 libstdc++6 libzstd1 zlib1g'

# shellcheck disable=SC2086  # both are lists of words without blanks
(apt-get $options update -qq && cd "$work/debs" && apt-get $options download -qq $packages) >"$work/log" 2>&1 ||
  { say "setup-haproxy-3: apt has no HAProxy of $suite: $(tail -n 1 "$work/log")"; exit 1; }
for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/root"; done

libraries=$(dirname "$(find "$work/root" -name libssl.so.3 | head -n 1)")
rm -rf "$target"
mkdir -p "$target/lib"
find "$libraries" -maxdepth 1 -name '*.so*' -exec cp -a {} "$target/lib/" \;
cp "$work/root/usr/sbin/haproxy" "$target/haproxy.new"
loader=$(find "$target/lib" -name 'ld-linux*.so.*' | head -n 1)
patchelf --set-interpreter "$loader" --set-rpath "$target/lib" --force-rpath "$target/haproxy.new"
"$target/haproxy.new" -v >/dev/null
mv "$target/haproxy.new" "$target/haproxy"
