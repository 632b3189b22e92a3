import { emit, reject } from '../../lib/outcome.ts'
import { latin1 } from '../printable.ts'
import { type Parsed } from '../parsed.ts'
import { encodeFrame, FIN, FRAME } from './frame.ts'
import { parseKeyValues, writeKeyValue } from './key-values.ts'
import { text, type TypedData } from './typed-data.ts'

/** What HAProxy says when it connects (doc/SPOE.txt section 3.2.4). */
export interface HaproxyHello {
  readonly maxFrameSize: number
  readonly capabilities: readonly string[]
  /** A health check: answered like any other hello, then the connection ends. */
  readonly healthcheck: boolean
  readonly engineId: string | null
}

/** Status codes of DISCONNECT (doc/SPOE.txt section 3.3); each is the protocol's number. */
export const STATUS = {
  normal: 0,
  io: 1,
  timeout: 2,
  tooBig: 3,
  invalidFrame: 4,
  noVersion: 5,
  noMaxFrameSize: 6,
  noCapabilities: 7,
  unsupportedVersion: 8,
  badMaxFrameSize: 9,
  fragmentationNotSupported: 10,
  interlacedFrames: 11,
  frameIdNotFound: 12,
  resource: 13,
  unknown: 99,
} as const

export type StatusName = keyof typeof STATUS

const VERSION = '2.0'
/** The least that the protocol allows, bytes. */
const LEAST_FRAME = 256

/** Reads the payload of HAPROXY-HELLO. The code of a refusal is the status to disconnect with. */
export function parseHaproxyHello(payload: Uint8Array): Parsed<HaproxyHello, StatusName> {
  const items = parseKeyValues(payload)
  if (items.kind === 'reject') return reject('invalidFrame', items.at)
  const versions = stringOf(items.value.get('supported-versions'))
  if (versions === undefined) return reject('noVersion', 'supported-versions')
  if (!listOf(versions).some((one) => /^2(\.\d{1,4})?$/.test(one))) {
    return reject('unsupportedVersion', 'supported-versions')
  }
  const size = items.value.get('max-frame-size')
  if (size === undefined || !('value' in size) || typeof size.value !== 'bigint') {
    return reject('noMaxFrameSize', 'max-frame-size')
  }
  if (size.value < LEAST_FRAME || size.value > 0xffff_ffffn) {
    return reject('badMaxFrameSize', 'max-frame-size')
  }
  const capabilities = stringOf(items.value.get('capabilities'))
  if (capabilities === undefined) return reject('noCapabilities', 'capabilities')
  const healthcheck = items.value.get('healthcheck')
  return emit({
    maxFrameSize: Number(size.value),
    capabilities: listOf(capabilities),
    healthcheck: healthcheck?.kind === 'bool' && healthcheck.value,
    engineId: stringOf(items.value.get('engine-id')) ?? null,
  })
}

/** AGENT-HELLO, whole: HAProxy 3.2 resets connections on which it comes in pieces (haproxy#3478). */
export function encodeAgentHello(
  maxFrameSize: number,
  capabilities: readonly string[],
): Uint8Array {
  const head = { type: FRAME.agentHello, flags: FIN, streamId: 0, frameId: 0 }
  return encodeFrame(head, (to) => {
    writeKeyValue(to, 'version', text(VERSION))
    writeKeyValue(to, 'max-frame-size', { kind: 'uint32', value: BigInt(maxFrameSize) })
    writeKeyValue(to, 'capabilities', text(capabilities.join(',')))
  })
}

/** AGENT-DISCONNECT: after it the agent closes. */
export function encodeAgentDisconnect(status: StatusName, message: string): Uint8Array {
  const head = { type: FRAME.agentDisconnect, flags: FIN, streamId: 0, frameId: 0 }
  return encodeFrame(head, (to) => {
    writeKeyValue(to, 'status-code', { kind: 'uint32', value: BigInt(STATUS[status]) })
    writeKeyValue(to, 'message', text(message))
  })
}

function stringOf(data: TypedData | undefined): string | undefined {
  return data?.kind === 'string' ? latin1(data.value) : undefined
}

function listOf(words: string): readonly string[] {
  return words
    .slice(0, 1_024)
    .split(',')
    .map((word) => word.trim())
}
