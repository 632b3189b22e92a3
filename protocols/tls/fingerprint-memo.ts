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
 * fingerprint). When a generation of `capacity` is full the one before it is forgotten: a flood of
 * made-up hellos costs their hashing and cannot grow the memo.
 */
export function createFingerprintMemo(capacity = 4096): FingerprintMemo {
  let young = new Map<string, TlsFingerprint>()
  let old = new Map<string, TlsFingerprint>()
  const counters = { hits: 0, misses: 0 }

  function keep(key: string, value: TlsFingerprint): TlsFingerprint {
    if (young.size >= capacity) {
      old = young
      young = new Map()
    }
    young.set(key, value)
    return value
  }

  return {
    fingerprint(hello) {
      if (!isFingerprintable(hello)) return undefined
      const key = keyOf(hello)
      const recent = young.get(key)
      if (recent !== undefined) {
        counters.hits += 1
        return recent
      }
      const earlier = old.get(key)
      if (earlier !== undefined) {
        counters.hits += 1
        return keep(key, earlier)
      }
      const made = fingerprint(hello)
      counters.misses += 1
      return made === undefined ? undefined : keep(key, made)
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
