import { expect, test } from '@jest/globals'
import { NO_METRICS } from '../../lib/metrics.ts'
import { captureLoss } from '../../producers/capture-loss.ts'

test('an alert tells of packets lost since the last look, once', () => {
  const messages: string[] = []
  const look = captureLoss({ sensor: 'eth1', site: 'here', now: () => 7 }, NO_METRICS, (alert) => {
    messages.push(alert.message)
  })
  look({ received: 10, dropped: 0, interfaceDropped: 0 })
  look({ received: 20, dropped: 3, interfaceDropped: 1 })
  look({ received: 30, dropped: 3, interfaceDropped: 1 })
  expect(messages).toEqual(['eth1 lost 4 packets of 20: what it says of clients is incomplete'])
})
