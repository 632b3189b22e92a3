#!/bin/sh
# Brings OpenSSH 10, client and server, into .tools/openssh-10, beside the system's and without touching it.
set -eu
cd "$(dirname "$0")/.."
. scripts/apt.sh
. scripts/newer-debian.sh

target=$PWD/.tools/openssh-10
[ ! -x "$target/ssh" ] || exit 0
unpack_newer setup-openssh-10 openssh-client openssh-server openssh-sftp-server libaudit1 libc6 libcap-ng0 libcbor0.10 \
  libcom-err2 libcrypt1 libedit2 libbsd0 libfido2-1 libgcc-s1 libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3 \
  libkrb5support0 libmd0 libpam0g libpcre2-8-0 libselinux1 libsqlite3-0 libssl3t64 libtinfo6 libudev1 libcap2 libwrap0 \
  libwtmpdb0 libzstd1 zlib1g
adopt_newer "$target" usr/bin/scp usr/bin/sftp usr/bin/ssh-add usr/bin/ssh-agent usr/bin/ssh-keygen usr/sbin/sshd \
  usr/lib/openssh/sshd-session usr/lib/openssh/sshd-auth usr/lib/openssh/sftp-server usr/bin/ssh
"$target/ssh" -V 2>/dev/null
