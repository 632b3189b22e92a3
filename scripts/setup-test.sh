#!/bin/sh
# Brings what the tests need beyond running: real SSH and TLS programs, tshark as the second opinion, network namespaces.
# Idempotent: with nothing to do it compares one hash, looks for the commands and returns. No daemon is started.
set -eu
cd "$(dirname "$0")/.."
. scripts/apt.sh

want sshd openssh-server
want ssh openssh-client
want curl curl
want openssl openssl
want gnutls-cli gnutls-bin
want dbclient dropbear-bin
want plink putty-tools
want gcc gcc
want make make
want /usr/include/security/pam_modules.h libpam0g-dev
want unshare util-linux
want sshpass sshpass
want sslscan sslscan
want nmap nmap
want testssl testssl.sh
want ffuf ffuf
want hydra hydra
want tshark tshark
want tcpdump tcpdump
want haproxy haproxy
want patchelf patchelf
want ip iproute2
want nft nftables
want fail2ban-client fail2ban
want nginx nginx
want /usr/lib/nginx/modules/ngx_http_js_module.so libnginx-mod-http-js
want /usr/lib/nginx/modules/ngx_stream_js_module.so libnginx-mod-stream-js
want /usr/bin/python3 python3
want /usr/lib/python3/dist-packages/paramiko python3-paramiko
want /usr/lib/python3/dist-packages/asyncssh python3-asyncssh
want /usr/lib/"$(uname -m)"-linux-gnu/libssh.so.4 libssh-4
want /usr/lib/"$(uname -m)"-linux-gnu/libssh2.so.1 libssh2-1
want /usr/lib/"$(uname -m)"-linux-gnu/libpam_wrapper.so libpam-wrapper
want git git
want rsync rsync
want ansible ansible-core
want java default-jre-headless
# Go's own installer puts it where the PATH seldom looks.
[ -x /usr/local/go/bin/go ] || want go golang-go
want mvn maven
# checks the rules of Prometheus
want promtool prometheus

wanted=$(cat scripts/setup-test.sh scripts/kafka/fetch.sh scripts/kafka/pom.xml scripts/schema-registry/fetch.sh \
  scripts/setup-haproxy-3.sh scripts/setup-openssh-10.sh scripts/setup-crowdsec.sh scripts/newer-debian.sh scripts/apt.sh | cksum)
stamp=.tools/setup-test.stamp
if [ -z "$missing_commands" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

[ -z "$missing_commands" ] || install_missing setup-test
scripts/setup-haproxy-3.sh || say 'setup-test: tests against HAProxy 3.x will be left out'
scripts/setup-openssh-10.sh || say 'setup-test: tests with OpenSSH 10 will be left out'
scripts/setup-crowdsec.sh || say 'setup-test: lists for CrowdSec will not be tried with CrowdSec'
scripts/kafka/fetch.sh || say 'setup-test: tests with a Kafka broker will be left out'
scripts/schema-registry/fetch.sh || say 'setup-test: tests with a schema registry will be left out'
mkdir -p .tools
printf '%s' "$wanted" >"$stamp"
