import { type RecordName } from '../../schemas/generated/records.ts'

/** A record that breaks its schema: somewhere a bug made it. Names the field and never its value, which may be a secret. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError'
  readonly record: RecordName
  /** `cipherSuites.0`, or empty where the record as a whole cannot be written. */
  readonly path: string

  constructor(record: RecordName, path: string, cause: unknown) {
    super(`${record} cannot be encoded: ${path === '' ? 'the record' : path} breaks its schema`, {
      cause,
    })
    this.record = record
    this.path = path
  }
}
