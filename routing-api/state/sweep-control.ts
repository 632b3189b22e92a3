import { EventLogError } from '../../lib/event-log.ts'
import { isPassOver } from '../challenges/client-passes.ts'
import { type Api } from '../routes/api.ts'

const EVERY_MS = 600_000
const DAY_MS = 86_400_000
/** A device whose login never came is kept no longer. */
const WAITING_MS = DAY_MS
/** Keys deleted at one time; what is left waits for the next time. */
const MOST_AT_ONCE = 5_000

/**
 * Keys of the control topic that are of no use any more: passes and paces of clients that are long gone, wrong answers
 * that no policy counts any more, devices that are not recognised any more. Found by time alone: every instance finds the
 * same, and deleting a key twice is deleting it once.
 */
export function expiredKeys({ state, now }: Pick<Api, 'state' | 'now'>): readonly string[] {
  const nowMs = now()
  const { settings, ssh } = state.policy
  const policies = [settings.ssh, ...ssh.values()]
  const days = Math.max(...policies.map(({ device }) => device.days))
  const keys: string[] = []
  for (const [id, pass] of state.passes.entries()) {
    if (isPassOver(pass, nowMs)) keys.push(`pass/${id}`)
  }
  for (const subject of state.tries.before(nowMs - DAY_MS)) keys.push(`tries/${subject}`)
  for (const { id, kind, sinceMs } of state.enrolments.entries()) {
    if (kind !== 'device') continue
    const isWaiting = id.split('/').length > 3
    if (nowMs - sinceMs > (isWaiting ? WAITING_MS : days * DAY_MS)) keys.push(`enrolment/${id}`)
  }
  return keys.slice(0, MOST_AT_ONCE)
}

/** Deletes what has expired, now and then, until the signal aborts. */
export async function sweepControl(
  api: Api,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(EVERY_MS, signal)
    if (signal.aborted) return
    const keys = api.state.ready ? expiredKeys(api) : []
    if (keys.length === 0) continue
    try {
      await api.tombstone('control', keys)
      api.metrics.count('control_expired_total', keys.length)
    } catch (error) {
      // The log is away: they are found again.
      if (!(error instanceof EventLogError)) throw error
    }
  }
}
