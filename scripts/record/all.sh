#!/bin/sh
# Records the fixtures and the demonstration anew, from real programs: what 'make corpus' does. Needs root and setup-corpus.
set -eu
cd "$(dirname "$0")/../.."
for home in "$PWD"/.tools/node_modules/node-linux-*; do
  if [ -d "$home/bin" ]; then PATH=$home/bin:$PATH; fi
done
export PATH
scripts/record/isolated.sh scripts/record/fixtures.sh
scripts/record/isolated.sh scripts/record/demo.sh
