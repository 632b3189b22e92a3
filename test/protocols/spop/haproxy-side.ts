import { ByteWriter } from '../../../protocols/spop/byte-writer.ts'
import { encodeFrame, FIN, FRAME } from '../../../protocols/spop/frame.ts'
import { writeKeyValue } from '../../../protocols/spop/key-values.ts'
import { text, type TypedData } from '../../../protocols/spop/typed-data.ts'

/** HAPROXY-HELLO as HAProxy 2.6 sends it. */
export function haproxyHello(items: Readonly<Record<string, TypedData>> = {}): Uint8Array {
  const all = {
    'supported-versions': text('2.0'),
    'max-frame-size': { kind: 'uint32', value: 16_380n },
    capabilities: text('pipelining,async,fragmentation'),
    'engine-id': text('b6a1'),
    ...items,
  } as const
  return encodeFrame({ type: FRAME.haproxyHello, flags: FIN, streamId: 0, frameId: 0 }, (to) => {
    for (const [name, data] of Object.entries(all)) writeKeyValue(to, name, data)
  })
}

export interface MessageSpec {
  readonly name: string
  readonly args: Readonly<Record<string, TypedData>>
}

export function messagesPayload(messages: readonly MessageSpec[]): Uint8Array {
  const to = new ByteWriter()
  for (const { name, args } of messages) {
    to.string(name)
    to.u8(Object.keys(args).length)
    for (const [key, data] of Object.entries(args)) writeKeyValue(to, key, data)
  }
  return to.finish()
}

export function notify(
  streamId: number,
  frameId: number,
  messages: readonly MessageSpec[],
): Uint8Array {
  return encodeFrame({ type: FRAME.notify, flags: FIN, streamId, frameId }, (to) => {
    to.bytes(messagesPayload(messages))
  })
}

/** A payload in frames of at most `size` bytes of it: NOTIFY first, then UNSET, FIN on the last. */
export function fragments(payload: Uint8Array, size: number): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let at = 0; at < payload.length; at += size) {
    const last = at + size >= payload.length
    const head = {
      type: at === 0 ? FRAME.notify : FRAME.unset,
      flags: last ? FIN : 0,
      streamId: 7,
      frameId: 1,
    }
    frames.push(
      encodeFrame(head, (to) => {
        to.bytes(payload.subarray(at, at + size))
      }),
    )
  }
  return frames
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
