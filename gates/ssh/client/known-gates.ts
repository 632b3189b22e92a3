import { fromBase64Url, toBase64Url } from '../../../protocols/challenge/base64url.ts'
import { type GatePublicKeys } from '../../../protocols/challenge/gate-keys.ts'

/** What the file of known gates says of a gate. */
export type GateVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  /** Other keys are pinned for this name; lines are counted from 1. */
  | { readonly kind: 'changed'; readonly lines: readonly number[] }

/** The name a gate is pinned under: what the user asked ssh for. IPv6 addresses need no other brackets. */
export function gateName(host: string, port: number): string {
  return `[${host.toLowerCase()}]:${port}`
}

/** A line of the file, as OpenSSH's known_hosts has one per key: name, Ed25519 key, X25519 key. */
export function knownGateLine(name: string, keys: GatePublicKeys): string {
  return `${name} ${toBase64Url(keys.sign)} ${toBase64Url(keys.seal)}\n`
}

/**
 * Looks a gate up. Several lines may have one name, so that new keys can be told before they are used: one that fits is
 * enough. Lines that begin with # and lines that are not understood are skipped.
 */
export function judgeGate(file: string, name: string, keys: GatePublicKeys): GateVerdict {
  const others: number[] = []
  for (const [at, line] of file.split('\n').entries()) {
    const [pinnedName, sign = '', seal = ''] = line.trim().split(/[ \t]+/)
    if (pinnedName !== name) continue
    const pinned = { sign: fromBase64Url(sign), seal: fromBase64Url(seal) }
    if (pinned.sign?.length !== 32 || pinned.seal?.length !== 32) continue
    if (pinned.sign.equals(keys.sign) && pinned.seal.equals(keys.seal)) return { kind: 'known' }
    others.push(at + 1)
  }
  return others.length === 0 ? { kind: 'unknown' } : { kind: 'changed', lines: others }
}
