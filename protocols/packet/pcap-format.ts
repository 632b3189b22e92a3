import { type CaptureFormat, MAX_PACKET_BYTES } from './capture-format.ts'
import { type CaptureFault, captureFault } from './capture-fault.ts'
import { i32, i32Little } from './wire.ts'

const FILE_HEADER = 24
const MICROSECONDS = 0xa1b2c3d4
const NANOSECONDS = 0xa1b23c4d
/** Alexey Kuznetsov's patched libpcap: eight more bytes in each record header. */
const PATCHED = 0xa1b2cd34

interface Variant {
  readonly bigEndian: boolean
  readonly perMicrosecond: number
  readonly recordHeader: number
}

/** Is it a classic capture file, and of which kind? `magic` is read big-endian. */
function variantOf(magic: number): Variant | undefined {
  const big = kindOf(magic)
  if (big !== undefined) return { bigEndian: true, ...big }
  const little = kindOf(swap(magic))
  return little === undefined ? undefined : { bigEndian: false, ...little }
}

function kindOf(magic: number): Omit<Variant, 'bigEndian'> | undefined {
  if (magic === MICROSECONDS) return { perMicrosecond: 1, recordHeader: 16 }
  if (magic === NANOSECONDS) return { perMicrosecond: 1000, recordHeader: 16 }
  return magic === PATCHED ? { perMicrosecond: 1, recordHeader: 24 } : undefined
}

function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
}

/**
 * The classic capture file: a header of 24 bytes, then per packet seconds, fraction, captured and
 * original length and the bytes (draft-ietf-opsawg-pcap). Undefined when the magic is another.
 */
export function pcapFormat(magic: number): CaptureFormat | undefined {
  const variant = variantOf(magic)
  return variant === undefined ? undefined : reader(variant)
}

function reader(variant: Variant): CaptureFormat {
  const word = variant.bigEndian ? i32 : i32Little
  const { perMicrosecond, recordHeader } = variant
  let linkType = -1
  return {
    read(bytes, at, sink) {
      let offset = 0
      if (linkType < 0) {
        if (bytes.length < FILE_HEADER) return { used: 0 }
        linkType = word(bytes, 20) & 0xffff
        offset = FILE_HEADER
      }
      while (offset + recordHeader <= bytes.length) {
        const captured = word(bytes, offset + 8) >>> 0
        if (captured > MAX_PACKET_BYTES) {
          return { used: offset, fault: tooLong(captured, at + offset) }
        }
        const from = offset + recordHeader
        const to = from + captured
        if (to > bytes.length) break
        const seconds = word(bytes, offset) >>> 0
        const fraction = word(bytes, offset + 4) >>> 0
        const capturedAt = seconds * 1e6 + fraction / perMicrosecond
        sink.frame(bytes, from, to, linkType, capturedAt, word(bytes, offset + 12) >>> 0)
        offset = to
      }
      return { used: offset }
    },
  }
}

function tooLong(length: number, at: number): CaptureFault {
  return captureFault(
    'corrupt',
    at,
    `The record at byte ${at} says it is ${length} bytes long, which no packet is: the file is damaged there.`,
  )
}
