import { Cursor, OutOfBytes } from '../../lib/cursor.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../parsed.ts'
import { ByteWriter } from './byte-writer.ts'
import { readSmallVarint } from './varint.ts'

/** Types of frames (HAProxy, doc/SPOE.txt section 3.2). */
export const FRAME = {
  unset: 0,
  haproxyHello: 1,
  haproxyDisconnect: 2,
  notify: 3,
  agentHello: 101,
  agentDisconnect: 102,
  ack: 103,
} as const

/** The last frame of a payload. */
export const FIN = 0x1
/** The payload that was begun will not be finished. */
export const ABORT = 0x2

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly frameId: number
  /** A view. */
  readonly payload: Uint8Array
}

/**
 * One frame without its length:
 *
 *     uint8 type, uint32 flags, varint stream-id, varint frame-id, payload
 */
export function parseFrame(bytes: Uint8Array): Parsed<Frame, 'truncated' | 'bad-id'> {
  try {
    const cursor = new Cursor(bytes)
    const type = cursor.u8()
    const flags = cursor.u32()
    const streamId = readSmallVarint(cursor)
    const frameId = readSmallVarint(cursor)
    if (streamId === undefined || frameId === undefined) return reject('bad-id', 'byte 5')
    return emit({ type, flags, streamId, frameId, payload: cursor.take(cursor.remaining) })
  } catch (error) {
    if (error instanceof OutOfBytes) return reject('truncated', `byte ${error.offset}`)
    throw error
  }
}

/** A whole frame with its length before it, so that one write sends it. */
export function encodeFrame(
  head: Omit<Frame, 'payload'>,
  payload: (to: ByteWriter) => void,
): Uint8Array {
  const to = new ByteWriter()
  to.u32(0)
  to.u8(head.type)
  to.u32(head.flags)
  to.varint(head.streamId)
  to.varint(head.frameId)
  payload(to)
  to.setU32(0, to.length - 4)
  return to.finish()
}
