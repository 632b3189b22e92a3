import { clientEntity } from '../lib/client-entity.ts'

/** Rates per second of event time, with what may come at once. */
export interface NuisanceRates {
  readonly perClient: { readonly perSecond: number; readonly burst: number }
  readonly overall: { readonly perSecond: number; readonly burst: number }
  /** Clients remembered. */
  readonly maxClients: number
}

/** Says whether one more finding that costs its sender nothing is to be told of. */
export interface NuisanceLimit {
  /** `at` in microseconds. */
  admits(client: Uint8Array, at: number): boolean
}

interface Bucket {
  left: number
  at: number
}

/**
 * Token buckets, one for each client and one for all: connections that say nothing and bytes that mean
 * nothing are evidence by the dozen, and a flood of events by the million. A client forgotten for
 * others starts anew; the bucket of all bounds what a flood from many addresses can make of that.
 */
export function createNuisanceLimit(rates: NuisanceRates): NuisanceLimit {
  let young = new Map<string, Bucket>()
  let old = new Map<string, Bucket>()
  const overall: Bucket = { left: rates.overall.burst, at: -Infinity }

  function bucketOf(key: string): Bucket {
    const known = young.get(key)
    if (known !== undefined) return known
    const bucket = old.get(key) ?? { left: rates.perClient.burst, at: -Infinity }
    if (young.size >= rates.maxClients / 2) {
      old = young
      young = new Map()
    }
    young.set(key, bucket)
    return bucket
  }

  return {
    admits(client, at) {
      const own = bucketOf(clientEntity(client))
      refill(own, rates.perClient, at)
      refill(overall, rates.overall, at)
      if (own.left < 1 || overall.left < 1) return false
      own.left -= 1
      overall.left -= 1
      return true
    },
  }
}

function refill(bucket: Bucket, rate: NuisanceRates['overall'], at: number): void {
  // A clock that goes back gives nothing, and takes nothing away.
  const seconds = Math.max(0, at - bucket.at) / 1e6
  bucket.at = Math.max(bucket.at, at)
  bucket.left = Math.min(rate.burst, bucket.left + seconds * rate.perSecond)
}
