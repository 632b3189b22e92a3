#!/bin/sh
# Runs a recording recipe in network, mount and process namespaces of its own: isolated.sh RECIPE [ARGUMENT...]
# Inside it may make users, mount, listen on any port and start anything: nothing of it is seen outside, no packet leaves,
# and when the recipe ends everything it started ends with it.
set -eu
if [ "$(id -u)" != 0 ]; then
  echo "isolated.sh: recording needs root, for network namespaces: run it with sudo" >&2
  exit 1
fi
recipe=$1
shift
case $recipe in /*) ;; *) recipe=$PWD/$recipe ;; esac
VESTIBULE_ISOLATED=yes
export VESTIBULE_ISOLATED
exec unshare --net --mount --pid --fork --kill-child --mount-proc "$recipe" "$@"
