import { describe, expect, test } from '@jest/globals'
import { NO_PASS } from '../../../routing-api/challenges/client-passes.ts'
import { expiredKeys, sweepControl } from '../../../routing-api/state/sweep-control.ts'
import { EventLogError } from '../../../lib/event-log.ts'
import { control } from '../decisions/fixtures.ts'
import { testApi, type TestApi } from '../harness.ts'

const NOW = 1_800_000_000_000
const DAY = 86_400_000

function api(over: Partial<TestApi> = {}): TestApi {
  const made = testApi({ now: () => NOW, ...over })
  const pass = (id: string, body: object): void => {
    const told = control('pass', id, { body: JSON.stringify({ ...NO_PASS, ...body }) })
    made.state.applyControl(told)
  }
  pass('c/granted', { grantedAtMs: NOW - 0.9 * DAY, level: 1 })
  pass('c/old', { grantedAtMs: NOW - 1.1 * DAY, level: 1 })
  pass('c/failed', { raisedUntilMs: NOW + 1 })
  pass('c/pace', { grantedAtMs: NOW - 29 * DAY, solved: 3 })
  pass('c/old-pace', { grantedAtMs: NOW - 31 * DAY, solved: 3 })
  const tries = (id: string, ...times: number[]): void => {
    made.state.applyControl(control('tries', id, { body: JSON.stringify({ times }) }))
  }
  tries('user:new', NOW - 2 * DAY, NOW - 1_000)
  tries('user:old', NOW - 2 * DAY)
  const device = (id: string, ageMs: number): void => {
    const observedAt = (NOW - ageMs) * 1_000
    made.state.applyControl(control('enrolment', id, { body: '{}', observedAt }))
  }
  device('device/anna/known', 89 * DAY)
  device('device/anna/gone', 91 * DAY)
  device('device/anna/waits/00', 0.5 * DAY)
  device('device/anna/never-came/01', 2 * DAY)
  device('question/anna/own', 400 * DAY)
  return made
}

const EXPIRED = [
  ...['pass/c/old', 'pass/c/old-pace', 'tries/user:old'],
  ...['enrolment/device/anna/gone', 'enrolment/device/anna/never-came/01'],
]

describe('what has expired on the control topic', () => {
  test('passes, paces, wrong answers and devices past their time, and nothing else', () => {
    expect(expiredKeys(api())).toEqual(EXPIRED)
  })

  test('is deleted now and then; a log that is away is tried again, and nothing is asked before it was read', async () => {
    const stop = new AbortController()
    const deleted: string[][] = []
    let times = 0
    const on = api({
      tombstone: (_topic, keys) => {
        if (times === 1) return Promise.reject(new EventLogError('unavailable', 'away'))
        deleted.push([...keys])
        return Promise.resolve()
      },
    })
    await sweepControl(
      on,
      () => {
        times += 1
        if (times === 3) stop.abort()
        return Promise.resolve()
      },
      stop.signal,
    )
    expect(deleted).toEqual([EXPIRED])
  })
})
