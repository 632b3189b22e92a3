#!/usr/bin/env bash
# Records test/fixtures/{tls,ssh}: one small capture and one .md per program.
# Run through isolated.sh: scripts/record/isolated.sh scripts/record/fixtures.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/record/network.sh
. scripts/record/programs.sh

machine 10.77.0.1 www.vestibule.test
ip addr add fd77::1/128 dev br0 nodad
build_clients
servers 10.77.0.1
convert_keys
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=client.vestibule.test \
  -keyout "$WORK/client.key" -out "$WORK/client.pem" 2>/dev/null
chmod 644 "$WORK/client.key"
WWW=https://www.vestibule.test/
S_CLIENT="openssl s_client -connect 10.77.0.1:443 -servername www.vestibule.test -CAfile $TRUST"

number=10
# record KIND NAME VERSION WHAT COMMAND...: a new client, one capture of all its traffic, and the page about it.
record() {
  local kind=$1 name=$2 version=$3 what=$4 address
  shift 4
  number=$((number + 1))
  address=10.77.0.$number
  client "c$number" "$address"
  capture "$WORK/now.pcap" br0 "tcp and host $address"
  as "c$number" timeout 8 "$@" >"$WORK/out" 2>&1 || echo "fixtures: $name ended with $?: $(tail -n1 "$WORK/out")" >&2
  finish "$kind" "$name" "$version" "$what" 'the bridge (Ethernet)' "$*"
}

finish() {
  local kind=$1 name=$2 version=$3 what=$4 where=$5 command=$6 file
  capture_end
  file=test/fixtures/$kind/$name.pcap
  # No login name, password or temp folder of the recording is worth keeping: addresses and paths only as placeholders.
  command=${command//$PASSWORD/PASSWORD}
  command=${command//$BUILT/clients}
  command=${command//$TRUST/ca.pem}
  command=${command//$KEY/key}
  command=${command//$KNOWN_HOSTS/known_hosts}
  command=${command//$WORK/work}
  cp "$WORK/now.pcap" "$file"
  {
    printf '# %s\n\n%s\n\n' "$name" "$what"
    printf -- '- Program: %s\n' "$version"
    printf -- '- Command: `%s`\n' "$command"
    printf -- '- Recorded: %s with tcpdump on %s by `scripts/record/fixtures.sh`, in network namespaces of one machine\n' \
      "$(date -u +%F)" "$where"
    printf -- '- Holds: %s packets, whole\n' "$(tcpdump -r "$file" 2>/dev/null | wc -l)"
  } >"${file%.pcap}.md"
}

mkdir -p test/fixtures/tls test/fixtures/ssh
rm -f test/fixtures/tls/* test/fixtures/ssh/*

. scripts/record/fixtures-tls.sh
. scripts/record/fixtures-ssh.sh

node scripts/record/expected.ts
