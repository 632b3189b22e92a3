import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type Privacy } from '../../lib/pseudonym.ts'
import { createAuthLog } from '../../producers/auth-log/auth-log.ts'
import { type TimeZone } from '../../producers/auth-log/time-zone.ts'
import { replayedRecords, type TimeShift } from '../../producers/replay.ts'
import { type SshAuthAttempt } from '../../schemas/generated/records.ts'
import { nowUs, sleep } from '../clock.ts'

export interface ReplayLogOptions {
  readonly path: string
  /** Of stamps that name none. */
  readonly zone: TimeZone
  readonly sensor: string
  readonly site: string
  readonly privacy: Privacy
  put(record: AnyRecord): boolean
  readonly signal: AbortSignal
}

/** A recording holds minutes, not months: attempts beyond this are not replayed. */
const MAX_ATTEMPTS = 100_000

/** Gives what an sshd logged while a capture was recorded, when it is due, with the capture's shift. */
export async function replayLog(options: ReplayLogOptions, shift: TimeShift): Promise<void> {
  const attempts = await attemptsOf(options, shift.recordedAt)
  const clock = { now: nowUs, sleep }
  for await (const record of replayedRecords(attempts, shift, clock, options.signal)) {
    options.put({ type: 'SshAuthAttempt', record })
  }
}

async function attemptsOf(
  { path, zone, sensor, site, privacy }: ReplayLogOptions,
  recordedAt: number,
): Promise<readonly SshAuthAttempt[]> {
  const log = createAuthLog({
    ...{ sensor: `${sensor}-log`, site, listener: 'ssh', privacy, zone },
  })
  const attempts: SshAuthAttempt[] = []
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    attempts.push(...log.line(line, number, recordedAt))
    number += 1
    if (attempts.length >= MAX_ATTEMPTS) break
  }
  attempts.push(...log.flush(recordedAt))
  return attempts.sort((a, b) => a.observedAt - b.observedAt)
}
