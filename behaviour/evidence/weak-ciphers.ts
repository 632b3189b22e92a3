import { type Evidence } from './evidence.ts'

const CLIP = 1.2

/**
 * Share of offered suites that are NULL, EXPORT, anonymous, RC4, DES, 3DES or MD5, 0 to 1
 * (behaviour-models 4.3, t_cipher_weak). A few for old servers' sake are ordinary; small evidence.
 */
export function weakCiphers(cipherSuites: readonly number[]): readonly Evidence[] {
  const real = cipherSuites.filter((suite) => (suite & 0x0f0f) !== 0x0a0a && !SIGNALLING.has(suite))
  if (real.length === 0) return []
  const share = real.filter((suite) => WEAK.has(suite)).length / real.length
  const nats = Math.min(CLIP, 1.5 * (share - 0.1))
  if (share <= 0.2) return []
  return [
    {
      feature: 't_cipher_weak',
      family: 'fingerprint',
      nats,
      value: share,
      unit: 'share',
      baseline: 0.05,
      oneIn: null,
      text: 'offers cipher suites that were broken years ago',
    },
  ]
}

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV and TLS_FALLBACK_SCSV name no cipher. */
const SIGNALLING = new Set([0x00ff, 0x5600])

/** IANA TLS cipher suites with NULL, EXPORT, anonymous, RC4, single or triple DES, or MD5. */
const WEAK = new Set([
  ...range(0x0000, 0x001b),
  ...range(0x001e, 0x002b),
  0x002c,
  0x002d,
  0x002e,
  0x0034,
  0x003a,
  0x003b,
  0x0046,
  ...range(0x0060, 0x0066),
  0x006c,
  0x006d,
  0x0089,
  0x008a,
  0x008b,
  0x008e,
  0x008f,
  0x0092,
  0x0093,
  0x009b,
  0x00a6,
  0x00a7,
  ...[0x00b0, 0x00b1, 0x00b4, 0x00b5, 0x00b8, 0x00b9, 0x00bf, 0x00c5],
  ...[0xc001, 0xc002, 0xc003, 0xc006, 0xc007, 0xc008, 0xc00b, 0xc00c, 0xc00d],
  ...range(0xc010, 0xc012),
  ...range(0xc015, 0xc01c),
  ...[0xc033, 0xc034, 0xc039, 0xc03a, 0xc03b],
])

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
