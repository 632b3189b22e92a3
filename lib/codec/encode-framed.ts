import { type Type } from 'avsc'
import { type RecordByName, type RecordName } from '../../schemas/generated/records.ts'
import { withBuffers } from './byte-fields.ts'
import { EncodeError } from './encode-error.ts'
import { recordType } from './record-types.ts'

let scratch = Buffer.allocUnsafe(64 * 1024)

/** Header and Avro body in one allocation. Throws EncodeError on a record that breaks its schema: that is a bug. */
export function encodeFramed<N extends RecordName>(
  name: N,
  record: RecordByName[N],
  header: Uint8Array,
): Uint8Array {
  const type = recordType(name)
  const writable = withBuffers(name, record)
  let end = written(name, type, writable, header.length)
  if (end < 0) {
    scratch = Buffer.allocUnsafe(scratch.length - end)
    end = type.encode(writable, scratch, header.length)
  }
  const framed = Buffer.allocUnsafe(end)
  scratch.copy(framed, header.length, header.length, end)
  framed.set(header, 0)
  return framed
}

/** Where it ends, or minus what is missing of the scratch memory. */
function written(name: RecordName, type: Type, writable: object, at: number): number {
  try {
    return type.encode(writable, scratch, at)
  } catch (cause) {
    let path: string | undefined
    type.isValid(writable, { errorHook: (where) => (path ??= where.join('.')) })
    // avsc checks while it writes; what isValid finds nothing wrong with was another fault.
    if (path === undefined) throw cause
    throw new EncodeError(name, path, cause)
  }
}
