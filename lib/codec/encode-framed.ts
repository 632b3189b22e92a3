import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'
import { withBuffers } from './byte-fields.ts'
import { recordType } from './record-types.ts'

let scratch = Buffer.allocUnsafe(64 * 1024)

/** Header and Avro body in one allocation. Throws on a record that breaks its schema: that is a bug. */
export function encodeFramed<N extends RecordName>(
  name: N,
  record: RecordByName[N],
  header: Uint8Array,
): Uint8Array {
  const type = recordType(name)
  const writable = withBuffers(name, record)
  let end = type.encode(writable, scratch, header.length)
  if (end < 0) {
    scratch = Buffer.allocUnsafe(scratch.length - end)
    end = type.encode(writable, scratch, header.length)
  }
  const framed = Buffer.allocUnsafe(end)
  scratch.copy(framed, header.length, header.length, end)
  framed.set(header, 0)
  return framed
}
