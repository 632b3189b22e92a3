import { describe, expect, test } from '@jest/globals'
import { crc32c, createRecordsBatch } from '@platformatic/kafka'
import fc from 'fast-check'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { committedRecords, type Undone } from '../../../io/event-log/kafka/record-batches.ts'

interface Made {
  readonly first?: number
  readonly producer?: bigint
  readonly transactional?: boolean
}

/** A batch as a producer makes it, at an offset as the broker gives it. */
function batch(
  texts: readonly string[],
  { first = 0, producer, transactional }: Made = {},
): Buffer {
  const messages = texts.map((text, n) => ({
    ...{ topic: 't', key: Buffer.from('k'), value: Buffer.from(text) },
    timestamp: 1_700_000_000_000n + BigInt(n),
  }))
  const made = createRecordsBatch(messages, {
    ...(producer === undefined ? {} : { producerId: producer, producerEpoch: 0 }),
    ...(transactional === true ? { transactionalId: 'id' } : {}),
  })
  const bytes = Buffer.from(made.buffer)
  bytes.writeBigInt64BE(BigInt(first), 0)
  return bytes
}

/** The same batch with other attributes and another body, its checksum right. */
function changed(bytes: Buffer, attributes: number, body = bytes.subarray(61)): Buffer {
  const made = Buffer.concat([bytes.subarray(0, 61), body])
  made.writeInt32BE(made.length - 12, 8)
  made.writeInt16BE(attributes, 21)
  made.writeUInt32BE(crc32c(made.subarray(21)), 17)
  return made
}

function seen(bytes: Buffer, at = 0, undone: readonly Undone[] = []): object {
  const { records, next } = committedRecords(bytes, undone, at, crc32c)
  return { texts: records.map(({ offset, value }) => `${offset} ${String(value)}`), next }
}

const LIMIT = 4 * 1024 * 1024

describe('fetched batches', () => {
  test('are read as what was written: key, value, time, offset', () => {
    const { records, next } = committedRecords(batch(['a', 'b'], { first: 7 }), [], 7, crc32c)
    const k = { key: 'k', arrivedMs: undefined }
    expect(records).toEqual([
      { ...k, value: Buffer.from('a'), timestampMs: 1_700_000_000_000, offset: 7 },
      { ...k, value: Buffer.from('b'), timestampMs: 1_700_000_000_001, offset: 8 },
    ])
    expect(next).toBe(9)
  })

  test('begin in the middle of a batch, and one that is cut off waits for the next fetch', () => {
    const two = Buffer.concat([batch(['a', 'b', 'c']), batch(['d'], { first: 3 })])
    expect(seen(two, 1)).toEqual({ texts: ['1 b', '2 c', '3 d'], next: 4 })
    expect(seen(two.subarray(0, -1), 1)).toEqual({ texts: ['1 b', '2 c'], next: 3 })
    expect(seen(two.subarray(0, 40), 1)).toEqual({ texts: [], next: 1 })
  })

  test('have both times where the broker stamps them: that of the record, and that of its arrival', () => {
    const stamped = changed(batch(['a']), 1 << 3)
    stamped.writeBigInt64BE(1_800_000_000_000n, 35)
    stamped.writeUInt32BE(crc32c(stamped.subarray(21)), 17)
    const [record] = committedRecords(stamped, [], 0, crc32c).records
    expect(record).toMatchObject({ timestampMs: 1_700_000_000_000, arrivedMs: 1_800_000_000_000 })
  })

  test('are without control records and without what a transaction undid', () => {
    const marker = (first: number, type: number): Buffer => {
      const bytes = batch(['marker'], { first, producer: 5n, transactional: true })
      const key = Buffer.from([0, 0, 0, type])
      const record = Buffer.concat([Buffer.of(0, 0, 0, 8), key, Buffer.of(0, 0)])
      const body = Buffer.concat([Buffer.of(record.length * 2), record])
      return changed(bytes, (1 << 4) | (1 << 5), body)
    }
    const bytes = Buffer.concat([
      batch(['undone'], { first: 0, producer: 5n, transactional: true }),
      batch(['of another'], { first: 1, producer: 6n, transactional: true }),
      marker(2, 0),
      batch(['done'], { first: 3, producer: 5n, transactional: true }),
      marker(4, 1),
    ])
    expect(seen(bytes, 0, [{ producerId: 5, firstOffset: 0 }])).toEqual({
      texts: ['1 of another', '3 done'],
      next: 5,
    })
  })

  test.each([
    ['gzip', 1, gzipSync],
    ['zstd', 4, zstdCompressSync],
  ] as const)('that are compressed with %s swell up to 4 MiB and no further', (_, codec, pack) => {
    const plain = batch(['x'.repeat(LIMIT - 100)])
    const fits = changed(plain, codec, pack(plain.subarray(61)))
    expect(committedRecords(fits, [], 0, crc32c).records[0]?.value).toHaveLength(LIMIT - 100)
    const bomb = changed(batch(['x']), codec, pack(Buffer.alloc(64 * LIMIT)))
    expect(bomb.length).toBeLessThan(LIMIT)
    const { records, next } = committedRecords(bomb, [], 0, crc32c)
    expect(records.map(({ key, value, offset }) => [key, value?.length, offset])).toEqual([
      ['', 32, 0],
    ])
    expect(next).toBe(1)
  })

  test.each([
    ['a codec nobody of ours writes', changed(batch(['a', 'b']), 2)],
    ['bytes that are not what the codec wants', changed(batch(['a', 'b']), 1)],
    ['another magic', Buffer.from(batch(['a', 'b']).fill(1, 16, 17))],
    ['a flipped bit', Buffer.from(batch(['a', 'b']).fill(0x55, 70, 71))],
    ['more records than it holds', count(batch(['a', 'b']), 2 ** 31 - 1)],
    ['fewer records than it holds', count(batch(['a', 'b']), 1)],
  ])('of %s are one record of their first bytes, and the reading goes on', (_, bytes) => {
    const after = batch(['after'], { first: 2 })
    const { records, next } = committedRecords(Buffer.concat([bytes, after]), [], 0, crc32c)
    expect(records.map(({ key, offset }) => [key, offset])).toEqual([
      ['', 1],
      ['k', 2],
    ])
    expect(records[0]?.value).toEqual(bytes.subarray(61, 61 + 32))
    expect(next).toBe(3)
  })

  test('may be any bytes at all: nothing is thrown, nothing repeated', () => {
    const whole = Buffer.concat([batch(['a', 'b']), batch(['c'], { first: 2 })])
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(whole.length),
        fc.boolean(),
        (flips, length, rightSum) => {
          const bytes = Buffer.from(whole)
          for (const [at, byte] of flips) bytes[at] = byte
          if (rightSum)
            bytes.writeUInt32BE(crc32c(bytes.subarray(21, 12 + whole.readInt32BE(8))), 17)
          const { records, next } = committedRecords(bytes.subarray(0, length), [], 0, crc32c)
          expect(next).toBeGreaterThanOrEqual(0)
          expect(records.length).toBeLessThanOrEqual(whole.length / 7)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

function count(bytes: Buffer, records: number): Buffer {
  bytes.writeInt32BE(records, 57)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}
