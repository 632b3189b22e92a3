import { RecentMap } from '../../lib/recent-map.ts'
import { type ClientHello } from './client-hello.ts'
import { fingerprint, isFingerprintable, type TlsFingerprint } from './fingerprint.ts'
import { isGrease } from './registry.ts'

/** Computes fingerprints and remembers the recent ones, for a few programs send most hellos. */
export interface FingerprintMemo {
  fingerprint(hello: ClientHello): TlsFingerprint | undefined
  readonly hits: number
  readonly misses: number
}

/**
 * A memo of at most `2 × capacity` fingerprints, keyed by exactly what they are made of (GREASE left
 * out, lengths put before lists, so that two hellos share a key only when they share every
 * fingerprint).
 */
export function createFingerprintMemo(capacity = 4096): FingerprintMemo {
  const known = new RecentMap<string, TlsFingerprint>(capacity)
  const counters = { hits: 0, misses: 0 }

  return {
    fingerprint(hello) {
      if (!isFingerprintable(hello)) return undefined
      const key = keyOf(hello)
      const recent = known.get(key)
      if (recent !== undefined) {
        counters.hits += 1
        return recent
      }
      const made = fingerprint(hello)
      counters.misses += 1
      if (made !== undefined) known.set(key, made)
      return made
    },
    get hits() {
      return counters.hits
    },
    get misses() {
      return counters.misses
    },
  }
}

/** One UTF-16 code unit per number: all of them are below 65,536. */
function keyOf(hello: ClientHello): string {
  // Each number takes at least a byte of the hello; besides them there are a version and seven lengths.
  const most = hello.length + 8
  if (most > units.length) {
    units = new Uint16Array(most)
    unitBytes = Buffer.from(units.buffer)
  }
  units[0] = hello.legacyVersion
  let end = 1
  end = append(end, hello.cipherSuites)
  end = append(end, hello.extensions)
  end = append(end, hello.supportedGroups)
  end = append(end, hello.ecPointFormats)
  end = append(end, hello.signatureAlgorithms)
  end = append(end, hello.supportedVersions)
  for (const name of hello.alpn) {
    units[end] = name.length
    units.set(name, end + 1)
    end += 1 + name.length
    // Only names before the first that counts, and that one, matter; GREASE names have two bytes.
    if (name.length !== 2) break
  }
  return unitBytes.toString('utf16le', 0, 2 * end)
}

/** Where keys are put together: arrays for each hello made a tenth of all garbage. */
let units = new Uint16Array(4_096)
let unitBytes = Buffer.from(units.buffer)

/** Length and values at `at`; where they end. */
function append(at: number, values: readonly number[]): number {
  let end = at + 1
  for (const value of values) {
    if (isGrease(value)) continue
    units[end] = value
    end += 1
  }
  units[at] = end - at - 1
  return end
}
