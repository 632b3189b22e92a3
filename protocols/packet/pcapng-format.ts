import { type CaptureFormat, MAX_PACKET_BYTES } from './capture-format.ts'
import { type CaptureFault, captureFault } from './capture-fault.ts'
import { type FrameSink } from './frame-sink.ts'
import { i32, i32Little, u8 } from './wire.ts'

/** draft-ietf-opsawg-pcapng block types. */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE = 1
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6

const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const MIN_BLOCK = 12
const MAX_INTERFACES = 4096
const MAX_PACKET_BLOCK = MAX_PACKET_BYTES + 65536
const MAX_INTERFACE_BLOCK = 65536

interface Interface {
  readonly linkType: number
  readonly snapLength: number
  readonly unitsPerMicrosecond: number
  readonly offsetUs: number
}

export function isPcapng(magic: number): boolean {
  return magic === SECTION_HEADER
}

/**
 * The next-generation capture file: sections of either byte order, several interfaces each with its
 * own link type and clock resolution, packets in enhanced, simple and obsolete blocks. Blocks of
 * other types are stepped over without being held.
 */
export function pcapngFormat(): CaptureFormat {
  const section = new Section()
  return {
    read(bytes, at, sink) {
      let offset = 0
      while (offset + MIN_BLOCK <= bytes.length) {
        const length = section.blockLength(bytes, offset)
        const type = section.word(bytes, offset)
        const wrong = length === undefined || section.implausible(type, length)
        if (wrong) return { used: offset, fault: damaged(at + offset, length) }
        if (!section.wants(type)) {
          offset += length
          continue
        }
        if (offset + length > bytes.length) break
        const end = offset + length
        if (section.word(bytes, end - 4) >>> 0 !== length) {
          return { used: offset, fault: damaged(at + offset, length) }
        }
        if (!section.block(type, bytes, offset, end, sink)) {
          return { used: offset, fault: damaged(at + offset, length) }
        }
        offset = end
      }
      return { used: offset }
    },
  }
}

/** What holds from one section header to the next. */
class Section {
  #word = i32
  #interfaces: Interface[] = []
  #lastAt = 0

  word(bytes: Uint8Array, at: number): number {
    return this.#word(bytes, at)
  }

  /** Undefined when it cannot be one. A section header sets the byte order first. */
  blockLength(bytes: Uint8Array, at: number): number | undefined {
    if (i32(bytes, at) === SECTION_HEADER && !this.#begin(bytes, at)) return undefined
    const length = this.#word(bytes, at + 4) >>> 0
    return length < MIN_BLOCK || length % 4 !== 0 ? undefined : length
  }

  implausible(type: number, length: number): boolean {
    if (type === INTERFACE || type === SECTION_HEADER) return length > MAX_INTERFACE_BLOCK
    return this.wants(type) && length > MAX_PACKET_BLOCK
  }

  wants(type: number): boolean {
    return (
      type === ENHANCED_PACKET ||
      type === INTERFACE ||
      type === SIMPLE_PACKET ||
      type === OLD_PACKET
    )
  }

  /** False when the block contradicts itself. */
  block(type: number, bytes: Uint8Array, at: number, end: number, sink: FrameSink): boolean {
    switch (type) {
      case INTERFACE:
        return this.#interface(bytes, at, end)
      case ENHANCED_PACKET:
        return this.#packet(bytes, at + 8, this.#word(bytes, at + 8), end, sink)
      case OLD_PACKET:
        return this.#packet(bytes, at + 8, this.#half(bytes, at + 8), end, sink)
      default:
        return this.#simple(bytes, at, end, sink)
    }
  }

  #begin(bytes: Uint8Array, at: number): boolean {
    if (i32(bytes, at + 8) === BYTE_ORDER_MAGIC) this.#word = i32
    else if (i32Little(bytes, at + 8) === BYTE_ORDER_MAGIC) this.#word = i32Little
    else return false
    this.#interfaces = []
    return true
  }

  #half(bytes: Uint8Array, at: number): number {
    const first = u8(bytes, at)
    const second = u8(bytes, at + 1)
    return this.#word === i32 ? (first << 8) | second : first | (second << 8)
  }

  #interface(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < 20 || this.#interfaces.length >= MAX_INTERFACES) return false
    const { unitsPerMicrosecond, offsetUs } = this.#clock(bytes, at + 16, end - 4)
    this.#interfaces.push({
      linkType: this.#half(bytes, at + 8),
      snapLength: this.#word(bytes, at + 12) >>> 0,
      unitsPerMicrosecond,
      offsetUs,
    })
    return true
  }

  /** Options if_tsresol (9) and if_tsoffset (14); microseconds without. */
  #clock(bytes: Uint8Array, from: number, end: number) {
    let unitsPerMicrosecond = 1
    let offsetUs = 0
    for (let at = from; at + 4 <= end;) {
      const code = this.#half(bytes, at)
      const length = this.#half(bytes, at + 2)
      if (code === 0 || at + 4 + length > end) break
      if (code === 9 && length >= 1) unitsPerMicrosecond = unitsOf(u8(bytes, at + 4))
      if (code === 14 && length >= 8) offsetUs = this.#seconds(bytes, at + 4) * 1e6
      at += 4 + Math.ceil(length / 4) * 4
    }
    return { unitsPerMicrosecond, offsetUs }
  }

  #seconds(bytes: Uint8Array, at: number): number {
    const big = this.#word === i32
    const high = this.#word(bytes, big ? at : at + 4)
    const low = this.#word(bytes, big ? at + 4 : at) >>> 0
    return high * 2 ** 32 + low
  }

  /** Enhanced and obsolete packets differ only in how they name their interface. */
  #packet(bytes: Uint8Array, at: number, interfaceId: number, end: number, sink: FrameSink) {
    const on = this.#interfaces[interfaceId]
    const captured = this.#word(bytes, at + 12) >>> 0
    const from = at + 20
    if (on === undefined || end - 4 - from < captured) return false
    const high = this.#word(bytes, at + 4) >>> 0
    const low = this.#word(bytes, at + 8) >>> 0
    const units = on.unitsPerMicrosecond
    this.#lastAt = high * (2 ** 32 / units) + low / units + on.offsetUs
    const originalLength = this.#word(bytes, at + 16) >>> 0
    sink.frame(bytes, from, from + captured, on.linkType, this.#lastAt, originalLength)
    return true
  }

  /** A simple packet has no time: it gets that of the packet before it. */
  #simple(bytes: Uint8Array, at: number, end: number, sink: FrameSink): boolean {
    const on = this.#interfaces[0]
    if (on === undefined || end - at < 16) return false
    const originalLength = this.#word(bytes, at + 8) >>> 0
    const limit = on.snapLength === 0 ? originalLength : Math.min(originalLength, on.snapLength)
    const captured = Math.min(limit, end - 4 - (at + 12))
    const from = at + 12
    sink.frame(bytes, from, from + captured, on.linkType, this.#lastAt, originalLength)
    return true
  }
}

/** Ticks per microsecond: the high bit says powers of two, else powers of ten. */
function unitsOf(resolution: number): number {
  const exponent = resolution & 0x7f
  return (resolution & 0x80) === 0 ? 10 ** (exponent - 6) : 2 ** exponent / 1e6
}

function damaged(at: number, length: number | undefined): CaptureFault {
  const what = length === undefined ? 'no valid length' : `${length} bytes that do not fit it`
  return captureFault(
    'corrupt',
    at,
    `The block at byte ${at} has ${what}: the file is damaged there.`,
  )
}
