#!/bin/sh
# Writes .env for docker-compose.yml with passwords of its own, mode 0600. What is there already stays as it is.
set -eu
cd "$(dirname "$0")/.."
file=${1:-.env}
umask 077
touch "$file"
for name in VESTIBULE_CLICKHOUSE_PASSWORD GRAFANA_CLICKHOUSE_PASSWORD GRAFANA_ADMIN_PASSWORD; do
  if grep -q "^$name=." "$file"; then continue; fi
  printf '%s=%s\n' "$name" "$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')" >>"$file"
done
echo "passwords are in $file"
