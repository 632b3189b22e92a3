import { expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replayLog } from '../../../io/capture/replay-log.ts'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { privacyOf } from '../../../lib/pseudonym.ts'
import { timeZone } from '../../../producers/auth-log/time-zone.ts'
import { atTheEnd } from '../../support/endings.ts'
import { temporaryFolder } from '../../support/programs.ts'

const folder = temporaryFolder('replay-log')
atTheEnd(folder.remove)

/** Seconds after the capture's first packet, of 12:00:00 UTC on 1 July, at which a line comes again. */
async function replayedAt(stamp: string, zoneName: string): Promise<number[]> {
  const path = join(folder.path, 'auth.log')
  writeFileSync(
    path,
    `${stamp} host sshd[7]: Failed password for root from 192.0.2.1 port 4 ssh2\n`,
  )
  const zone = timeZone(zoneName)
  if (zone === undefined) throw new Error(`no zone ${zoneName}`)
  const startsAt = Date.now() * 1000 - 60_000_000
  const shift = { recordedAt: Date.UTC(2026, 6, 1, 12) * 1000, startsAt, speed: 1 }
  const records: AnyRecord[] = []
  const put = (record: AnyRecord): boolean => records.push(record) > 0
  const about = { sensor: 'demonstration', site: 'here', privacy: privacyOf('k', undefined) }
  await replayLog({ path, zone, put, signal: new AbortController().signal, ...about }, shift)
  return records.map(({ record }) => (record.observedAt - startsAt) / 1e6)
}

test.each([
  ['Jul  1 12:00:09', 'UTC'],
  ['Jul  1 14:00:09', 'Europe/Berlin'],
  ['2026-07-01T14:00:09+02:00', 'Asia/Tokyo'],
])('a line of %s in %s is replayed nine seconds after the first packet', async (stamp, zone) => {
  expect(await replayedAt(stamp, zone)).toEqual([9])
})
