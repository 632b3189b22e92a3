import { existsSync, writeSync } from 'node:fs'
import { liveSettings } from './live-options.ts'

/**
 * A process that does nothing but copy packets from the kernel's ring into a pcap stream on standard
 * output. It is one of its own because the addon's dispatch() does not return before the ring is
 * empty: whoever shared its event loop would starve. Statistics and its fate go to descriptor 3 as
 * JSON lines. It ends when standard input does, that is with its parent.
 */
const OUTPUT = 1
const REPORT = 3
const BATCH_BYTES = 256 << 10
const RECORD_HEADER = 16
const STATISTICS_EVERY_MS = 500
const PACKETS_BETWEEN_LOOKS = 4096

const settings = liveSettings.parse(JSON.parse(process.argv[2] ?? '{}'))
const batch = Buffer.alloc(BATCH_BYTES)
let filled = 0
let flushing = false
let sinceLook = 0
let reportedAt = 0
let statistics: () => object = () => ({})

// The terminal sends Ctrl-C to everybody: the parent decides when this process ends.
process.on('SIGINT', () => undefined)
process.stdin.on('end', finish).on('error', finish).resume()
await begin()

async function begin(): Promise<void> {
  const pcap = await import('pcap').catch((error: unknown) => {
    fail('no-driver', error)
  })
  if (pcap === undefined) return
  // The default handler prints; an interface without an IPv4 address is nothing to warn of.
  pcap.default.warningHandler = () => undefined
  try {
    const session = pcap.default.createSession(settings.interface, {
      filter: settings.filter,
      snap_length: settings.snaplen,
      buffer_size: settings.bufferBytes,
      buffer_timeout: settings.bufferTimeoutMs,
    })
    statistics = () => session.stats()
    writeFileHeader(linkTypeOf(session.link_type))
    report({ kind: 'ready' })
    session.on('packet', (packet: { header: Buffer; buf: Buffer }) => {
      copy(packet.header, packet.buf)
    })
    setInterval(() => {
      reportStatistics()
      if (interfaceIsGone()) fail('failed', new Error('the interface disappeared'))
    }, STATISTICS_EVERY_MS)
  } catch (error) {
    fail('failed', error)
  }
}

/** The addon never says so: it polls a dead socket for ever. */
function interfaceIsGone(): boolean {
  const folder = '/sys/class/net'
  const { interface: name } = settings
  return name !== 'any' && existsSync(folder) && !existsSync(`${folder}/${name}`)
}

/** Never returns to the addon's close(), which hangs until one more packet comes. */
function finish(): void {
  flush()
  reportStatistics()
  process.exit(0)
}

function fail(kind: 'no-driver' | 'failed', error: unknown): void {
  flush()
  report({ kind, message: error instanceof Error ? error.message : String(error) })
  process.exit(kind === 'failed' ? 1 : 2)
}

/** The addon's header is a pcap record header already; both its buffers are reused. */
function copy(header: Buffer, packet: Buffer): void {
  const length = Math.min(header.readUInt32LE(8), packet.length)
  if (filled + RECORD_HEADER + length > BATCH_BYTES) flush()
  if (RECORD_HEADER + length > BATCH_BYTES) return
  header.copy(batch, filled)
  packet.copy(batch, filled + RECORD_HEADER, 0, length)
  filled += RECORD_HEADER + length
  lookUp()
}

/** Timers starve while dispatch() empties a full ring: what they do is looked to here, too. */
function lookUp(): void {
  if (!flushing) {
    flushing = true
    setImmediate(flush)
  }
  sinceLook += 1
  if (sinceLook < PACKETS_BETWEEN_LOOKS) return
  sinceLook = 0
  if (Date.now() - reportedAt >= STATISTICS_EVERY_MS) reportStatistics()
}

function flush(): void {
  flushing = false
  if (filled > 0) writeAll(batch.subarray(0, filled))
  filled = 0
}

/** Blocks while the parent is slow: the ring then overflows, and the kernel counts what is lost. */
function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(OUTPUT, bytes, at)
    } catch (error) {
      // The parent is gone, or will be waited for.
      if (!busy(error)) process.exit(0)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

function busy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}

function reportStatistics(): void {
  reportedAt = Date.now()
  report({ kind: 'statistics', ...statistics() })
}

function report(line: object): void {
  try {
    writeSync(REPORT, `${JSON.stringify(line)}\n`)
  } catch (error) {
    // Numbers are cumulative: the next line says it again.
    if (!busy(error)) process.exit(0)
  }
}

function writeFileHeader(linkType: number): void {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(settings.snaplen, 16)
  header.writeUInt32LE(linkType, 20)
  writeAll(header)
}

/** The addon knows five names; of all others it says "Unknown linktype N". */
function linkTypeOf(name: string): number {
  switch (name) {
    case 'LINKTYPE_NULL':
      return 0
    case 'LINKTYPE_ETHERNET':
      return 1
    case 'LINKTYPE_RAW':
      return 101
    case 'LINKTYPE_LINUX_SLL':
      return 113
    default:
      return Number(/(\d+)$/.exec(name)?.[1] ?? 1)
  }
}
