#!/bin/sh
# Brings CrowdSec's programs into .tools/crowdsec without installing the package, whose installation would register this machine
# with CrowdSec's servers. Tests import lists into a local API of their own.
set -eu
cd "$(dirname "$0")/.."
. scripts/apt.sh

target=$PWD/.tools/crowdsec
[ ! -x "$target/cscli" ] || exit 0
can_apt || { say 'setup-crowdsec: only root may ask apt'; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -o APT::Sandbox::User=root download -qq crowdsec) >"$work/log" 2>&1 ||
  { say "setup-crowdsec: apt has no crowdsec: $(tail -n 1 "$work/log")"; exit 1; }
dpkg-deb -x "$work"/crowdsec_*.deb "$work/root"
mkdir -p "$target"
cp "$work/root/usr/bin/crowdsec" "$work/root/etc/crowdsec/profiles.yaml" "$target/"
cp "$work/root/usr/bin/cscli" "$target/cscli.new"
mv "$target/cscli.new" "$target/cscli"
