import { describe, expect, test } from '@jest/globals'
import { createBacktest } from '../../processors/backtest.ts'
import { SECOND, sshAttempt, T0 } from './records.ts'

const DAY = 86_400 * SECOND

/** 1,200 people in networks of their own who log in with a key; every twentieth mistypes a password first. */
function populated() {
  const backtest = createBacktest()
  for (let day = 0; day < 4; day += 1) {
    for (let i = 0; i < 1_200; i += 1) {
      const client = `10.${i >> 8}.${i & 255}.7`
      const at = T0 + day * DAY + i * 30 * SECOND
      if (i % 20 === 0) {
        const failed = sshAttempt(client, at, {
          result: 'failed',
          method: 'password',
          user: `u${i}`,
        })
        backtest.feed({ type: 'SshAuthAttempt', record: failed })
      }
      const login = sshAttempt(client, at + 5 * SECOND, { result: 'accepted', user: `u${i}` })
      backtest.feed({ type: 'SshAuthAttempt', record: login })
    }
  }
  return backtest
}

describe('scores over a population that logs in', () => {
  const backtest = populated()

  test('are calibrated: three failures of a stranger are rarer than one day in a thousand', () => {
    const at = T0 + 4 * DAY
    for (let i = 0; i < 3; i += 1) {
      const record = sshAttempt('203.0.113.9', at + i * SECOND, { result: 'failed', user: 'root' })
      backtest.feed({ type: 'SshAuthAttempt', record })
    }
    const stranger = backtest.clients().find(({ client }) => client === '203.0.113.9')
    expect(stranger?.contributions.map(({ feature }) => feature)).toContain('calibration')
    expect(stranger?.highest.value).toBeGreaterThan(60)
  })

  test('leave those who mistyped once in the band of nine in ten', () => {
    const bands = backtest
      .clients()
      .filter(({ client }) => client.startsWith('10.'))
      .map(({ highest }) => highest.band)
    expect(bands.filter((band) => band === 'high' || band === 'critical')).toEqual([])
  })
})
