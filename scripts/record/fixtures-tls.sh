# The TLS part of fixtures.sh, read by it with '.'.
# shellcheck shell=bash disable=SC2086

curl_version=$(curl --version | head -n1 | cut -d' ' -f1-5)
openssl_version=$(openssl version | cut -d' ' -f1-2)
gnutls_version=$(gnutls-cli --version | head -n1)

record tls curl-openssl "$curl_version" 'TLS 1.3, h2 by ALPN, one request.' curl -sS --cacert "$TRUST" "$WWW"
record tls curl-tls12 "$curl_version" 'TLS 1.2 at most: certificate and finished handshake in the clear.' \
  curl -sS --tls-max 1.2 --cacert "$TRUST" "$WWW"
record tls curl-by-address "$curl_version" 'No server name: the URL holds an address.' \
  curl -sS --cacert "$TRUST" https://10.77.0.1/
record tls curl-untrusting "$curl_version" 'The client refuses the certificate it does not know and says so in an alert.' \
  curl -sS "$WWW"
record tls curl-gnutls "libcurl-gnutls, $gnutls_version" 'libcurl over GnuTLS, TLS 1.3.' "$BUILT/curl-gnutls" "$WWW" "$TRUST"
record tls gnutls-cli "$gnutls_version" 'TLS 1.3 without ALPN, then end of input.' \
  gnutls-cli --x509cafile "$TRUST" -p 443 www.vestibule.test
record tls wget "$(wget --version | head -n1)" 'TLS 1.3 over GnuTLS.' wget -q -O /dev/null --ca-certificate "$TRUST" "$WWW"
record tls openssl-tls13 "$openssl_version" 'TLS 1.3, no ALPN.' $S_CLIENT
record tls openssl-tls12 "$openssl_version" 'TLS 1.2 only.' $S_CLIENT -tls1_2
record tls openssl-tls10 "$openssl_version" 'Offers TLS 1.0 only: the server answers with an alert.' \
  $S_CLIENT -tls1 -cipher DEFAULT@SECLEVEL=0
record tls openssl-no-sni "$openssl_version" 'Leaves the server name extension out.' \
  openssl s_client -connect 10.77.0.1:443 -noservername
record tls openssl-hello-retry "$openssl_version" \
  'Two ClientHellos in one connection: the key share is X25519, the server takes P-384 only and answers HelloRetryRequest.' \
  openssl s_client -connect 10.77.0.1:8443 -servername www.vestibule.test -groups X25519:P-384
record tls openssl-resumed-tls13 "$openssl_version" 'Two connections: the second offers the ticket of the first (PSK).' \
  sh -c "sleep 0.5 | $S_CLIENT -sess_out $WORK/s13; $S_CLIENT -sess_in $WORK/s13"
record tls openssl-resumed-tls12 "$openssl_version" 'Two TLS 1.2 connections: the second offers the session ticket of the first.' \
  sh -c "sleep 0.3 | $S_CLIENT -tls1_2 -sess_out $WORK/s12; $S_CLIENT -tls1_2 -sess_in $WORK/s12"
record tls openssl-client-certificate "$openssl_version" 'A client that has a certificate; this server does not ask for it.' \
  $S_CLIENT -tls1_2 -cert "$WORK/client.pem" -key "$WORK/client.key"
record tls node-https "node $(node --version), OpenSSL $(node -p process.versions.openssl)" \
  'Node: the post-quantum key share makes the hello span two segments.' \
  node "$BUILT/https-get.ts" "$WWW" "$TRUST"
record tls python-urllib "$(/usr/bin/python3 --version), ssl" 'Python urllib, http/1.1 by ALPN.' \
  /usr/bin/python3 "$BUILT/https-get.py" "$WWW" "$TRUST"
record tls python-requests "python3-requests $(/usr/bin/python3 -c 'import requests; print(requests.__version__)')" 'python-requests.' \
  /usr/bin/python3 "$BUILT/requests-get.py" "$WWW" "$TRUST"
record tls java-https "$(java --version | head -n1)" 'HttpsURLConnection of the JDK.' java -cp "$BUILT" HttpsGet "$WWW" "$TRUST"
record tls go-https "$(go version | cut -d' ' -f3)" 'Go net/http: post-quantum key share, the hello spans two segments.' \
  "$BUILT/https-get-go" "$WWW" "$TRUST"
record tls plain-http "$curl_version" 'HTTP in the clear to the TLS port: no ClientHello at all.' \
  curl -sS http://10.77.0.1:443/

number=$((number + 1))
client "c$number" "10.77.0.$number"
capture "$WORK/now.pcap" br0 "tcp and host 10.77.0.$number"
chromium_get "c$number" "$WWW"
finish tls chromium "$(chromium --version 2>/dev/null | cut -d' ' -f1-2)" \
  'GREASE, shuffled extensions, an ECH extension and a post-quantum key share: the hello spans two segments.' \
  'the bridge (Ethernet)' "chromium --headless=new --ignore-certificate-errors --dump-dom $WWW"

client c6 fd77::2 fd77::1
node scripts/record/servers.ts fd77::1 >"$WORK/servers6" &
until [ -s "$WORK/servers6" ]; do sleep 0.05; done
capture "$WORK/now.pcap" br0 'tcp and host fd77::2'
as c6 curl -sSk "https://[fd77::1]/" >/dev/null
finish tls curl-ipv6 "$curl_version" 'TLS 1.3 over IPv6.' 'the bridge (Ethernet)' 'curl -sSk https://[fd77::1]/'

capture "$WORK/now.pcap" any 'tcp port 443'
as "c11" curl -sS --cacert "$TRUST" "$WWW" >/dev/null
finish tls curl-any-device "$curl_version" 'The any device (Linux cooked v2): bridge and veth both deliver, so every packet is there twice.' \
  'any' "curl -sS --cacert ca.pem $WWW"
