import { describe, expect, test } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readCaptureFile } from '../../io/capture/read-capture-file.ts'
import { createObserver } from '../../producers/observe.ts'
import { type Frame } from '../../protocols/packet/frame.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures')

const captures = ['tls', 'ssh'].flatMap((kind) =>
  readdirSync(join(FIXTURES, kind))
    .filter((file) => file.endsWith('.pcap'))
    .map((file) => join(kind, file)),
)

async function framesOf(path: string): Promise<Frame[]> {
  const frames: Frame[] = []
  for await (const item of readCaptureFile(path)) {
    if (item.kind !== 'frames') continue
    for (const frame of item.frames) frames.push({ ...frame, bytes: frame.bytes.slice() })
  }
  return frames
}

function said(frames: readonly Frame[], each: (observe: () => void, frame: Frame) => void): string {
  const observer = createObserver({ sensor: 'tap', site: 'lab', source: 'tap' })
  for (const frame of frames) {
    each(() => {
      observer.packet(frame)
    }, frame)
  }
  observer.end(frames.at(-1)?.capturedAt ?? 0)
  return JSON.stringify(observer.take())
}

describe.each(captures)('records hold no view of a packet: %s', (file) => {
  test('bytes that are overwritten after each packet change nothing', async () => {
    const frames = await framesOf(join(FIXTURES, file))
    const kept = said(frames, (observe) => {
      observe()
    })
    const overwritten = said(frames, (observe, frame) => {
      observe()
      frame.bytes.fill(0x5a)
    })
    expect(overwritten).toBe(kept)
  })
})
