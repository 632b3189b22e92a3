/**
 * Where the numbers of a profile lie, in 32-bit words. The first part is common to a client and to a
 * client with one fingerprint; the rest is a client's alone. A change needs a new STATE_VERSION.
 */

/** In 64-bit words; milliseconds of event time, 0 = never. */
export const TIME = { first: 0, last: 1, asOf: 2, success: 3, published: 4 } as const

export const WORD = {
  publishedValue: 10,
  /** 0 = nothing published, else 1 + position of the band. */
  publishedBand: 11,
  flags: 12,
  /** Connections and attempts, decayed with the evidence's half-life. */
  connections: 13,
  attempts: 14,
  /** Connections, decayed with 10 s and 1 h. */
  fast: 15,
  slow: 16,
  /** Day (UTC, since 1970) of the last `seen` and the last `trusted` sighting. */
  seenDay: 17,
  trustedDay: 18,
  /** Share of the traffic that was captured, running mean. */
  coverage: 19,
  /** Fingerprints new within their hour, decayed with 1 h. */
  fresh: 20,
  /** S of the score that was published last. */
  publishedEvidence: 21,
  /** Connections and attempts of the score that was published last. */
  publishedCount: 22,
  /** Day (UTC, since 1970), its greatest S, and what of it was told to calibrate with. */
  day: 23,
  dayMost: 24,
  dayTold: 25,
  /** Highest value published of lately; fades half as fast as the evidence, and ends with a proof. */
  peak: 26,
  /** Second (since 1970) of the last check of the mitigation pool (TLS) or challenge (SSH) that failed. */
  checkFailed: 27,
  /** Nats, then newest value, of each feature of the protocol. */
  features: 28,
} as const

/** Room for the features of one protocol. */
export const FEATURE_SLOTS = 28
export const JUDGED_WORDS = WORD.features + 2 * FEATURE_SLOTS

/** Words only TLS, and words only SSH needs: they begin at the same place, in pools of their own. */
const OWN = JUDGED_WORDS + 84

/** Rings of a client: first word, entries, words an entry. The word before a ring counts what was put. */
export const RING = {
  /** First 64 bits of the newest event ids. */
  events: { at: JUDGED_WORDS + 1, entries: 8, words: 2 },
  /** Hash (two words) of a client random or cookie, and the port. */
  nonces: { at: JUDGED_WORDS + 18, entries: 8, words: 3 },
  /** Hash of a fingerprint, seconds of its first and its newest sight. */
  fingerprints: { at: JUDGED_WORDS + 43, entries: 8, words: 3 },
  /** TLS. Hash of a key share, and the port. */
  keyShares: { at: OWN + 3, entries: 6, words: 2 },
  /** SSH. Hash of a user name, successes with it. */
  users: { at: OWN + 5, entries: 4, words: 2 },
  /** SSH. Port, 1 + slot of the client with its fingerprint, what was told, second of the newest word. */
  connections: { at: OWN + 14, entries: 16, words: 4 },
} as const

export const CLIENT_WORD = {
  /** Hour (since 1970) of the newer of two bitmaps of 256 fingerprint hashes. */
  fingerprintHour: JUDGED_WORDS + 67,
  newerBitmap: JUDGED_WORDS + 68,
  olderBitmap: JUDGED_WORDS + 76,
  /** TLS. Second of the first failed handshake of a minute, and how many there were in it. */
  failuresSince: OWN,
  failures: OWN + 1,
  /** SSH. Seconds of the last close without authentication. */
  noAuthentication: OWN,
  /** SSH. Seconds of the last attempt told by a log that names no port. */
  toldAttempt: OWN + 1,
  /** SSH. Hash of the name that failed last, and how often in a row. */
  failedUser: OWN + 2,
  failedInRow: OWN + 3,
  /** SSH. Probabilities of the four hidden states, the second of the newest symbol, and the states' path. */
  states: OWN + 78,
  symbolAt: OWN + 82,
  path: OWN + 83,
  /** SSH. Port of the connection that failed last. */
  failedPort: OWN + 84,
  /** SSH. Day (UTC, since 1970) on which it failed while nobody knew it. */
  unknownDay: OWN + 85,
  /** SSH. Hash of the first name that failed, 0 = none did. */
  firstName: OWN + 86,
} as const

/** Words of a client; even. */
export const CLIENT_WORDS = { tls: OWN + 16, ssh: OWN + 88 } as const

/** Bits of WORD.flags. */
export const FLAG = { hostileTold: 1, shared: 2, critical: 4, proofUntold: 8 } as const

/** First number in a snapshot's state. */
export const STATE_VERSION = 9
