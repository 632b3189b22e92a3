import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readCaptureFile } from '../../../io/capture/read-capture-file.ts'
import { createInspectLines } from '../../../producers/inspect/inspect-lines.ts'
import { INSPECTOR } from '../../../producers/inspect/inspector.ts'
import { SharesJoiner } from '../../../producers/inspect/join-shares.ts'
import { LatestFrame } from '../../../producers/inspect/latest-frame.ts'
import { ShareTeller, textOf } from '../../../producers/inspect/share-teller.ts'
import { sumCounters } from '../../../producers/inspect/sum-counters.ts'
import { inspectSummary } from '../../../producers/inspect/summary.ts'
import { createObserver } from '../../../producers/observe.ts'
import { type Frame } from '../../../protocols/packet/frame.ts'
import { type FrameSink } from '../../../protocols/packet/frame-sink.ts'
import { type Ends, handshakeFrames, segmentFrame } from '../../support/packets.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures')

async function recorded(): Promise<Frame[]> {
  const frames: Frame[] = []
  for (const kind of ['tls', 'ssh']) {
    for (const file of readdirSync(join(FIXTURES, kind)).filter((name) => name.endsWith('.pcap'))) {
      for await (const item of readCaptureFile(join(FIXTURES, kind, file))) {
        if (item.kind !== 'frames') continue
        for (const frame of item.frames) frames.push({ ...frame, bytes: frame.bytes.slice() })
      }
    }
  }
  return frames
}

/** Connections that come to nothing, and bytes that are no SSH, at a listener of its kind. */
function idle(serial: number, at: number): Frame[] {
  const ends: Ends = {
    client: `203.0.113.${serial % 250}`,
    clientPort: 1024 + serial,
    server: '198.51.100.2',
    serverPort: serial % 3 === 0 ? 22 : serial % 3 === 1 ? 443 : 9999,
  }
  const said = {
    flags: 'A',
    sequence: 1001,
    acknowledgement: 5001,
    payload: 'GET / HTTP/1.1\r\n\r\n',
  }
  return [
    ...handshakeFrames(at, ends),
    ...(serial % 2 === 0 ? [segmentFrame('client', said, at + 3000, ends)] : []),
    segmentFrame('server', { flags: 'R', sequence: 5001 }, at + 4000, ends),
  ]
}

function give(frames: readonly Frame[], sink: FrameSink): void {
  for (const { bytes, linkType, capturedAt, originalLength } of frames) {
    sink.frame(bytes, 0, bytes.length, linkType, capturedAt, originalLength)
  }
}

function byOne(frames: readonly Frame[]): string {
  const observer = createObserver(INSPECTOR)
  const latest = new LatestFrame(observer)
  const lines = createInspectLines()
  give(frames, latest)
  observer.end(latest.at)
  const told = observer.take().flatMap((record) => [...lines.push(record)])
  return [...told, ...lines.end(), inspectSummary(observer.counters, null)].map(textOf).join('')
}

/** Pieces of `step` frames each, as threads at different speeds tell them. */
function byMany(frames: readonly Frame[], of: number, step: number): string {
  const tellers = Array.from({ length: of }, (_, index) => new ShareTeller({ index, of }))
  const joiner = new SharesJoiner(of)
  let text = ''
  for (let at = 0; at < frames.length; at += step) {
    tellers.forEach((teller, share) => {
      give(frames.slice(at, at + step), teller.sink)
      if ((at / step + share) % 3 !== 0) joiner.add(share, teller.take())
    })
    text += joiner.take().toString()
  }
  tellers.forEach((teller, share) => {
    joiner.add(share, teller.end())
    text += joiner.take().toString()
  })
  const counters = [...tellers.map((teller) => teller.counters), joiner.counters]
  return text + textOf(inspectSummary(sumCounters(counters), null))
}

describe('connections inspected in shares', () => {
  test('come to the same text as by one observer', async () => {
    const frames = await recorded()
    const whole = byOne(frames)
    expect(whole.split('\n').length).toBeGreaterThan(50)
    for (const shares of [1, 2, 3, 7]) expect(byMany(frames, shares, 40)).toBe(whole)
  })

  test('also when most of them come to nothing and are judged by what all shares saw', async () => {
    const frames = await recorded()
    const last = frames.at(-1)?.capturedAt ?? 0
    const nothing = Array.from({ length: 3000 }, (_, i) => idle(i, last + i * 500)).flat()
    const both = [...frames, ...nothing]
    const whole = byOne(both)
    expect(whole).toContain('"code":"ssh-not-ssh"')
    expect(byMany(both, 2, 300)).toBe(whole)
    expect(byMany(both, 3, 1000)).toBe(whole)
  })

  test('also when the clock of the capture jumps', async () => {
    const frames = await recorded()
    const jump = fc.constantFrom(-4000e6, -400e6, -90e6, 31e6, 301e6, 9e9)
    const jumps = fc.array(fc.tuple(fc.nat(frames.length - 1), jump), { maxLength: 12 })
    fc.assert(
      fc.property(jumps, fc.integer({ min: 2, max: 5 }), (at, of) => {
        const shift = new Map(at)
        let by = 0
        const jumping = frames.map((frame, i) => {
          by += shift.get(i) ?? 0
          return { ...frame, capturedAt: frame.capturedAt + by }
        })
        expect(byMany(jumping, of, 100)).toBe(byOne(jumping))
      }),
      { numRuns: 15 },
    )
  })
})
