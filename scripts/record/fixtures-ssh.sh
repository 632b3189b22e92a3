# The SSH part of fixtures.sh, read by it with '.'.
# shellcheck shell=bash disable=SC2086

openssh_version=$(ssh -V 2>&1)
paramiko_version="paramiko $(/usr/bin/python3 -c 'import paramiko; print(paramiko.__version__)')"
oddity="a script (scripts/record/clients/ssh-oddities.py), $(/usr/bin/python3 --version)"
echo hello >"$WORK/file.txt"
echo 'get /etc/hostname /dev/null' >"$WORK/sftp.batch"
BY_PASSWORD="-F /dev/null -o PubkeyAuthentication=no -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"

record ssh openssh-publickey "$openssh_version" 'A login by key that runs one command.' ssh $SSH_OPTIONS deploy@10.77.0.1 true
record ssh openssh-password "$openssh_version" 'A login by password.' \
  sshpass -p "$PASSWORD" ssh $BY_PASSWORD deploy@10.77.0.1 true
record ssh openssh-wrong-password "$openssh_version" 'Three wrong passwords in one connection.' \
  env SSH_ASKPASS_REQUIRE=force SSH_ASKPASS=/bin/echo ssh $BY_PASSWORD deploy@10.77.0.1 true
record ssh openssh-unknown-user "$openssh_version" 'A user the server does not know.' \
  sshpass -p wrong ssh $BY_PASSWORD -o NumberOfPasswordPrompts=1 nobody-here@10.77.0.1 true
record ssh openssh-compression "$openssh_version" 'Compression asked for: the order of its list changes HASSH.' \
  ssh $SSH_OPTIONS -C deploy@10.77.0.1 true
record ssh openssh-chosen-kex "$openssh_version" 'Key exchange chosen by the user: another HASSH.' \
  ssh $SSH_OPTIONS -o KexAlgorithms=ecdh-sha2-nistp256 deploy@10.77.0.1 true
record ssh scp "$openssh_version" 'One small file copied.' scp $SSH_OPTIONS "$WORK/file.txt" deploy@10.77.0.1:copy.txt
record ssh sftp "$openssh_version" 'One file fetched.' sftp $SSH_OPTIONS -b "$WORK/sftp.batch" deploy@10.77.0.1
record ssh dropbear-dbclient "$(dbclient -V 2>&1)" 'A login by key.' \
  dbclient -y -y -i "$WORK/key.dropbear" deploy@10.77.0.1 true
record ssh putty-plink "$(plink -V | head -n1)" 'A login by key.' \
  plink -batch -hostkey "$HOST_KEY" -i "$WORK/key.ppk" deploy@10.77.0.1 true
record ssh paramiko "$paramiko_version" 'A login by key.' \
  /usr/bin/python3 "$BUILT/paramiko-login.py" 10.77.0.1 deploy "$KEY"
record ssh curl-libssh2 "$(curl --version | grep -o 'libssh2/[0-9.]*' | head -n1)" 'curl over sftp.' \
  curl -sSk --key "$KEY" --pubkey "$KEY.pub" -u deploy: sftp://10.77.0.1/etc/hostname
record ssh ssh-keyscan "$openssh_version" 'One connection per kind of host key, none goes as far as a login.' ssh-keyscan 10.77.0.1
record ssh banner-only "$oddity" 'Takes the banner and leaves.' /usr/bin/python3 "$BUILT/ssh-oddities.py" 10.77.0.1 banner-only
record ssh silent "$oddity" 'Says nothing for two seconds and leaves.' /usr/bin/python3 "$BUILT/ssh-oddities.py" 10.77.0.1 silent
record ssh half-open "$oddity" "Says who it is, gets the server's KEXINIT, never answers it." \
  /usr/bin/python3 "$BUILT/ssh-oddities.py" 10.77.0.1 half-open
record ssh ssh-1.5 "$oddity" 'A client of SSH version 1: the server refuses it.' /usr/bin/python3 "$BUILT/ssh-oddities.py" 10.77.0.1 ssh-1.5
record ssh ssh-1.99 "$oddity" 'A client that would take either version, ending its line without CR.' \
  /usr/bin/python3 "$BUILT/ssh-oddities.py" 10.77.0.1 ssh-1.99
record ssh http-to-ssh "$oddity" 'An HTTP request to the SSH port.' /usr/bin/python3 "$BUILT/ssh-oddities.py" 10.77.0.1 http

capture "$WORK/now.pcap" lo 'tcp port 22'
ssh $SSH_OPTIONS deploy@10.77.0.1 true
finish ssh openssh-loopback "$openssh_version" 'On the loopback device: frames larger than any Ethernet MTU, checksums not filled in.' 'lo' \
  'ssh deploy@10.77.0.1 true'
