/** Why a frame brought no TCP segment: the closed list its counters are labelled with. */
export const SKIP_REASONS = [
  'unknown-link-type',
  'not-ip',
  'not-tcp',
  'quic',
  'dtls',
  'encrypted',
  'cut',
  'malformed',
  'too-deep',
  'unknown-tunnel',
  'fragment-held',
  'fragment-refused',
] as const

/**
 * `cut`: the capture's snapshot length ended inside a header. `malformed`: the packet itself does.
 * `fragment-held`: kept until the rest comes, no loss. `fragment-refused`: too many, too large,
 * overlapping its bounds, or cut. `quic`, `dtls`: a client's hello over UDP, counted and not read.
 */
export type SkipReason = (typeof SKIP_REASONS)[number]
