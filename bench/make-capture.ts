import { closeSync, openSync, writeSync } from 'node:fs'

/** One recording that goes into a large capture. */
export interface Ingredient {
  /** Microsecond little-endian Ethernet pcap. */
  readonly bytes: Buffer
  /** How often in each copy. */
  readonly times: number
  /** Packets kept of each connection, as a packet broker slices flows; Infinity keeps all. */
  readonly firstPackets: number
}

export interface LargeCapture {
  readonly ingredients: readonly Ingredient[]
  readonly copies: number
}

const FILE_HEADER = 24
const RECORD_HEADER = 16
const ETHERNET = 14

/** Whether a recording can be an ingredient. */
export function isUsable(bytes: Buffer): boolean {
  return bytes.readUInt32LE(0) === 0xa1b2c3d4 && bytes.readUInt32LE(20) === 1
}

/**
 * Writes a large capture for measuring: recordings over and over, each time with other addresses
 * (the middle bytes of IPv4, the third pair of words of IPv6) and at a later time. Checksums become wrong, which none
 * of the tools compared looks at. Returns the number of packets.
 */
export function makeCapture(out: string, wanted: LargeCapture): number {
  const sliced = wanted.ingredients.map(({ bytes, times, firstPackets }) => ({
    bytes: slice(bytes.subarray(FILE_HEADER), firstPackets),
    times,
  }))
  const first = wanted.ingredients[0]
  if (first === undefined) throw new Error('no recordings to make a capture of')
  const file = openSync(out, 'w')
  writeSync(file, first.bytes.subarray(0, FILE_HEADER))
  let packets = 0
  let serial = 0
  for (let copy = 0; copy < wanted.copies; copy += 1) {
    for (const { bytes, times } of sliced) {
      for (let time = 0; time < times; time += 1) {
        const copied = Buffer.from(bytes)
        packets += moved(copied, serial)
        writeSync(file, copied)
        serial += 1
      }
    }
  }
  closeSync(file)
  return packets
}

/** The first packets of each TCP connection, and everything else. */
function slice(records: Buffer, firstPackets: number): Buffer {
  const seen = new Map<string, number>()
  const kept: Buffer[] = []
  for (let at = 0; at + RECORD_HEADER <= records.length;) {
    const to = at + RECORD_HEADER + records.readUInt32LE(at + 8)
    const key = connectionOf(records.subarray(at + RECORD_HEADER, to))
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    if (count <= firstPackets) kept.push(records.subarray(at, to))
    at = to
  }
  return Buffer.concat(kept)
}

function connectionOf(frame: Buffer): string {
  const ipv4 = frame.readUInt16BE(12) === 0x0800
  const tcp = ETHERNET + (ipv4 ? ((frame[ETHERNET] ?? 0) & 15) * 4 : 40)
  if (frame.length < tcp + 4) return 'other'
  const [from, to] = ipv4 ? [26, 30] : [22, 38]
  const width = ipv4 ? 4 : 16
  const ends = [
    frame.toString('hex', from, from + width) + frame.toString('hex', tcp, tcp + 2),
    frame.toString('hex', to, to + width) + frame.toString('hex', tcp + 2, tcp + 4),
  ]
  return ends.sort().join('-')
}

/** Gives the records other addresses and times, in place; the number of packets. */
function moved(records: Buffer, serial: number): number {
  const startsAt = 1_790_000_000 + Math.floor(serial / 16)
  const first = records.length >= RECORD_HEADER ? records.readUInt32LE(0) : 0
  let count = 0
  for (let at = 0; at + RECORD_HEADER <= records.length; count += 1) {
    records.writeUInt32LE(startsAt + (records.readUInt32LE(at) - first), at)
    const frame = at + RECORD_HEADER
    const type = records.readUInt16BE(frame + 12)
    if (type === 0x0800) {
      for (const address of [frame + 26, frame + 30]) {
        records[address] = ((records[address] ?? 0) + (serial >> 16)) & 0xff
        records.writeUInt16BE(serial & 0xffff, address + 1)
      }
    } else if (type === 0x86dd) {
      for (const address of [frame + 22, frame + 38]) records.writeUInt32BE(serial, address + 8)
    }
    at = frame + records.readUInt32LE(at + 8)
  }
  return count
}
