import { judgeTlsHello } from '../../behaviour/inline.ts'
import { type Evidence } from '../../behaviour/evidence/evidence.ts'
import { type PopulationView } from '../../behaviour/population-view.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import { connectionId } from '../../lib/event-id.ts'
import { type ClientHello, parseClientHello } from '../../protocols/tls/client-hello.ts'
import {
  createFingerprintMemo,
  type FingerprintMemo,
} from '../../protocols/tls/fingerprint-memo.ts'
import { isGrease } from '../../protocols/tls/registry.ts'
import { type TlsHello } from '../../schemas/generated/records.ts'
import { type GateConnection } from './gate-connection.ts'
import { tlsHelloRecord } from './tls-hello-record.ts'

/** What a presented ClientHello turned out to be. */
export type HelloInHand =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'hello'
      readonly stableKey: string | null
      readonly sni: string | null
      /** Null when the client's port is unknown. */
      readonly connectionId: Uint8Array | null
      readonly evidence: readonly Evidence[]
      /** Whether narrowing the server's groups makes it retry, and leaves it a group to retry with. */
      readonly canRetry: boolean
      /** Made on demand: an answer does not wait for what only the log needs. */
      readonly record: () => TlsHello
    }
  | { readonly kind: 'malformed'; readonly at: string; readonly evidence: readonly Evidence[] }

export const NO_HELLO: HelloInHand = { kind: 'absent' }

/** Longest ClientHello that is looked at, bytes: a record's worth, as servers accept. */
export const MAX_HELLO = 16_384
const HANDSHAKE_RECORD = 22

/** What clients are looked up by, made of what a gate says. */
export interface LookupKey {
  readonly fingerprint: string | null
  /** False when only a JA4 was given and no hello with it was read here: most have another stable key. */
  readonly sure: boolean
}

const KNOWN_JA4 = 20_000

/** Reads hellos in hand; recent fingerprints are remembered, for a few programs send most hellos. */
export class HelloReader {
  readonly #memo: FingerprintMemo = createFingerprintMemo()
  readonly #stableKeys = new RecentMap<string, string>(KNOWN_JA4)

  /**
   * Parses what a gate presents: the handshake message, or the TLS records that carry it. Bytes that
   * are no hello are evidence, not an error: somebody sent them to the service.
   */
  read(bytes: Uint8Array, connection: GateConnection, population: PopulationView): HelloInHand {
    const message = bytes[0] === HANDSHAKE_RECORD ? unwrapRecords(bytes) : bytes
    const parsed = parseClientHello(message)
    if (parsed.kind !== 'emit') {
      const at = `${parsed.code} at ${parsed.at}`
      return { kind: 'malformed', at, evidence: [malformed(at)] }
    }
    const hello = parsed.value
    const fingerprint = this.#memo.fingerprint(hello)
    const stableKey = fingerprint?.stableKey ?? null
    if (fingerprint !== undefined) this.#stableKeys.set(fingerprint.ja4, fingerprint.stableKey)
    const id = connectionId(connection.clientAddress, connection.clientPort, hello.random)
    return {
      kind: 'hello',
      stableKey,
      sni: 'name' in hello.serverName ? hello.serverName.name : null,
      connectionId: connection.clientPort === 0 ? null : id,
      evidence: judge(hello, stableKey, population),
      canRetry: canRetry(hello),
      record: () => tlsHelloRecord(hello, fingerprint, connection, id),
    }
  }

  /**
   * The stable key of a JA4 that came without its hello. It is a function of what JA4 hashes, so every
   * hello read here teaches it. An unknown JA4 stands for itself: that is the stable key of hellos
   * without padding, ticket, PSK, early data and cookie.
   */
  keyOf(ja4: string | undefined): LookupKey {
    if (ja4 === undefined) return { fingerprint: null, sure: true }
    const stableKey = this.#stableKeys.get(ja4)
    return { fingerprint: stableKey ?? ja4, sure: stableKey !== undefined }
  }
}

function judge(
  hello: ClientHello,
  stableKey: string | null,
  population: PopulationView,
): readonly Evidence[] {
  const greaseExtensions = hello.extensions.filter(isGrease)
  const sniForm = hello.serverName.form
  return judgeTlsHello({ ...hello, stableKey, greaseExtensions, sniForm }, population)
}

/** P-384 and P-521 (RFC 8446 section 4.2.7): nearly all clients offer one, hardly any sends a share of it. */
const NARROW_GROUPS = [0x18, 0x19]
const TLS_1_3 = 0x0304

/** A server that takes the narrow groups only answers this hello with a HelloRetryRequest, and no failure. */
function canRetry(hello: ClientHello): boolean {
  return (
    hello.supportedVersions.includes(TLS_1_3) &&
    hello.supportedGroups.some((group) => NARROW_GROUPS.includes(group)) &&
    !hello.keyShares.some(({ group }) => NARROW_GROUPS.includes(group))
  )
}

/** Joins the fragments of consecutive handshake records (RFC 8446 section 5.1); stops at anything else. */
function unwrapRecords(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length)
  let filled = 0
  for (let at = 0; at + 5 <= bytes.length && bytes[at] === HANDSHAKE_RECORD;) {
    const length = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0)
    const fragment = bytes.subarray(at + 5, at + 5 + length)
    out.set(fragment, filled)
    filled += fragment.length
    at += 5 + length
  }
  return out.subarray(0, filled)
}

function malformed(at: string): Evidence {
  return {
    feature: 't_malformed',
    family: 'probe',
    nats: MALFORMED_NATS,
    value: 1,
    unit: 'hellos',
    baseline: 0,
    oneIn: null,
    text: `what was presented is no ClientHello: ${at}`,
  }
}

/** As a failed handshake: ln(0.60 / 0.05) (behaviour-models 4.5). */
const MALFORMED_NATS = 2.48
