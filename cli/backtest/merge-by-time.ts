import { type AnyRecord } from '../../lib/codec/codec.ts'

/**
 * Records of several files as one stream in the order of their time, as the event log would have had
 * them: each file is taken to be in order, and of their next records the oldest comes first.
 */
export async function* mergeByTime(
  files: readonly AsyncIterable<AnyRecord>[],
): AsyncGenerator<AnyRecord> {
  const sources = files.map((file) => file[Symbol.asyncIterator]())
  const heads: { readonly any: AnyRecord; readonly from: AsyncIterator<AnyRecord> }[] = []
  async function pull(from: AsyncIterator<AnyRecord>): Promise<void> {
    const next = await from.next()
    if (next.done !== true) heads.push({ any: next.value, from })
  }
  for (const source of sources) await pull(source)
  for (;;) {
    const [first, ...rest] = heads
    if (first === undefined) return
    const oldest = rest.reduce(older, first)
    heads.splice(heads.indexOf(oldest), 1)
    yield oldest.any
    await pull(oldest.from)
  }
}

function older<T extends { readonly any: AnyRecord }>(a: T, b: T): T {
  return b.any.record.observedAt < a.any.record.observedAt ? b : a
}
