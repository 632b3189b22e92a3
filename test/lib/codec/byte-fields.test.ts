import { describe, expect, test } from '@jest/globals'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { withBuffers } from '../../../lib/codec/byte-fields.ts'
import { exampleRecord } from '../../support/example-record.ts'

describe('bytes of records on their way to avsc', () => {
  test('any Uint8Array is written, in a field, a union and a list', () => {
    const codec = singleObjectCodec()
    const plain = exampleRecord('TlsHello', {
      clientAddress: new Uint8Array(16).fill(1),
      connectionId: new Uint8Array(16).fill(2),
      keyShareDigests: [new Uint8Array(8).fill(3)],
    })
    const decoded = codec.decode(codec.encode('TlsHello', plain))
    expect(decoded).toMatchObject({
      record: {
        clientAddress: Buffer.alloc(16, 1),
        connectionId: Buffer.alloc(16, 2),
        keyShareDigests: [Buffer.alloc(8, 3)],
      },
    })
  })

  test('a record of Buffers comes back as it is', () => {
    const record = exampleRecord('Server', { eventId: Buffer.alloc(16) })
    expect(withBuffers('Server', record)).toBe(record)
  })
})
