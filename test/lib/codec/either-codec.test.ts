import { expect, test } from '@jest/globals'
import { confluentCodec } from '../../../lib/codec/confluent.ts'
import { eitherCodec } from '../../../lib/codec/either-codec.ts'
import { recordType } from '../../../lib/codec/record-types.ts'
import { reframed } from '../../../lib/codec/reframed.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { exampleRecord } from '../../support/example-record.ts'

const alert = exampleRecord('Alert')
const single = singleObjectCodec()
const writer = { name: 'Alert', type: recordType('Alert'), resolver: undefined } as const
const either = eitherCodec(
  confluentCodec({
    ids: new Map([['Alert', 258]]),
    find: (id) => (id === 258 ? writer : undefined),
  }),
  single,
)

test('writes with a schema id, reads that and what was written before there was a registry', () => {
  const written = either.encode('Alert', alert)
  expect([...written.subarray(0, 5)]).toEqual([0, 0, 0, 1, 2])
  for (const value of [written, single.encode('Alert', alert)]) {
    expect(either.decode(value)).toEqual({ kind: 'record', type: 'Alert', record: alert })
    expect(either.peek(value)).toMatchObject({ kind: 'body', type: 'Alert', current: true })
  }
})

test('bytes of neither are rejected', () => {
  expect(either.decode(Uint8Array.of(7, 0, 0, 0, 0, 0))).toMatchObject({ code: 'not-a-record' })
  expect(either.decode(new Uint8Array())).toMatchObject({ code: 'not-a-record' })
})

test('records are written anew for another codec, deletions and strangers stay', () => {
  const value = single.encode('Alert', alert)
  const records = [value, null, Uint8Array.of(1)].map((one) => ({
    key: 'k',
    value: one,
    timestampMs: 1,
  }))
  expect(reframed(records, single, either).map((one) => one.value)).toEqual([
    either.encode('Alert', alert),
    null,
    Uint8Array.of(1),
  ])
})
