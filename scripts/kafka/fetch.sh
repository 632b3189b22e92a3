#!/bin/sh
# Copies the broker's jars from Maven Central to .tools/kafka/jars. Idempotent: with nothing to do it compares one hash and returns.
# Needs java and mvn, which 'make setup-test' brings.
set -eu
cd "$(dirname "$0")/../.."
wanted=$(cksum <scripts/kafka/pom.xml)
stamp=.tools/kafka/stamp
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi
command -v mvn >/dev/null 2>&1 || { echo "kafka: no mvn found: run 'make setup-test', or install Maven and Java 17" >&2; exit 1; }
echo "kafka: fetching the broker's jars" >&2
rm -rf .tools/kafka/jars
mkdir -p .tools/kafka
mvn -B -ntp -q -f scripts/kafka/pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/.tools/kafka/jars" -DincludeScope=runtime \
  >.tools/kafka/mvn.log 2>&1 || { echo "kafka: Maven could not bring the jars (see .tools/kafka/mvn.log)" >&2; exit 1; }
printf '%s' "$wanted" >"$stamp"
