import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes a large capture for measuring: the recorded fixtures `copies` times over, each copy with other
 * IPv4 addresses and later times, as raw-IP-agnostic rewriting allows. Checksums become wrong, which
 * none of the tools compared looks at. Microsecond little-endian Ethernet captures only; others are left out.
 */
export function makeCapture(folders: readonly string[], out: string, copies: number): number {
  const captures = folders
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.pcap'))
        .map((file) => readFileSync(join(folder, file))),
    )
    .filter((bytes) => bytes.readUInt32LE(0) === 0xa1b2c3d4 && bytes.readUInt32LE(20) === 1)
  const file = openSync(out, 'w')
  const header = captures[0]?.subarray(0, 24)
  if (header === undefined) throw new Error('no Ethernet capture among the fixtures')
  writeSync(file, header)
  let packets = 0
  for (let copy = 0; copy < copies; copy += 1) {
    captures.forEach((capture, n) => {
      const { bytes, count } = rewritten(capture, copy, n, captures.length)
      writeSync(file, bytes)
      packets += count
    })
  }
  closeSync(file)
  return packets
}

/** One copy of a capture's records: addresses 10.x.y.z by copy, times of one continuing second. */
function rewritten(capture: Buffer, copy: number, n: number, of: number) {
  const bytes = Buffer.from(capture.subarray(24))
  const startedAt = 1_790_000_000 + (copy * of + n)
  const first = bytes.length >= 16 ? bytes.readUInt32LE(0) : 0
  let count = 0
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 8)
    bytes.writeUInt32LE(startedAt + (bytes.readUInt32LE(at) - first), at)
    const ip = at + 16 + 14
    if (bytes.readUInt16BE(at + 16 + 12) === 0x0800) {
      for (const address of [ip + 12, ip + 16]) {
        bytes[address] = 10
        bytes[address + 1] = copy & 255
        bytes[address + 2] = ((copy >> 8) << 4) | (n & 15)
      }
    }
    at += 16 + length
    count += 1
  }
  return { bytes, count }
}
