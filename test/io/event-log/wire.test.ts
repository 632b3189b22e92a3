import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  frameAt,
  frameBytes,
  isSound,
  recordOf,
  stampFrame,
  writeFrame,
} from '../../../io/event-log/record-frame.ts'
import { blankMessage, MessageReader, MessageTooLong, TYPE } from '../../../io/event-log/wire.ts'

describe('messages', () => {
  test('come out whole however the stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(bodies, cuts, (sent, sizes) => {
        const stream = Buffer.concat(
          sent.map((body, id) => {
            const message = blankMessage(TYPE.records, id, body.length)
            message.set(body, 13)
            return message
          }),
        )
        const reader = new MessageReader()
        const got: string[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          for (const { id, body } of reader.push(stream.subarray(at, at + size))) {
            got.push(`${id} ${body.toString('hex')}`)
          }
          at += size
        }
        expect(got).toEqual(sent.map((body, id) => `${id} ${Buffer.from(body).toString('hex')}`))
      }),
    )
  })

  test('that claim more than any may have are refused before anything is kept', () => {
    const claim = Buffer.from([0xff, 0xff, 0xff, 0x7f])
    expect(() => new MessageReader().push(claim)).toThrow(MessageTooLong)
    expect(() => new MessageReader().push(Buffer.from([3, 0, 0, 0]))).toThrow(MessageTooLong)
  })
})

describe('frames', () => {
  const value = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null })
  const arbitrary = fc.record({
    key: fc.string({ unit: 'grapheme', maxLength: 50 }),
    value,
    timestampMs: fc.integer({ min: 0, max: 4e12 }),
  })

  test('give back the record and its place', () => {
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 0, max: 2 ** 50 }), (record, offset) => {
        const frame = Buffer.alloc(frameBytes(record))
        expect(writeFrame(frame, 0, 3, record)).toBe(frame.length)
        stampFrame(frame, { topic: 3, partition: 2, offset, sequence: offset + 1, arrivedMs: 7 })
        expect(isSound(frame)).toBe(true)
        const read = recordOf(frame)
        expect({ ...read, value: read.value && [...read.value] }).toEqual({
          ...record,
          value: record.value && [...record.value],
          partition: 2,
          offset,
          arrivedMs: 7,
        })
      }),
    )
  })

  test('of the first logs, which kept no time of arrival, are read too', () => {
    const old = Buffer.alloc(40 + 3)
    old.writeUInt32LE(43, 0)
    old[9] = 3
    old.writeDoubleLE(5, 20)
    old.writeDoubleLE(1000, 28)
    old.writeUInt32LE(1, 36)
    old.write('kab', 40)
    const frame = frameAt(old, 0)
    if (frame === undefined || frame === 'torn') throw new Error('not read')
    const { value, ...rest } = recordOf(frame)
    const expected = { partition: 0, offset: 5, key: 'k', timestampMs: 1000, arrivedMs: undefined }
    expect(rest).toEqual(expected)
    expect(value?.toString()).toBe('ab')
  })

  test('show a changed byte behind the checksum', () => {
    const record = { key: 'k', value: Buffer.from('value'), timestampMs: 1 }
    const frame = Buffer.alloc(frameBytes(record))
    writeFrame(frame, 0, 1, record)
    stampFrame(frame, { topic: 1, partition: 0, offset: 0, sequence: 0, arrivedMs: 0 })
    for (let at = 8; at < frame.length; at++) {
      const changed = Buffer.from(frame)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(isSound(changed)).toBe(false)
    }
  })

  test('of any bytes are a frame, torn, or not there yet; nothing is read behind the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const frame = frameAt(Buffer.from(bytes), 0)
        if (frame === undefined || frame === 'torn') return
        expect(frame.length).toBeLessThanOrEqual(bytes.length)
        recordOf(frame)
      }),
    )
  })
})
