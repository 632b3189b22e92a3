import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { LONGEST_ADVERT, formatAdvert, parseAdvert } from '../../../protocols/challenge/advert.ts'
import { fromBase64Url, toBase64Url } from '../../../protocols/challenge/base64url.ts'
import {
  encodeExtension,
  LONGEST_BODY,
  LONGEST_PAYLOAD,
  parseExtension,
} from '../../../protocols/challenge/extension-packet.ts'
import { framePacket } from '../../../protocols/ssh/packet-writer.ts'
import { PacketReader } from '../../../protocols/ssh/packet-reader.ts'

describe('extension packets', () => {
  test('the largest fits its bounds, one byte more is refused', () => {
    const largest = encodeExtension(Buffer.alloc(LONGEST_BODY, 0x20), Buffer.alloc(64))
    expect(largest.length).toBeLessThanOrEqual(LONGEST_PAYLOAD)
    expect(parseExtension(largest).kind).toBe('emit')
    expect(() => encodeExtension(Buffer.alloc(LONGEST_BODY + 1))).toThrow(RangeError)
  })

  test('any payload comes back out of its frame, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.nat(), (payload, place) => {
        const frame = framePacket(payload)
        expect(frame.length % 8).toBe(0)
        expect(frame[4]).toBeGreaterThanOrEqual(4)
        const reader = new PacketReader()
        const cut = place % frame.length
        const first = reader.push(frame.subarray(0, cut), 0)
        const rest = first.packet ?? reader.push(frame.subarray(cut), 0).packet
        expect(rest && Buffer.from(rest.payload)).toEqual(Buffer.from(payload))
      }),
    )
  })

  test('any bytes are a packet or a fault, never a throw', () => {
    const good = encodeExtension(Buffer.from('{"type":"hello"}'))
    const changed = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(good)
      bytes[at] = byte
      return new Uint8Array(bytes)
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), (bytes) => {
        const parsed = parseExtension(bytes)
        expect(['emit', 'reject']).toContain(parsed.kind)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('adverts', () => {
  test('every pair of keys makes a line that eight SSH clients let pass, and comes back', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(key, key, (sign, seal) => {
        const line = formatAdvert({ sign, seal }, [1, 2, 3, 4, 5, 6, 7, 255])
        expect(line.length).toBeLessThanOrEqual(LONGEST_ADVERT)
        expect(line.startsWith('SSH-')).toBe(false)
        const advert = parseAdvert(line.trimEnd())
        expect(advert?.versions).toEqual([1, 2, 3, 4, 5, 6, 7, 255])
        expect(Buffer.from(advert?.keys.sign ?? [])).toEqual(Buffer.from(sign))
        expect(Buffer.from(advert?.keys.seal ?? [])).toEqual(Buffer.from(seal))
      }),
    )
  })

  test('any line is an advert or none, never a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (rest) => {
        expect(parseAdvert(`X-VESTIBULE-GATE ${rest}`)).toBeUndefined()
      }),
    )
  })
})

test('base64url has one spelling for one value', () => {
  expect(fromBase64Url('_-8')).toEqual(Buffer.of(0xff, 0xef))
  expect(fromBase64Url('_-9')).toBeUndefined()
  expect(fromBase64Url('_-8=')).toBeUndefined()
  expect(fromBase64Url('/+8')).toBeUndefined()
  expect(fromBase64Url('A')).toBeUndefined()
  expect(toBase64Url(Buffer.of(0xff, 0xef))).toBe('_-8')
})
