import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { inspectFile } from '../../cli/inspect/inspect-file.ts'
import { inspectShares } from '../../cli/inspect/inspect-shares.ts'
import { threadsFor } from '../../cli/inspect/threads.ts'
import { textOf } from '../../producers/inspect/share-teller.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo/demo.pcap.gz')

const folder = mkdtempSync(join(tmpdir(), 'vestibule-threads-'))
const file = join(folder, 'demo.pcap')

beforeAll(() => {
  writeFileSync(file, gunzipSync(readFileSync(DEMO)))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function alone(path: string): Promise<string> {
  let text = ''
  for await (const line of inspectFile(path)) text += textOf(line)
  return text
}

async function together(path: string, threads: number): Promise<string> {
  let text = ''
  for await (const piece of inspectShares(path, statSync(path).size, threads)) {
    text += Buffer.isBuffer(piece) ? piece.toString() : textOf(piece)
  }
  return text
}

describe('a file inspected by several threads', () => {
  test('gives the text that one gives, byte for byte', async () => {
    const text = await alone(file)
    expect(text.split('\n').length).toBeGreaterThan(100)
    expect(await together(file, 2)).toBe(text)
    expect(await together(file, 3)).toBe(text)
  })

  test('a file that was cut gives what lies before, and says where', async () => {
    const cut = join(folder, 'cut.pcap')
    writeFileSync(cut, readFileSync(file).subarray(0, 100_001))
    const text = await together(cut, 2)
    expect(text).toContain('The capture was cut after 100001 bytes')
    expect(text).toBe(await alone(cut))
  })

  test('threads are for large files that can be read by each of them', async () => {
    expect(await threadsFor(DEMO, 4)).toEqual({ threads: 1, size: 0 })
    expect(await threadsFor('-', 4)).toEqual({ threads: 1, size: 0 })
    expect(await threadsFor(join(folder, 'absent'), 4)).toEqual({ threads: 1, size: 0 })
    const { size } = statSync(file)
    expect(await threadsFor(file, 4)).toEqual({ threads: 4, size })
    expect(await threadsFor(join(folder, 'cut.pcap'), undefined)).toMatchObject({ threads: 1 })
  })
})
