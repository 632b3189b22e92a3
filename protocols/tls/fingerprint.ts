import { type ClientHello } from './client-hello.ts'
import { ja3, ja3Hash } from './ja3.ts'
import { ja4 } from './ja4.ts'
import { EXTENSION } from './registry.ts'

/** The fingerprints of one ClientHello. */
export interface TlsFingerprint {
  readonly ja3: string
  readonly ja3Hash: string
  readonly ja4: string
  readonly stableKey: string
}

const INPUTS: readonly number[] = [
  EXTENSION.supportedGroups,
  EXTENSION.ecPointFormats,
  EXTENSION.signatureAlgorithms,
  EXTENSION.alpn,
  EXTENSION.supportedVersions,
]

/**
 * False when an extension that a fingerprint is made of could not be read (better none than a wrong
 * one), and for SSLv2-style hellos, for which none is defined.
 */
export function isFingerprintable(hello: ClientHello): boolean {
  return hello.form === 'tls' && hello.unreadable.every((type) => !INPUTS.includes(type))
}

/** JA3, JA4 and stable key; undefined when the hello cannot be fingerprinted. */
export function fingerprint(hello: ClientHello): TlsFingerprint | undefined {
  if (!isFingerprintable(hello)) return undefined
  const text = ja3(hello)
  return { ja3: text, ja3Hash: ja3Hash(text), ...ja4(hello) }
}
