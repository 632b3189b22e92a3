#!/usr/bin/env bash
# Records corpus/demo: ordinary and hostile clients of one web and one SSH server, all at once, for a little over a minute.
# Run through isolated.sh: scripts/record/isolated.sh scripts/record/demo.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/record/network.sh
. scripts/record/programs.sh

SECONDS_LONG=75
OUT=corpus/demo
LABELS=$WORK/labels
machine 192.0.2.10 www.vestibule.test api.vestibule.test
build_clients
servers 192.0.2.10
convert_keys
install -d -o repo -g repo /home/repo/site.git
su repo -c 'git init -q --bare /home/repo/site.git'

# list NAME WORD...: a word list for the guessing tools.
list() { local name=$1; shift; printf '%s\n' "$@" >"$WORK/$name"; }
list users root admin test guest oracle postgres ubuntu pi deploy www-data
list passwords 123456 password admin letmein qwerty welcome1
echo hello >"$WORK/file.txt"
echo 'get /etc/hostname /dev/null' >"$WORK/sftp.batch"
chmod 644 "$WORK"/{users,passwords,file.txt,sftp.batch}

# somebody NAME ADDRESS LABEL TOOL: a client, and what it is for whoever judges the scores.
somebody() {
  client "$1" "$2"
  printf '{"client":"%s","label":"%s","tool":"%s"}\n' "$2" "$3" "$4" >>"$LABELS"
}
somebody monitor 198.51.100.10 benign 'curl'
somebody worker 198.51.100.11 benign 'python-requests'
somebody bank 198.51.100.12 benign 'Java HttpsURLConnection'
somebody frontend 198.51.100.13 benign 'Node https'
somebody browser 198.51.100.14 benign 'Chromium'
somebody agent 198.51.100.15 benign 'Go net/http'
somebody phone 198.51.100.16 benign 'curl with GnuTLS'
somebody deployer 198.51.100.20 benign 'OpenSSH: ssh, scp, sftp by key'
somebody operator 198.51.100.21 benign 'OpenSSH: password, one mistyped'
somebody developer 198.51.100.22 benign 'git over ssh'
somebody backup 198.51.100.23 benign 'paramiko by key'
somebody scan1 203.0.113.66 scan 'sslscan'
somebody brute1 203.0.113.67 bruteforce 'hydra'
somebody scan2 203.0.113.68 scan 'nmap ssl-enum-ciphers'
somebody scan3 203.0.113.69 scan 'testssl.sh'
somebody brute2 203.0.113.70 bruteforce 'ncrack'
somebody audit 203.0.113.71 scan 'ssh-audit'
somebody scan4 203.0.113.72 scan 'nmap ssh2-enum-algos'
somebody brute3 203.0.113.73 bruteforce 'medusa'

WWW=https://www.vestibule.test/
API=https://api.vestibule.test/
BY_PASSWORD="-F /dev/null -o PubkeyAuthentication=no -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"

# at SECOND COMMAND...: runs it that long after the start, its output thrown away; a tool's failure is part of the story.
at() {
  local second=$1
  shift
  (
    sleep "$second"
    "$@" >/dev/null 2>&1 || true
  ) &
  JOBS="${JOBS:-} $!"
}
# every SECONDS FIRST COMMAND...: runs it again and again until the recording ends.
every() {
  local pause=$1 second=$2
  shift 2
  while [ "$second" -lt $((SECONDS_LONG - 4)) ]; do
    at "$second" "$@"
    second=$((second + pause))
  done
}

LOG_FROM=$(($(wc -l <"$WORK/auth.log") + 1))
capture "$WORK/demo.pcap" br0 'tcp and host 192.0.2.10'

every 9 0 as monitor curl -sS --cacert "$TRUST" "$API"
every 7 0 as worker /usr/bin/python3 "$BUILT/requests-get.py" "$API" "$TRUST"
every 11 1 as frontend node "$BUILT/https-get.ts" "$API" "$TRUST"
every 8 2 as agent "$BUILT/https-get-go" "$API" "$TRUST"
every 21 1 as bank java -cp "$BUILT" HttpsGet "$WWW" "$TRUST"
every 26 2 chromium_get browser "$WWW"
every 13 6 as phone "$BUILT/curl-gnutls" "$WWW" "$TRUST"
# shellcheck disable=SC2086
{
  at 1 as deployer ssh $SSH_OPTIONS deploy@192.0.2.10 true
  at 17 as deployer scp $SSH_OPTIONS "$WORK/file.txt" deploy@192.0.2.10:copy.txt
  at 39 as deployer sftp $SSH_OPTIONS -b "$WORK/sftp.batch" deploy@192.0.2.10
  at 58 as deployer ssh $SSH_OPTIONS deploy@192.0.2.10 sleep 8
  at 10 as operator sshpass -p mistyped ssh $BY_PASSWORD -o NumberOfPasswordPrompts=1 ops@192.0.2.10 true
  at 14 as operator sshpass -p "$PASSWORD" ssh $BY_PASSWORD ops@192.0.2.10 sleep 20
  every 30 8 as developer env GIT_SSH_COMMAND="ssh $SSH_OPTIONS" git ls-remote repo@192.0.2.10:/home/repo/site.git
  every 24 5 as backup /usr/bin/python3 "$BUILT/paramiko-login.py" 192.0.2.10 deploy "$KEY"
}
at 3 as scan1 sslscan --no-colour www.vestibule.test
at 5 as brute1 hydra -t 4 -I -L "$WORK/users" -P "$WORK/passwords" ssh://192.0.2.10
at 15 as scan2 nmap -sT -Pn -n -p 443 --script ssl-enum-ciphers 192.0.2.10
at 22 as brute2 ncrack -T5 --user root,admin,deploy -P "$WORK/passwords" ssh://192.0.2.10
# It thinks for seconds before it connects, on a busy machine for many.
at 24 as scan3 timeout 46 testssl --quiet --fast -n none -p -s --ip 192.0.2.10 www.vestibule.test
at 35 as audit ssh-audit 192.0.2.10
at 42 as scan4 nmap -sT -Pn -n -p 22 --script ssh2-enum-algos,ssh-auth-methods 192.0.2.10
at 48 as brute3 timeout 20 medusa -h 192.0.2.10 -U "$WORK/users" -P "$WORK/passwords" -M ssh -t 4

sleep "$SECONDS_LONG"
capture_end 0.5

node scripts/record/demo-page.ts "$WORK/demo.pcap" "$LABELS" >"$WORK/demo.md"
mkdir -p "$OUT"
# The guessers' own pauses may outlast the recording; nothing of them is wanted after it.
gzip -9 -n -c "$WORK/demo.pcap" >"$OUT/demo.pcap.gz"
tail -n "+$LOG_FROM" "$WORK/auth.log" >"$OUT/demo.auth.log"
cp "$LABELS" "$OUT/demo.labels.jsonl"
cp "$WORK/demo.md" "$OUT/demo.md"
