import { describe, expect, test } from '@jest/globals'
import { murmur2, partitionOf } from '../../lib/murmur2.ts'

describe('murmur2', () => {
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does (UtilsTest.testMurmur2)', (text, expected) => {
    expect(murmur2(Buffer.from(text)) | 0).toBe(expected)
  })

  test('has the same hash for bytes of any view', () => {
    const bytes = Buffer.from('..foobar..')
    expect(murmur2(bytes.subarray(2, 8)) | 0).toBe(-790332482)
  })

  test('never chooses a partition below 0: the sign bit is cleared, not the sign changed', () => {
    expect(partitionOf('foobar', 4)).toBe((-790332482 & 0x7fffffff) % 4)
    expect(partitionOf('abc', 4)).toBe(479470107 % 4)
  })

  test('hashes the UTF-8 bytes of a key', () => {
    const ofBytes = (murmur2(Buffer.from('bücher', 'utf8')) & 0x7fffffff) % 4
    expect(partitionOf('bücher', 4)).toBe(ofBytes)
  })
})
