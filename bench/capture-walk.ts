import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCaptureFile } from '../io/capture/read-capture-file.ts'
import { createFlowTable } from '../protocols/packet/flow-table.ts'
import { type Frame } from '../protocols/packet/frame.ts'
import { createPacketDecoder } from '../protocols/packet/packet-decoder.ts'
import { handshakeFrames, pcapFile, segmentFrame } from '../test/support/packets.ts'

const CONNECTIONS = 100_000
const ROUNDS = 5

/** Packets per second: reading alone, with the walk to TCP, and with reassembly into streams. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vestibule-walk-'))
  try {
    const path = join(folder, 'synthetic.pcap')
    await writeFile(path, pcapFile([...connections(CONNECTIONS)]))
    await report('read', path, () => () => undefined)
    await report('read and walk', path, () => {
      const decoder = createPacketDecoder()
      return (frame) => decoder.decode(frame)
    })
    await report('read, walk and reassemble', path, () => {
      const handler = { data: () => undefined, gap: () => undefined, end: () => undefined }
      const table = createFlowTable({ open: () => handler })
      return (frame) => {
        table.packet(frame)
      }
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function report(what: string, path: string, make: () => (frame: Frame) => unknown) {
  const rates: number[] = []
  let packets = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const each = make()
    packets = 0
    const begun = performance.now()
    for await (const item of readCaptureFile(path)) {
      if (item.kind !== 'frames') continue
      for (const frame of item.frames) each(frame)
      packets += item.frames.length
    }
    rates.push((packets / (performance.now() - begun)) * 1000)
  }
  rates.sort((a, b) => a - b)
  const packetsPerSecond = Math.round(rates[Math.floor(ROUNDS / 2)] ?? 0)
  const best = Math.round(rates.at(-1) ?? 0)
  console.log(JSON.stringify({ bench: 'capture-walk', what, packets, packetsPerSecond, best }))
}

/** Eight packets each: handshake, a hello of 517 bytes, an answer of 1400, acknowledgement, FINs. */
function* connections(count: number): Generator<Frame> {
  const hello = new Uint8Array(517).fill(7)
  const answer = new Uint8Array(1400).fill(8)
  for (let i = 0; i < count; i += 1) {
    const ends = {
      client: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
      clientPort: 1024 + (i % 60_000),
      server: '198.51.100.2',
      serverPort: 443,
    }
    const at = i * 100
    yield* handshakeFrames(at, ends)
    const sent = { flags: 'A', sequence: 1001, acknowledgement: 5001 }
    yield segmentFrame('client', { ...sent, payload: hello }, at + 3000, ends)
    const answered = { flags: 'A', sequence: 5001, acknowledgement: 1518 }
    yield segmentFrame('server', { ...answered, payload: answer }, at + 4000, ends)
    const end = { flags: 'FA', sequence: 1518, acknowledgement: 6401 }
    yield segmentFrame('client', end, at + 5000, ends)
    const close = { flags: 'FA', sequence: 6401, acknowledgement: 1519 }
    yield segmentFrame('server', close, at + 6000, ends)
    yield segmentFrame(
      'client',
      { flags: 'A', sequence: 1519, acknowledgement: 6402 },
      at + 7000,
      ends,
    )
  }
}
