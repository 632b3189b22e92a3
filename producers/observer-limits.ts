import { type NuisanceRates } from './nuisance-limit.ts'

/** How much an observer may hold beside its flow table. */
export interface ObserverLimits {
  /** Records waiting to be taken; what comes beyond is dropped and counted. */
  readonly maxRecords: number
  /** Bytes of one connection read while its protocol is not known; then it is ignored. */
  readonly maxUndecidedBytes: number
  /** Segments likewise. */
  readonly maxUndecidedSegments: number
  /** Bytes of one connection kept until SSH is ruled out (lines before the identification string). */
  readonly maxHeldBytes: number
  /** The same over all connections. */
  readonly maxHeldBytesTotal: number
  /** Listeners remembered as speaking TLS or SSH. */
  readonly maxListeners: number
  readonly maxDeadLettersPerConnection: number
  readonly memoEntries: number
  /** Connections that came to nothing, and dead letters, each by these rates. */
  readonly nuisances: NuisanceRates
}

export const OBSERVER_LIMITS: ObserverLimits = {
  maxRecords: 65_536,
  maxUndecidedBytes: 64 << 10,
  maxUndecidedSegments: 256,
  maxHeldBytes: 8 << 10,
  maxHeldBytesTotal: 16 << 20,
  maxListeners: 4_096,
  maxDeadLettersPerConnection: 4,
  memoEntries: 4_096,
  nuisances: {
    perClient: { perSecond: 20, burst: 1_000 },
    overall: { perSecond: 2_000, burst: 20_000 },
    maxClients: 16_384,
  },
}
