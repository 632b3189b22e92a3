import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createCaptureParser } from '../../../protocols/packet/capture-parser.ts'
import { type Frame } from '../../../protocols/packet/frame.ts'
import { bytesOf, pcapFile, segmentFrame } from '../../support/packets.ts'

const FRAMES = [
  segmentFrame('client', { flags: 'S', payload: 'one' }, 1_700_000_000_123_456),
  segmentFrame('server', { flags: 'SA', payload: 'three' }, 1_700_000_001_000_001),
]

function parsed(file: Uint8Array, step = file.length) {
  const parser = createCaptureParser()
  const frames: Frame[] = []
  for (let at = 0; at < file.length; at += step) {
    for (const frame of parser.push(file.subarray(at, at + step))) {
      frames.push({ ...frame, bytes: Uint8Array.from(frame.bytes) })
    }
  }
  return { frames, fault: parser.end() }
}

function word(value: number, bigEndian: boolean): Uint8Array {
  const bytes = Buffer.alloc(4)
  if (bigEndian) bytes.writeUInt32BE(value >>> 0)
  else bytes.writeUInt32LE(value >>> 0)
  return bytes
}
function half(value: number, bigEndian: boolean): Uint8Array {
  return bigEndian ? Uint8Array.of(value >> 8, value & 255) : Uint8Array.of(value & 255, value >> 8)
}
function block(type: number, body: Uint8Array, big: boolean): Uint8Array {
  const padded = bytesOf(body, new Uint8Array((4 - (body.length % 4)) % 4))
  const length = word(padded.length + 12, big)
  return bytesOf(word(type, big), length, padded, length)
}
function section(big: boolean): Uint8Array {
  const body = bytesOf(
    word(0x1a2b3c4d, big),
    half(1, big),
    half(0, big),
    word(-1, big),
    word(-1, big),
  )
  return block(0x0a0d0d0a, body, big)
}
function interfaceBlock(
  linkType: number,
  big: boolean,
  options: Uint8Array = new Uint8Array(0),
  snap = 0,
) {
  return block(1, bytesOf(half(linkType, big), half(0, big), word(snap, big), options), big)
}
function enhanced(on: number, units: bigint, data: Uint8Array, big: boolean, wire = data.length) {
  const time = [Number(units >> 32n), Number(units & 0xffffffffn)].map((part) => word(part, big))
  const lengths = [word(data.length, big), word(wire, big)]
  return block(6, bytesOf(word(on, big), ...time, ...lengths, data), big)
}

describe('a chunk that is a Buffer', () => {
  test('gives frames of which a slice is a copy', () => {
    const file = Buffer.from(pcapFile(FRAMES))
    const [frame] = createCaptureParser().push(file)
    const copy = frame?.bytes.slice(0, 4)
    file.fill(0)
    expect(copy?.some((byte) => byte !== 0)).toBe(true)
  })
})

describe('pcap', () => {
  test('gives frames with link type, time and lengths', () => {
    const { frames, fault } = parsed(pcapFile(FRAMES))
    expect(fault).toBeUndefined()
    expect(frames.map(({ linkType, capturedAt }) => [linkType, capturedAt])).toEqual([
      [1, 1_700_000_000_123_456],
      [1, 1_700_000_001_000_001],
    ])
    expect(Buffer.from(frames[0]?.bytes ?? []).equals(Buffer.from(FRAMES[0]?.bytes ?? []))).toBe(
      true,
    )
  })

  test.each([
    ['big-endian microseconds', 0xa1b2c3d4, true, 7_000_000.0 + 250_000],
    ['little-endian nanoseconds', 0xa1b23c4d, false, 7_000_000.0 + 250],
    ['big-endian nanoseconds', 0xa1b23c4d, true, 7_000_000.0 + 250],
  ])('reads %s', (_name, magic, big, capturedAt) => {
    const words = [magic, 0x00020004, 0, 0, 65535, 113, 7, 250_000, 2, 60]
    const file = bytesOf(...words.map((value) => word(value, big)), 1, 2)
    const frame = { linkType: 113, capturedAt, bytes: Uint8Array.of(1, 2), originalLength: 60 }
    expect(parsed(file)).toEqual({ frames: [frame], fault: undefined })
  })

  test('cut files give what came before, and say where they end', () => {
    const file = pcapFile(FRAMES)
    const { frames, fault } = parsed(file.subarray(0, file.length - 1))
    expect(frames).toHaveLength(1)
    expect(fault).toEqual({
      code: 'truncated',
      at: 171,
      message: 'The capture was cut after 171 bytes, inside the record that begins at byte 97.',
    })
  })

  test('a record longer than any packet is where the file is damaged', () => {
    const file = pcapFile(FRAMES)
    new DataView(file.buffer, file.byteOffset).setUint32(97 + 8, 0x7fffffff, true)
    expect(parsed(file)).toMatchObject({
      frames: [{ linkType: 1 }],
      fault: {
        code: 'corrupt',
        at: 97,
        message:
          'The record at byte 97 says it is 2147483647 bytes long, which no packet is: the file is damaged there.',
      },
    })
  })
})

