import { type Frame } from '../../protocols/packet/frame.ts'

/** Bytes by hand: numbers are bytes, strings are text, arrays and byte arrays are spliced in. */
export function bytesOf(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))),
  )
}

export function u16be(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 255, value & 255)
}

export function u32be(value: number): Uint8Array {
  return bytesOf(u16be(value >>> 16), u16be(value & 0xffff))
}

/** IPv4 dotted, or IPv6 with or without "::". */
export function address(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number))
  const [head = '', tail] = text.split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':').map((w) => parseInt(w, 16)))
  const before = words(head)
  const after = tail === undefined ? [] : words(tail)
  const zeros = Array<number>(8 - before.length - after.length).fill(0)
  return bytesOf(...[...before, ...zeros, ...after].map(u16be))
}

export interface TcpFields {
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly sequence?: number
  readonly acknowledgement?: number
  /** Letters as tcpdump prints them: S, F, R, P, A. */
  readonly flags?: string
  readonly payload?: Uint8Array | string
  /** Whole words of options. */
  readonly options?: Uint8Array
}

const FLAGS = new Map([
  ['F', 1],
  ['S', 2],
  ['R', 4],
  ['P', 8],
  ['A', 16],
])

/** A TCP segment, checksum zero as offloading leaves it. */
export function tcp(fields: TcpFields): Uint8Array {
  const options = fields.options ?? new Uint8Array(0)
  const flags = Array.from(fields.flags ?? 'A').reduce(
    (sum, flag) => sum | (FLAGS.get(flag) ?? 0),
    0,
  )
  return bytesOf(
    u16be(fields.sourcePort ?? 40000),
    u16be(fields.destinationPort ?? 443),
    u32be((fields.sequence ?? 0) >>> 0),
    u32be((fields.acknowledgement ?? 0) >>> 0),
    ((20 + options.length) / 4) << 4,
    flags,
    u16be(0xffff),
    u32be(0),
    options,
    fields.payload ?? '',
  )
}

export function udp(sourcePort: number, destinationPort: number, payload: Uint8Array): Uint8Array {
  return bytesOf(
    u16be(sourcePort),
    u16be(destinationPort),
    u16be(8 + payload.length),
    u16be(0),
    payload,
  )
}

export interface Ipv4Fields {
  readonly source?: string
  readonly destination?: string
  readonly protocol?: number
  readonly identification?: number
  /** The flags and fragment offset word: 0x2000 = more fragments. */
  readonly fragment?: number
  readonly options?: Uint8Array
  readonly totalLength?: number
}

export function ipv4(payload: Uint8Array, fields: Ipv4Fields = {}): Uint8Array {
  const options = fields.options ?? new Uint8Array(0)
  const header = 20 + options.length
  return bytesOf(
    0x40 | (header / 4),
    0,
    u16be(fields.totalLength ?? header + payload.length),
    u16be(fields.identification ?? 1),
    u16be(fields.fragment ?? 0x4000),
    64,
    fields.protocol ?? 6,
    u16be(0),
    address(fields.source ?? '192.0.2.1'),
    address(fields.destination ?? '198.51.100.2'),
    options,
    payload,
  )
}

export interface Ipv6Fields {
  readonly source?: string
  readonly destination?: string
  readonly nextHeader?: number
}

export function ipv6(payload: Uint8Array, fields: Ipv6Fields = {}): Uint8Array {
  return bytesOf(
    u32be(0x60000000),
    u16be(payload.length),
    fields.nextHeader ?? 6,
    64,
    address(fields.source ?? '2001:db8::1'),
    address(fields.destination ?? '2001:db8::2'),
    payload,
  )
}

export function ethernet(payload: Uint8Array, type = 0x0800): Uint8Array {
  return bytesOf(new Uint8Array(6).fill(2), new Uint8Array(6).fill(4), u16be(type), payload)
}

/** One 802.1Q tag and what it carries: the body of an Ethernet frame of type 0x8100. */
export function vlanTag(id: number, type: number, payload: Uint8Array): Uint8Array {
  return bytesOf(u16be(id), u16be(type), payload)
}

export interface FrameFields {
  readonly linkType?: number
  readonly capturedAt?: number
  readonly originalLength?: number
}

export function frame(bytes: Uint8Array, fields: FrameFields = {}): Frame {
  return {
    linkType: fields.linkType ?? 1,
    capturedAt: fields.capturedAt ?? 0,
    bytes,
    originalLength: fields.originalLength ?? bytes.length,
  }
}

/** The two ends of an invented connection. */
export interface Ends {
  readonly client: string
  readonly clientPort: number
  readonly server: string
  readonly serverPort: number
}

export const ENDS: Ends = {
  client: '192.0.2.1',
  clientPort: 40000,
  server: '198.51.100.2',
  serverPort: 443,
}

/** An Ethernet frame with a TCP segment from one end to the other. */
export function segmentFrame(
  from: 'client' | 'server',
  fields: TcpFields,
  capturedAt = 0,
  ends: Ends = ENDS,
): Frame {
  const outward = from === 'client'
  const segment = tcp({
    sourcePort: outward ? ends.clientPort : ends.serverPort,
    destinationPort: outward ? ends.serverPort : ends.clientPort,
    ...fields,
  })
  const source = outward ? ends.client : ends.server
  const destination = outward ? ends.server : ends.client
  const six = source.includes(':')
  const packet = six
    ? ipv6(segment, { source, destination })
    : ipv4(segment, { source, destination })
  return frame(ethernet(packet, six ? 0x86dd : 0x0800), { capturedAt })
}

/** SYN, SYN-ACK, ACK, 1 ms apart; the streams then begin at `client` + 1 and `server` + 1. */
export function handshakeFrames(
  at: number,
  ends: Ends = ENDS,
  client = 1000,
  server = 5000,
): Frame[] {
  return [
    segmentFrame('client', { flags: 'S', sequence: client }, at, ends),
    segmentFrame(
      'server',
      { flags: 'SA', sequence: server, acknowledgement: client + 1 },
      at + 1000,
      ends,
    ),
    segmentFrame(
      'client',
      { flags: 'A', sequence: client + 1, acknowledgement: server + 1 },
      at + 2000,
      ends,
    ),
  ]
}

/** A classic capture file, little-endian microseconds. */
export function pcapFile(frames: readonly Frame[], linkType = 1): Uint8Array {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(262144, 16)
  header.writeUInt32LE(linkType, 20)
  const records = frames.map((f) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(Math.floor(f.capturedAt / 1e6), 0)
    record.writeUInt32LE(Math.floor(f.capturedAt % 1e6), 4)
    record.writeUInt32LE(f.bytes.length, 8)
    record.writeUInt32LE(f.originalLength, 12)
    return Buffer.concat([record, f.bytes])
  })
  return Buffer.concat([header, ...records])
}
