# Read by the recipes with '.': a machine of our own inside the namespaces that isolated.sh made.
# The recipe's own network namespace is the server's; every client gets another, joined by a bridge as by a switch.
# The bridge is what a mirror port would see: Ethernet frames, MTU 1500, no offloading.
# shellcheck shell=bash

[ "${VESTIBULE_ISOLATED:-no}" = yes ] || { echo "run this through scripts/record/isolated.sh" >&2; exit 1; }

# What is mounted below hides a project that lies there: it is read in another place then.
case $PWD/ in
  /tmp/* | /home/* | /run/*)
    PATH=${PATH//"$PWD"//mnt}
    mount --bind "$PWD" /mnt
    cd /mnt
    ;;
esac
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp
WORK=$(mktemp -d /tmp/vestibule-record-XXXXXX)
chmod 711 "$WORK"
PASSWORD=correct-horse-$RANDOM$RANDOM
LOGINS='deploy ops repo'

# machine SERVER_ADDRESS NAME...: private /run, /dev, /home, users, host names, and the bridge with the server's address.
machine() {
  SERVER=$1
  shift
  mount -t tmpfs tmpfs /run
  mount -t tmpfs tmpfs /home
  private_dev
  private_users
  { echo '127.0.0.1 localhost'; echo "$SERVER $*"; } >"$WORK/hosts"
  mount --bind "$WORK/hosts" /etc/hosts
  : >"$WORK/resolv.conf"
  mount --bind "$WORK/resolv.conf" "$(readlink -f /etc/resolv.conf)"
  ip link set lo up
  ip link add br0 address 02:00:00:00:00:01 type bridge
  ip addr add "$SERVER/32" dev br0
  ip link set br0 up
}

# sshd speaks to /dev/log: the socket must be ours, so /dev is a small one of our own.
private_dev() {
  mkdir "$WORK/dev"
  mount --rbind /dev "$WORK/dev"
  mount -t tmpfs -o mode=755 tmpfs /dev
  local node
  for node in null zero full random urandom tty; do
    : >"/dev/$node"
    mount --bind "$WORK/dev/$node" "/dev/$node"
  done
  mkdir /dev/shm /dev/pts
  mount -t tmpfs tmpfs /dev/shm
  mount -t devpts devpts /dev/pts -o newinstance,ptmxmode=0666
  ln -s pts/ptmx /dev/ptmx
  ln -s /proc/self/fd /dev/fd
}

private_users() {
  cp /etc/passwd /etc/shadow /etc/group "$WORK/"
  local hash name uid=20000
  hash=$(openssl passwd -6 "$PASSWORD")
  for name in $LOGINS; do
    uid=$((uid + 1))
    echo "$name:x:$uid:$uid::/home/$name:/bin/sh" >>"$WORK/passwd"
    echo "$name:$hash:20000:0:99999:7:::" >>"$WORK/shadow"
    echo "$name:x:$uid:" >>"$WORK/group"
    install -d -o "$uid" -g "$uid" "/home/$name"
  done
  for name in passwd shadow group; do mount --bind "$WORK/$name" "/etc/$name"; done
}

clients=0
# client NAME ADDRESS [SERVER_ADDRESS]: a namespace whose only way out is the bridge; addresses with ':' are IPv6.
client() {
  clients=$((clients + 1))
  local name=$1 address=$2 server=${3:-$SERVER} port=v$clients bits=32
  local flag=
  case $address in *:*) bits=128 flag=nodad ;; esac
  ip netns add "$name"
  ip link add "$port" type veth peer name eth0 address "$(printf '02:00:00:00:01:%02x' "$clients")" netns "$name"
  ip link set "$port" master br0 up
  ip -n "$name" link set lo up
  ip -n "$name" link set eth0 up
  ip -n "$name" addr add "$address/$bits" dev eth0 $flag
  ip -n "$name" route add "$server/$bits" dev eth0 src "$address"
  ip route add "$address/$bits" dev br0
  ethtool -K "$port" tso off gso off gro off tx off >/dev/null 2>&1
  ip netns exec "$name" ethtool -K eth0 tso off gso off gro off tx off >/dev/null 2>&1
  ethtool -K br0 tso off gso off gro off tx off >/dev/null 2>&1
}

# as NAME COMMAND...: runs a command as that client, with a home of its own and without the caller's proxy or trust settings.
as() {
  local name=$1
  shift
  mkdir -p "$WORK/home/$name"
  ip netns exec "$name" timeout 100 env -i PATH="$PATH" HOME="$WORK/home/$name" LANG=C.UTF-8 TERM=dumb WORK="$WORK" \
    PASSWORD="$PASSWORD" SERVER="$SERVER" "$@" </dev/null
}

# capture FILE DEVICE [TCPDUMP ARGUMENT...]: begins to record, and returns when it does.
capture() {
  local file=$1 device=$2
  shift 2
  tcpdump -i "$device" --immediate-mode -B 16384 -U -w "$file" "$@" 2>"$WORK/tcpdump.log" &
  CAPTURE=$!
  until grep -q 'listening on' "$WORK/tcpdump.log"; do
    kill -0 "$CAPTURE" 2>/dev/null || { cat "$WORK/tcpdump.log" >&2; exit 1; }
    sleep 0.02
  done
}

capture_end() {
  sleep "${1:-0.2}"
  kill -INT "$CAPTURE" 2>/dev/null || true
  wait "$CAPTURE" || true
}

# servers [ADDRESS]: sshd on 22, HTTPS on 443, HTTPS that takes P-384 only on 8443; and syslog into $WORK/auth.log.
servers() {
  /usr/bin/python3 scripts/record/syslog.py "$WORK/auth.log" bastion &
  node scripts/record/servers.ts "$@" >"$WORK/servers" &
  SERVERS=$!
  until [ -s "$WORK/servers" ] && [ -S /dev/log ]; do
    kill -0 "$SERVERS" 2>/dev/null || exit 1
    sleep 0.05
  done
  . "$WORK/servers"
}
