#!/bin/sh
# Unpacks a schema registry (Apicurio, which speaks Confluent's API too) from Maven Central to .tools/schema-registry. Idempotent.
# Needs java and mvn, which 'make setup-test' brings.
set -eu
cd "$(dirname "$0")/../.."
# The newest that is there as a distribution and runs on Java 17; 3.3 wants Java 21.
ARTIFACT=io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all
# Its parent is not there, which later versions of the plugin insist on. The distribution has all it needs in it.
PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:2.8
stamp=.tools/schema-registry.stamp
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$ARTIFACT" ]; then exit 0; fi
command -v mvn >/dev/null 2>&1 || { echo "schema-registry: no mvn found: run 'make setup-test', or install Maven and Java 17" >&2; exit 1; }
echo "schema-registry: fetching it (109 MB)" >&2
rm -rf .tools/schema-registry .tools/schema-registry.tar.gz
mkdir -p .tools/schema-registry
mvn -B -ntp -q "$PLUGIN:get" -Dartifact="$ARTIFACT" -Dtransitive=false -Ddest="$PWD/.tools/schema-registry.tar.gz" \
  >.tools/schema-registry.log 2>&1 || { echo "schema-registry: Maven could not bring it (see .tools/schema-registry.log)" >&2; exit 1; }
tar -xzf .tools/schema-registry.tar.gz -C .tools/schema-registry
rm .tools/schema-registry.tar.gz
printf '%s' "$ARTIFACT" >"$stamp"
