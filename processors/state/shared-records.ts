import { type AnyRecord, type Codec } from '../../lib/codec/codec.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { loadBytes, partsOf, type PartLoader, type SavedPart } from './saved-part.ts'

const PART_BYTES = 128 * 1024

/**
 * Records as saved parts. They are replaced, never changed: those of now may be encoded while newer
 * ones come.
 */
export function* saveRecords(
  codec: Codec,
  version: number,
  records: readonly AnyRecord[],
): Generator<SavedPart> {
  const head = new ByteWriter()
  head.u32(version)
  yield* partsOf('head', head.finish())
  let some: Uint8Array[] = []
  let [bytes, part] = [0, 0]
  for (const any of records) {
    const record = codec.encode(any.type, any.record)
    some.push(record)
    bytes += record.length
    if (bytes < PART_BYTES) continue
    yield partOf(part, some)
    ;[some, bytes, part] = [[], 0, part + 1]
  }
  if (some.length > 0) yield partOf(part, some)
  yield partOf(part + 1, [])
}

/** How many records, and they; none ends it. */
function partOf(part: number, records: readonly Uint8Array[]): SavedPart {
  const to = new ByteWriter()
  to.u32(records.length)
  for (const record of records) to.block(record)
  return { kind: 'bytes', name: `${part}`, bytes: to.finish() }
}

/** Gives each record that `saveRecords` saved. Throws RangeError on another version. */
export function* loadRecords(
  codec: Codec,
  version: number,
  take: (any: AnyRecord) => void,
): PartLoader {
  const head = new ByteReader(yield* loadBytes())
  if (head.u32() !== version) throw new RangeError('shared state of another version')
  for (;;) {
    const from = new ByteReader(yield)
    const records = from.u32()
    if (records === 0) return
    for (let left = records; left > 0; left -= 1) {
      const decoded = codec.decode(from.block())
      if (decoded.kind === 'record') take(decoded)
    }
  }
}
