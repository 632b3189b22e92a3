/** Who ended a handshake, as OpenSSL tells it. */
export type TlsAlert =
  | { readonly from: 'client'; readonly description: number }
  /** `reason` is OpenSSL's: the alert that was sent is not told. */
  | { readonly from: 'server'; readonly reason: number }

const LIBRARY_SSL = 20
/** Reasons above are alerts that came from the other side (openssl/sslerr.h, SSL_AD_REASON_OFFSET). */
const ALERTS = 1_000

/**
 * Reads a packed error of OpenSSL 3 (openssl/err.h): 8 bits of library from bit 23 on, below them the
 * reason. Undefined for 0 and for what is no error of TLS.
 */
export function tlsAlert(packed: number): TlsAlert | undefined {
  if (packed >>> 23 !== LIBRARY_SSL) return undefined
  const reason = packed & 0x7fffff
  return reason >= ALERTS
    ? { from: 'client', description: reason - ALERTS }
    : { from: 'server', reason }
}
