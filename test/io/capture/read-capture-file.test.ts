import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readCaptureFile } from '../../../io/capture/read-capture-file.ts'
import { pcapFile, segmentFrame } from '../../support/packets.ts'

const FRAMES = Array.from({ length: 5000 }, (_, i) =>
  segmentFrame('client', { sequence: i, payload: `packet ${i} `.repeat(40) }, i),
)
const FILE = Buffer.from(pcapFile(FRAMES))
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vestibule-capture-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

async function read(path: string, signal?: AbortSignal) {
  let frames = 0
  let bytes = 0
  for await (const item of readCaptureFile(path, signal === undefined ? {} : { signal })) {
    if (item.kind === 'fault') return { frames, bytes, fault: item.fault }
    if (item.kind !== 'frames') continue
    frames += item.frames.length
    for (const frame of item.frames) bytes += frame.bytes.length
  }
  return { frames, bytes, fault: undefined }
}

const ALL = {
  frames: 5000,
  bytes: FRAMES.reduce((sum, frame) => sum + frame.bytes.length, 0),
  fault: undefined,
}

describe('a capture file', () => {
  test('is read whole, plain and compressed', async () => {
    expect(await read(await written('plain.pcap', FILE))).toEqual(ALL)
    expect(await read(await written('small.pcap.gz', gzipSync(FILE)))).toEqual(ALL)
  })

  test.each([0, 1, 3, 4, 7])(
    'whose compressed data breaks %i bytes before its end is damaged',
    async (back) => {
      const whole = gzipSync(FILE.subarray(0, 5_000))
      const at = whole.length - 1 - back
      whole[at] = (whole[at] ?? 0) ^ 0xff
      const { fault } = await read(await written(`checksum-${back}.gz`, whole))
      expect(fault?.code).toBe('corrupt')
    },
  )

  test('cut while compressed gives what came before and says that it was cut', async () => {
    const whole = gzipSync(FILE)
    const path = await written('cut.gz', whole.subarray(0, whole.length / 2))
    const { frames, fault } = await read(path)
    expect(frames).toBeGreaterThan(1000)
    expect(fault?.code).toBe('truncated')
  })

  test('damaged while compressed gives what came before and says so', async () => {
    const whole = gzipSync(FILE)
    whole.fill(0xff, whole.length / 2)
    const path = await written('damaged.gz', whole)
    const { frames, fault } = await read(path)
    expect(frames).toBeGreaterThan(1000)
    expect(fault?.code).toBe('corrupt')
  })

  test('that does not exist, is a folder or is no capture is a fault in one sentence', async () => {
    const missing = join(folder, 'none.pcap')
    expect((await read(missing)).fault).toEqual({
      code: 'missing',
      at: 0,
      message: `There is no file ${missing}.`,
    })
    expect((await read(folder)).fault?.code).toBe('unreadable')
    expect((await read(await written('text', Buffer.from('hello there')))).fault?.code).toBe(
      'not-a-capture',
    )
    expect((await read(await written('nothing', Buffer.alloc(0)))).fault?.code).toBe('empty')
  })

  test('is left off when the signal says so, without a fault', async () => {
    const path = await written('left-off.pcap', FILE)
    expect(await read(path, AbortSignal.abort())).toEqual({ frames: 0, bytes: 0, fault: undefined })
  })

  test('can come from standard input', () => {
    const module = new URL('../../../io/capture/read-capture-file.ts', import.meta.url).href
    const script = `
      import { readCaptureFile } from ${JSON.stringify(module)}
      let frames = 0
      for await (const item of readCaptureFile('-')) frames += item.frames?.length ?? 0
      console.log(frames)`
    const args = ['--input-type=module', '-e', script]
    const { stdout } = spawnSync(process.execPath, args, { input: gzipSync(FILE) })
    expect(stdout.toString().trim()).toBe('5000')
  })
})
