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
  const units: number[] = [hello.legacyVersion]
  append(units, hello.cipherSuites)
  append(units, hello.extensions)
  append(units, hello.supportedGroups)
  append(units, hello.ecPointFormats)
  append(units, hello.signatureAlgorithms)
  append(units, hello.supportedVersions)
  for (const name of hello.alpn) {
    units.push(name.length)
    for (const byte of name) units.push(byte)
    // Only names before the first that counts, and that one, matter; GREASE names have two bytes.
    if (name.length !== 2) break
  }
  return text(units)
}

function append(units: number[], values: readonly number[]): void {
  const at = units.length
  units.push(0)
  for (const value of values) if (!isGrease(value)) units.push(value)
  units[at] = units.length - at - 1
}

const CHUNK = 1024

function text(units: readonly number[]): string {
  let key = ''
  for (let at = 0; at < units.length; at += CHUNK) {
    key += String.fromCharCode(...units.slice(at, at + CHUNK))
  }
  return key
}
