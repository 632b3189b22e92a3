import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { followLogLines } from '../../io/follow-log-lines.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { CLEAR_ADDRESSES } from '../../lib/pseudonym.ts'
import { createAuthLog } from '../../producers/auth-log/auth-log.ts'
import { UTC } from '../../producers/auth-log/time-zone.ts'
import { runFollowLog } from '../../producers/follow-log.ts'
import { createHaproxyLog } from '../../producers/haproxy-log/haproxy-log.ts'
import { logReader } from '../../producers/log-reader.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'follow-log-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const at = (second: number, pid: number, message: string): string =>
  `2026-01-01T00:00:${String(second).padStart(2, '0')}+00:00 host sshd[${pid}]: ${message}`

/** Two guessers at a time, a name that does not exist, several attempts of one connection, a scanner. */
const LINES = [
  at(1, 7, 'Failed password for root from 192.0.2.1 port 4001 ssh2'),
  at(2, 7, 'Failed password for root from 192.0.2.1 port 4001 ssh2'),
  at(3, 8, 'Invalid user bob from 192.0.2.2 port 4002'),
  at(4, 7, 'message repeated 2 times: [ Failed password for root from 192.0.2.1 port 4001 ssh2]'),
  at(5, 9, 'Connection closed by 192.0.2.3 port 4003 [preauth]'),
  at(6, 8, 'Failed password for invalid user bob from 192.0.2.2 port 4002 ssh2'),
  at(7, 7, 'Connection closed by authenticating user root 192.0.2.1 port 4001 [preauth]'),
  at(8, 10, 'Invalid user eve from 192.0.2.4 port 4004'),
  at(9, 8, 'Connection closed by invalid user bob 192.0.2.2 port 4002 [preauth]'),
  at(10, 10, 'Connection closed by invalid user eve 192.0.2.4 port 4004 [preauth]'),
]

class Killed extends Error {}

/** Follows the log, a line at a time, until the `lives`-th line's records are appended and its bookmark is not written. */
async function life(lines: readonly string[], killAfter: number, told: AnyRecord[]): Promise<void> {
  const path = join(folder, 'auth.log')
  const stop = new AbortController()
  let written = 0
  const next = async (): Promise<void> => {
    const line = lines[written]
    if (line === undefined) stop.abort()
    else await appendFile(path, `${line}\n`)
    written += 1
  }
  const source = followLogLines({
    dataDir: folder,
    path,
    from: 'start',
    signal: stop.signal,
    pollMs: 1,
  })
  async function* watched(): AsyncGenerator<
    Parameters<typeof runFollowLog>[0]['source'] extends AsyncIterable<infer T> ? T : never
  > {
    for await (const batch of source) {
      yield {
        ...batch,
        done: async (since) => {
          if (written > killAfter) throw new Killed()
          await batch.done(since)
          await next()
        },
      }
    }
  }
  await next()
  const authLog = createAuthLog({
    sensor: 'auth.log',
    site: 'here',
    listener: 'ssh',
    privacy: { addresses: CLEAR_ADDRESSES, clearNames: true, hashName: (name) => name },
    zone: UTC,
  })
  const about = { sensor: 'auth.log', site: 'here', addresses: CLEAR_ADDRESSES }
  const haproxyLog = createHaproxyLog(about)
  const reader = logReader(authLog, haproxyLog)
  const append = (records: readonly AnyRecord[]): Promise<void> => {
    told.push(...records)
    return Promise.resolve()
  }
  const metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
  await runFollowLog(
    { source: watched(), reader, append, metrics, nowUs: () => 2e15 },
    stop.signal,
  ).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error
  })
}

const brief = ({ record }: AnyRecord): string =>
  'result' in record && 'clientPort' in record
    ? `${Buffer.from(record.eventId).toString('hex')} ${record.result} ${record.clientPort}`
    : ''

test('killed between append and bookmark at any line, and started again, it tells every attempt once', async () => {
  const path = join(folder, 'auth.log')
  await writeFile(path, '')
  const calm: AnyRecord[] = []
  await life(LINES, Infinity, calm)
  expect(calm.map((any) => brief(any).split(' ').slice(1).join(' '))).toEqual([
    ...['failed 4001', 'failed 4001', 'failed 4001', 'failed 4001'],
    ...['closed-before 4003', 'failed 4002', 'failed 4004'],
  ])
  for (let kill = 1; kill <= LINES.length; kill += 1) {
    await rm(folder, { recursive: true })
    folder = await mkdtemp(join(tmpdir(), 'follow-log-'))
    await writeFile(join(folder, 'auth.log'), '')
    const told: AnyRecord[] = []
    await life(LINES, kill, told)
    await life(LINES.slice(kill + 1), Infinity, told)
    expect([kill, [...new Set(told.map(brief))]]).toEqual([kill, calm.map(brief)])
  }
})
