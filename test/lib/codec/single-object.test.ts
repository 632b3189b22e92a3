import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Cipher } from '../../../lib/codec/codec.ts'
import { fingerprintOf, recordType, writerSchema } from '../../../lib/codec/record-types.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { AVRO_SCHEMAS } from '../../../schemas/generated/avro-schemas.ts'
import { type RecordName } from '../../../schemas/generated/records.ts'
import { exampleRecord } from '../../support/example-record.ts'

const codec = singleObjectCodec()
const NAMES = Object.keys(AVRO_SCHEMAS) as RecordName[]

describe('single-object encoding', () => {
  test.each(NAMES)('%s comes back as it was', (name) => {
    const record = exampleRecord(name)
    expect(codec.decode(codec.encode(name, record))).toEqual({ kind: 'record', type: name, record })
  })

  test('begins with the marker C3 01', () => {
    const value = codec.encode('Alert', exampleRecord('Alert'))
    expect([...value.subarray(0, 2)]).toEqual([0xc3, 0x01])
  })

  test('a peek gives type and body without decoding', () => {
    const value = codec.encode('Alert', exampleRecord('Alert'))
    expect(codec.peek(value)).toEqual({
      kind: 'body',
      type: 'Alert',
      current: true,
      body: value.subarray(10),
    })
  })

  test('a value with another marker is not a record', () => {
    expect(codec.decode(Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4, 5, 6))).toEqual({
      kind: 'reject',
      code: 'not-a-record',
      at: 'byte 0',
    })
  })

  test('a schema nobody released is refused by its fingerprint', () => {
    const value = codec.encode('Alert', exampleRecord('Alert'))
    value[5] = (value[5] ?? 0) ^ 1
    expect(codec.decode(value)).toEqual({ kind: 'reject', code: 'unknown-schema', at: 'byte 2' })
  })

  test('every proper prefix is refused', () => {
    const value = codec.encode('Score', exampleRecord('Score'))
    for (let length = 0; length < value.length; length += 1) {
      expect(codec.decode(value.subarray(0, length)).kind).toBe('reject')
    }
  })

  test('noise behind a valid header never throws', () => {
    const header = codec.encode('TlsHello', exampleRecord('TlsHello')).subarray(0, 10)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        codec.decode(Uint8Array.from([...header, ...noise]))
        codec.peek(noise)
      }),
    )
  })
})

describe('a schema change', () => {
  /** Decision as a version without `gate` would have written it. */
  const older = structuredClone(AVRO_SCHEMAS.Decision) as { fields: { name: string }[] }
  older.fields = older.fields.filter(({ name }) => name !== 'gate')
  const writer = writerSchema(older)
  const { gate: _, ...decision } = exampleRecord('Decision')
  const value = Buffer.concat([
    Buffer.of(0xc3, 0x01),
    fingerprintOf(writer?.type ?? recordType('Decision')),
    writer?.type.toBuffer(decision) ?? Buffer.of(),
  ])

  test('keeps what an older version wrote readable, with the default for what it lacked', () => {
    expect(singleObjectCodec([older]).decode(value)).toEqual({
      kind: 'record',
      type: 'Decision',
      record: { ...decision, gate: null },
    })
  })

  test('tells a sink that the body must be rewritten', () => {
    expect(singleObjectCodec([older]).peek(value)).toMatchObject({ kind: 'body', current: false })
  })

  test('is refused as unknown where the older schema was not released', () => {
    expect(codec.decode(value)).toMatchObject({ kind: 'reject', code: 'unknown-schema' })
  })
})

describe('the encryption hook', () => {
  /** Xors with a byte per entity; a destroyed key is a missing one. */
  const keys = new Map([['alice', 0x5a]])
  const cipher: Cipher = {
    seal(entity, clear) {
      const key = keys.get(entity ?? '')
      if (key === undefined) return clear
      return Uint8Array.from([0xee, ...clear.map((byte) => byte ^ key)])
    },
    open(value) {
      if (value[0] !== 0xee) return value
      const key = keys.get('alice')
      return key === undefined ? undefined : value.subarray(1).map((byte) => byte ^ key)
    },
  }

  test('seals for an entity, opens with its key, and is lost with it', () => {
    const sealing = singleObjectCodec([], cipher)
    const value = sealing.encode('Alert', exampleRecord('Alert'), 'alice')
    expect(sealing.decode(value).kind).toBe('record')
    keys.delete('alice')
    expect(sealing.decode(value)).toEqual({ kind: 'reject', code: 'sealed', at: 'value' })
  })
})
