import { expect } from '@jest/globals'
import { join } from 'node:path'
import { readCaptureFile } from '../../io/capture/read-capture-file.ts'
import { createObserver } from '../../producers/observe.ts'
import { type Frame } from '../../protocols/packet/frame.ts'
import { setting, soak } from './soak.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo/demo.pcap.gz')
const HELLOS = 296
const MIB = 2 ** 20
/** What the heap may breathe between two collections; a leak of 20 bytes a packet is more. */
const BREATH = 128 * MIB
/** Ethernet, IPv4 without options: where the addresses begin. */
const SOURCE = 26
const DESTINATION = 30

async function demonstration(): Promise<Frame[]> {
  const frames: Frame[] = []
  for await (const item of readCaptureFile(DEMO)) {
    if (item.kind !== 'frames') continue
    for (const frame of item.frames) {
      frames.push({ ...frame, bytes: Uint8Array.from(frame.bytes) })
    }
  }
  return frames
}

/** Gives the clients of a pass other addresses: 10.x.y in place of their first three bytes. */
function rename(frames: readonly Frame[], pass: number): void {
  for (const { bytes } of frames) {
    const fromServer = bytes[SOURCE] === 192 && bytes[SOURCE + 1] === 0
    bytes.set([10, pass >> 8, pass & 0xff], fromServer ? DESTINATION : SOURCE)
  }
}

soak(
  '10 million packets of ever new clients are observed in memory that does not grow',
  async () => {
    const frames = await demonstration()
    const spanUs = (frames.at(-1)?.capturedAt ?? 0) - (frames[0]?.capturedAt ?? 0) + 1_000_000
    const passes = Math.ceil(setting('VESTIBULE_SOAK_PACKETS', 10_000_000) / frames.length)
    const observer = createObserver({ sensor: 'soak', site: 'soak', source: 'tap' })
    let hellos = 0
    let early = 0
    let highest = 0
    for (let pass = 0; pass < passes; pass += 1) {
      rename(frames, pass)
      for (const frame of frames) {
        observer.packet({ ...frame, capturedAt: frame.capturedAt + pass * spanUs })
      }
      for (const { type } of observer.take()) if (type === 'TlsHello') hellos += 1
      const { rss } = process.memoryUsage()
      // The first fifth may grow: code is compiled, tables take their size.
      if (pass < passes / 5) early = Math.max(early, rss)
      else highest = Math.max(highest, rss)
    }
    process.stderr.write(
      `${passes * frames.length} packets, rss ${Math.round(early / MIB)} MiB in the first fifth, ${Math.round(highest / MIB)} MiB after\n`,
    )
    expect(hellos).toBe(HELLOS * passes)
    expect(observer.counters.observed.recordsDropped).toBe(0)
    expect(observer.openFlows).toBeLessThan(2_000)
    expect(highest).toBeLessThan(early + BREATH)
  },
  600_000,
)
