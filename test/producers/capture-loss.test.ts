import { expect, test } from '@jest/globals'
import { NO_METRICS } from '../../lib/metrics.ts'
import { captureLoss } from '../../producers/capture-loss.ts'

test('an alert tells of packets lost since the last look, once', () => {
  const look = captureLoss({ sensor: 'eth1', site: 'here', now: () => 7 }, NO_METRICS)
  const messages = [
    { received: 10, dropped: 0, interfaceDropped: 0 },
    { received: 20, dropped: 3, interfaceDropped: 1 },
    { received: 30, dropped: 3, interfaceDropped: 1 },
  ].map((statistics) => look(statistics)?.message)
  expect(messages).toEqual([
    undefined,
    'eth1 lost 4 packets of 20: what it says of clients is incomplete',
    undefined,
  ])
})