describe('pcapng', () => {
  const NANOSECONDS = (big: boolean) =>
    bytesOf(half(9, big), half(1, big), Uint8Array.of(9, 0, 0, 0), word(0, big))

  test.each([false, true])('reads every kind of packet block, big-endian: %s', (big) => {
    const data = Uint8Array.of(1, 2, 3)
    const old = bytesOf(
      half(1, big),
      half(0, big),
      word(0, big),
      word(5, big),
      word(3, big),
      word(9, big),
      data,
    )
    const file = bytesOf(
      section(big),
      block(0x0bad, new Uint8Array(40), big),
      interfaceBlock(1, big, NANOSECONDS(big)),
      interfaceBlock(276, big),
      enhanced(0, 1_700_000_000_000_001_500n, data, big, 70),
      block(2, old, big),
      block(3, bytesOf(word(3, big), data), big),
    )
    const { frames, fault } = parsed(file)
    expect(fault).toBeUndefined()
    expect(frames).toEqual([
      { linkType: 1, capturedAt: 1_700_000_000_000_001.5, bytes: data, originalLength: 70 },
      { linkType: 276, capturedAt: 5, bytes: data, originalLength: 9 },
      { linkType: 1, capturedAt: 5, bytes: data, originalLength: 3 },
    ])
  })

  test('a second section begins anew, in its own byte order', () => {
    const data = Uint8Array.of(4, 4, 4, 4)
    const file = bytesOf(
      section(false),
      interfaceBlock(1, false),
      enhanced(0, 1n, data, false),
      section(true),
      interfaceBlock(101, true),
      enhanced(0, 2n, data, true),
    )
    expect(parsed(file).frames.map((frame) => [frame.linkType, frame.capturedAt])).toEqual([
      [1, 1],
      [101, 2],
    ])
  })

  test('a packet of an interface that was never described is damage', () => {
    const file = bytesOf(section(false), enhanced(3, 1n, Uint8Array.of(1), false))
    expect(parsed(file).fault).toMatchObject({ code: 'corrupt', at: 28 })
  })
})

describe('whatever is not a capture', () => {
  test('is said to be none', () => {
    expect(parsed(new Uint8Array(0)).fault).toMatchObject({ code: 'empty' })
    expect(parsed(bytesOf('GET / HTTP/1.1')).fault).toMatchObject({ code: 'not-a-capture', at: 0 })
    expect(parsed(bytesOf('ab')).fault).toMatchObject({ code: 'not-a-capture' })
  })

  test('never makes it throw, and pieces of any size give the same frames', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5)
    const seeds = [
      pcapFile(FRAMES),
      bytesOf(
        section(false),
        interfaceBlock(1, false),
        enhanced(0, 9n, data, false),
        block(77, data, false),
      ),
    ]
    const edits = fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 4 })
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        edits,
        fc.integer({ min: 1, max: 50 }),
        (seed, changes, step) => {
          const file = Uint8Array.from(seed)
          for (const [at, value] of changes) if (at < file.length) file[at] = value
          expect(parsed(file, step)).toEqual(parsed(file))
        },
      ),
      { numRuns: 1000 },
    )
  })
})
