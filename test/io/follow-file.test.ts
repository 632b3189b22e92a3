import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { followFile, type FilePlace, type FollowFileOptions } from '../../io/follow-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'follow-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** Follows a file; `lines(n)` resolves with the first n lines. */
function following(path: string, from: FollowFileOptions['from'] = 'start') {
  const stop = new AbortController()
  const batches = followFile({ path, from, signal: stop.signal, pollMs: 5 })
  const found: string[] = []
  const starts: number[] = []
  let place: FilePlace | undefined
  return {
    async lines(n: number): Promise<string[]> {
      while (found.length < n) {
        const { value } = await batches.next()
        if (value === undefined) break
        found.push(...value.lines.map(({ text }) => text))
        starts.push(...value.lines.map(({ at }) => at))
        place = value.place
      }
      return found
    },
    place: () => place,
    starts: () => starts,
    async stop(): Promise<void> {
      stop.abort()
      await batches.return()
    },
  }
}

describe('following a file', () => {
  test('gives whole lines only, as they are finished', async () => {
    const path = join(folder, 'log')
    await writeFile(path, 'one\ntw')
    const follower = following(path)
    expect(await follower.lines(1)).toEqual(['one'])
    await appendFile(path, 'o\nthree\n')
    expect(await follower.lines(3)).toEqual(['one', 'two', 'three'])
    await follower.stop()
  })

  test('nothing within a line that is too long passes for a line of its own', async () => {
    const path = join(folder, 'log')
    const forged =
      'Jan  1 00:00:00 host sshd[1]: Accepted password for root from 192.0.2.1 port 2 ssh2'
    await writeFile(path, `${'x'.repeat(128 * 1024)}${forged}\nwhole\n`)
    const follower = following(path)
    expect(await follower.lines(1)).toEqual(['whole'])
    await follower.stop()
  })

  test('reads the old file to its end and then the new one when it is rotated', async () => {
    const path = join(folder, 'log')
    await writeFile(path, 'one\n')
    const follower = following(path)
    await follower.lines(1)
    await appendFile(path, 'two\n')
    await rename(path, `${path}.1`)
    await writeFile(path, 'three\n')
    expect(await follower.lines(3)).toEqual(['one', 'two', 'three'])
    await follower.stop()
  })

  test('begins again when the file is truncated', async () => {
    const path = join(folder, 'log')
    await writeFile(path, 'a long first line\n')
    const follower = following(path)
    await follower.lines(1)
    await truncate(path)
    await appendFile(path, 'two\n')
    expect(await follower.lines(2)).toEqual(['a long first line', 'two'])
    await follower.stop()
  })

  test('waits for a file that is not there yet', async () => {
    const path = join(folder, 'log')
    const follower = following(path, 'end')
    const lines = follower.lines(1)
    await writeFile(path, 'one\n')
    expect(await lines).toEqual(['one'])
    await follower.stop()
  })

  test('tells where each line begins, and reads again from where something was still open', async () => {
    const path = join(folder, 'log')
    await writeFile(path, 'one\ntwo\r\n\nthree\n')
    const first = following(path)
    expect(await first.lines(4)).toEqual(['one', 'two\r', '', 'three'])
    expect(first.starts()).toEqual([0, 4, 9, 10])
    const place = first.place()
    await first.stop()
    if (place === undefined) throw new Error('no place')
    await appendFile(path, 'four\n')
    const second = following(path, { ...place, since: 9 })
    expect(await second.lines(3)).toEqual(['', 'three', 'four'])
    expect(second.starts()).toEqual([9, 10, 16])
    await second.stop()
  })

  test('goes on from the place it had come to', async () => {
    const path = join(folder, 'log')
    await writeFile(path, 'one\ntwo\n')
    const first = following(path)
    await first.lines(2)
    const place = first.place()
    await first.stop()
    await appendFile(path, 'three\n')
    const second = following(path, place ?? 'end')
    expect(await second.lines(1)).toEqual(['three'])
    await second.stop()
  })
})
