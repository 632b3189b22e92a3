# Read by the recipes with '.': builds the small clients of scripts/record/clients and names how each program is called.
# shellcheck shell=bash

build_clients() {
  local from=scripts/record/clients
  BUILT=$WORK/built
  mkdir -p "$BUILT"
  javac -d "$BUILT" "$from/HttpsGet.java"
  # A module that says its Go version gets that version's TLS defaults; without one Go offers what Go 1.20 did.
  cp "$from/https-get.go" "$BUILT/"
  (cd "$BUILT" && go mod init https-get >/dev/null 2>&1 && GOTOOLCHAIN=local GOFLAGS=-mod=mod go build -o https-get-go .)
  gcc -o "$BUILT/curl-gnutls" "$from/curl-gnutls.c" "/usr/lib/$(uname -m)-linux-gnu/libcurl-gnutls.so.4"
  cp "$from"/*.py "$from"/*.ts "$BUILT/"
}

# Other programs' forms of the one client key.
convert_keys() {
  dropbearconvert openssh dropbear "$KEY" "$WORK/key.dropbear" >/dev/null 2>&1
  puttygen "$KEY" -O private -o "$WORK/key.ppk"
  HOST_KEY=$(ssh-keygen -lf "$KNOWN_HOSTS" | cut -d' ' -f2)
}

chromium_get() {
  local client=$1 url=$2
  as "$client" timeout 30 chromium --headless=new --no-sandbox --disable-gpu --no-first-run --disable-sync \
    --disable-background-networking --disable-component-update --disable-default-apps --ignore-certificate-errors \
    --user-data-dir="$WORK/home/$client/chromium" --dump-dom "$url" >/dev/null 2>&1 || true
}
