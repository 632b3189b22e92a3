#!/bin/sh
# Brings the clients and attack tools that record the corpus (scripts/record). They are used against this machine only.
# Idempotent, like setup-test.sh, which it runs first. No daemon is started.
set -eu
cd "$(dirname "$0")/.."
scripts/setup-test.sh
. scripts/apt.sh

# ordinary clients
want wget wget
want lftp lftp
want git git
want rsync rsync
want chromium chromium
want /usr/lib/python3/dist-packages/requests python3-requests
want javac default-jdk-headless
want go golang-go
want ethtool ethtool
want gcc gcc libc6-dev
want /usr/lib/"$(uname -m)"-linux-gnu/libcurl-gnutls.so.4 libcurl3-gnutls
# tools of attackers and auditors
want hydra hydra
want medusa medusa
want ncrack ncrack
want nmap nmap
want sslscan sslscan
want testssl testssl.sh
want ssh-audit ssh-audit
want patator patator
# what the bench of the SSH gate is compared with
want fail2ban-server fail2ban
want nft nftables
# what the bench of capture files is compared with
want ndpiReader libndpi-bin
# what sends the live bench its packets
want tcpreplay tcpreplay

wanted=$(cat scripts/setup-corpus.sh scripts/apt.sh | cksum)
stamp=.tools/setup-corpus.stamp
if [ -z "$missing_commands" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

[ -z "$missing_commands" ] || install_missing setup-corpus
printf '%s' "$wanted" >"$stamp"
