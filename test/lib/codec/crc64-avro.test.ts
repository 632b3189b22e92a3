import { expect, test } from '@jest/globals'
import { crc64Avro } from '../../../lib/codec/crc64-avro.ts'

test('the fingerprint of "int" is the one in the Avro specification, little-endian', () => {
  const fingerprint = crc64Avro(new TextEncoder().encode('"int"'))
  expect(Buffer.from(fingerprint).reverse().toString('hex')).toBe('7275d51a3f395c8f')
})

test('the fingerprint of nothing is the empty fingerprint', () => {
  expect(Buffer.from(crc64Avro(new Uint8Array())).reverse().toString('hex')).toBe(
    'c15d213aa4d7a795',
  )
})
