import { expect, test } from '@jest/globals'
import { mergeByTime } from '../../cli/backtest/merge-by-time.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { sshAttempt, SECOND, T0 } from '../processors/records.ts'

async function* file(...seconds: number[]): AsyncGenerator<AnyRecord> {
  for (const second of seconds) {
    await Promise.resolve()
    yield { type: 'SshAuthAttempt', record: sshAttempt('192.0.2.1', T0 + second * SECOND) }
  }
}

test('records of several files come in the order of their time', async () => {
  const seconds: number[] = []
  for await (const { record } of mergeByTime([file(1, 4, 5), file(), file(2, 3, 9)])) {
    seconds.push((record.observedAt - T0) / SECOND)
  }
  expect(seconds).toEqual([1, 2, 3, 4, 5, 9])
})
