#!/bin/sh
# Brings what `make demo-ssh` needs beyond running: sshd, clients and attack tools, used against this machine only.
set -eu
cd "$(dirname "$0")/.."
. scripts/apt.sh

want sshd openssh-server
want ssh openssh-client
want rsync rsync
want ip iproute2
want python3 python3
want hydra hydra
want medusa medusa
want ncrack ncrack
want nmap nmap
[ -z "$missing_commands" ] || install_missing setup-demo-ssh
