import { describe, expect, test } from '@jest/globals'
import { SILENT, type Logger } from '../../../lib/logger.ts'
import { type Receiver, type Verdict } from '../../../sinks/alerts/receiver.ts'
import { tellAlerts } from '../../../sinks/alerts/tell-alerts.ts'
import { waitBefore } from '../../../sinks/alerts/back-off.ts'
import { eventually } from '../../support/eventually.ts'
import { alertStage, CODEC, NOON_MS, type AlertStage } from './alert-stage.ts'

const TO_WEBHOOK = 'alerts: { webhook: { url: "http://127.0.0.1:1/secret-path" } }'

interface Play {
  readonly acts: readonly string[]
  readonly warned: readonly string[]
  /** Runs until so many acts were seen, or it is so. */
  readonly until: (enough: number | (() => boolean | Promise<boolean>)) => Promise<void>
  readonly wakeDigests: () => void
}

/** A receiver that answers what the script says, and a clock that only waiting moves. */
function play(stage: AlertStage, script: (text: string, tries: number) => Verdict): Play {
  const acts: string[] = []
  const warned: string[] = []
  const counts = new Map<string, number>()
  let now = NOON_MS
  let wake: () => void = () => undefined
  const receiver: Receiver = {
    name: 'webhook',
    settings: ({ webhook }) => webhook ?? undefined,
    send: ({ message }) => {
      const tries = (counts.get(message) ?? 0) + 1
      counts.set(message, tries)
      const verdict = script(message, tries)
      acts.push(`${message}: ${verdict}`)
      return Promise.resolve(verdict)
    },
  }
  const logger: Logger = {
    ...SILENT,
    warn: (message, fields) => warned.push(`${message} ${JSON.stringify(fields)}`),
    info: (message) => warned.push(message),
  }
  const metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
  return {
    acts,
    warned,
    wakeDigests: () => {
      wake()
    },
    async until(enough): Promise<void> {
      const stop = new AbortController()
      const running = tellAlerts(
        {
          ...{ log: stage.log, codec: CODEC, receivers: [receiver], metrics, logger },
          ...{ site: 'here', now: () => now, random: () => 0 },
          sleep: async (ms, signal) => {
            if (ms === 60_000 && !signal.aborted) {
              await new Promise<void>((resolve) => {
                wake = resolve
                signal.addEventListener('abort', () => {
                  resolve()
                })
              })
              return
            }
            acts.push(`waits ${ms / 1_000} s`)
            now += ms
            await new Promise((resolve) => setTimeout(resolve, 15))
          },
        },
        stop.signal,
      )
      await eventually('it was told', () =>
        typeof enough === 'number' ? acts.length >= enough : enough(),
      )
      stop.abort()
      await running
    },
  }
}

describe('telling of alerts', () => {
  test('nobody is named: nothing is sent, and what comes once somebody is named is', async () => {
    const stage = alertStage()
    await stage.policy('shadow: false')
    await stage.alert('ip:1')
    await stage.policy(TO_WEBHOOK)
    const { acts, until } = play(stage, () => 'done')
    await stage.alert('ip:2')
    await until(2)
    expect(acts).toEqual(['ip:1 was terminated: done', 'ip:2 was terminated: done'])
  })

  test('a receiver that is away is tried again, ever more seldom, and the next alert waits its turn', async () => {
    const stage = alertStage()
    await stage.policy(TO_WEBHOOK)
    await stage.alert('ip:1')
    await stage.alert('ip:2')
    const { acts, warned, until } = play(stage, (text, tries) =>
      text.startsWith('ip:1') && tries < 4 ? 'again' : 'done',
    )
    await until(8)
    expect(acts).toEqual([
      'ip:1 was terminated: again',
      'waits 0.5 s',
      'ip:1 was terminated: again',
      'waits 1 s',
      'ip:1 was terminated: again',
      'waits 2 s',
      'ip:1 was terminated: done',
      'ip:2 was terminated: done',
    ])
    expect(warned[0]).toContain('cannot be reached')
    expect(warned[1]).toBe('the receiver of alerts takes them again')
    expect([warned.length, warned.join().includes('secret-path')]).toEqual([2, false])
  })

  test('after ten minutes in vain, and after a plain no, the next one is told', async () => {
    const stage = alertStage()
    await stage.policy(TO_WEBHOOK)
    await stage.alert('ip:away')
    await stage.alert('ip:refused')
    await stage.alert('ip:3')
    const { acts, until } = play(stage, (text) =>
      text.startsWith('ip:away') ? 'again' : text.startsWith('ip:refused') ? 'never' : 'done',
    )
    await until(() => acts.includes('ip:3 was terminated: done'))
    expect(acts.filter((act) => act.startsWith('ip:away')).length).toBeGreaterThan(10)
    expect(acts.slice(-2)).toEqual([
      'ip:refused was terminated: never',
      'ip:3 was terminated: done',
    ])
  })

  test('one client a hundred times is one alert; many clients are a few and one sentence', async () => {
    const stage = alertStage()
    await stage.policy('alerts: { perMinute: 2, webhook: { url: "http://127.0.0.1:1/" } }')
    for (let n = 0; n < 100; n += 1) await stage.alert('ip:1')
    for (let n = 2; n < 52; n += 1) await stage.alert(`ip:${n}`)
    const { acts, until, wakeDigests } = play(stage, () => 'done')
    await until(async () => {
      wakeDigests()
      return (await stage.log.committed('alerts-webhook', 'alerts'))[0] === 150 && acts.length >= 3
    })
    expect(acts.slice(0, 2)).toEqual(['ip:1 was terminated: done', 'ip:2 was terminated: done'])
    const rest = acts.slice(2).map((act) => Number(/(\d+) more than a minute/.exec(act)?.[1]))
    expect(rest.reduce((sum, count) => sum + count, 0)).toBe(49)
  })

  test('what is not severe enough, what is older than an hour and what cannot be read is not told', async () => {
    const stage = alertStage()
    await stage.policy('alerts: { webhook: { url: "http://127.0.0.1:1/", atLeast: critical } }')
    await stage.alert('ip:mild', { severity: 'warning' })
    await stage.alert('ip:old', { observedAt: (NOON_MS - 3_700_000) * 1_000 })
    const broken = { key: 'x', value: Buffer.from('nothing'), timestampMs: NOON_MS }
    await stage.log.append('alerts', [broken])
    await stage.alert('ip:new')
    const { acts, until } = play(stage, () => 'done')
    await until(1)
    expect(acts).toEqual(['ip:new was terminated: done'])
  })

  test('ended while a receiver is away, it tells that alert again after the next start', async () => {
    const stage = alertStage()
    await stage.policy(TO_WEBHOOK)
    await stage.alert('ip:1')
    await play(stage, () => 'again').until(3)
    const after = play(stage, () => 'done')
    await after.until(1)
    expect(after.acts).toEqual(['ip:1 was terminated: done'])
  })
})

test('waits double to a minute, and half of each is chance', () => {
  expect([0, 1, 5, 6, 99].map((tries) => waitBefore(tries, 1))).toEqual([
    1_000, 2_000, 32_000, 60_000, 60_000,
  ])
  expect(waitBefore(3, 0)).toBe(4_000)
})
