import { judgeTlsHello } from '../../behaviour/inline.ts'
import { type Evidence } from '../../behaviour/evidence/evidence.ts'
import { type PopulationView } from '../../behaviour/population-view.ts'
import { parseClientHello } from '../../protocols/tls/client-hello.ts'
import {
  createFingerprintMemo,
  type FingerprintMemo,
} from '../../protocols/tls/fingerprint-memo.ts'
import { type TlsHello } from '../../schemas/generated/records.ts'
import { tlsHelloRecord, type GateConnection } from './tls-hello-record.ts'

/** What a presented ClientHello turned out to be. */
export type HelloInHand =
  | { readonly kind: 'absent' }
  | { readonly kind: 'hello'; readonly record: TlsHello; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'malformed'; readonly at: string; readonly evidence: readonly Evidence[] }

export const NO_HELLO: HelloInHand = { kind: 'absent' }

/** Longest ClientHello that is looked at, bytes: a record's worth, as servers accept. */
export const MAX_HELLO = 16_384
const HANDSHAKE_RECORD = 22

/** Reads hellos in hand; recent fingerprints are remembered, for a few programs send most hellos. */
export class HelloReader {
  readonly #memo: FingerprintMemo = createFingerprintMemo()

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
    const fingerprint = this.#memo.fingerprint(parsed.value)
    const record = tlsHelloRecord(parsed.value, fingerprint, connection)
    return { kind: 'hello', record, evidence: judgeTlsHello(record, population) }
  }
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
