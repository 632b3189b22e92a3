import { describe, expect, test } from '@jest/globals'
import { createMetrics } from '../../io/metrics.ts'

describe('metrics for Prometheus', () => {
  test('counters add, gauges are set, observations fall into buckets', async () => {
    const metrics = createMetrics({ process: false })
    metrics.count('decisions_total', 1, { kind: 'handshake' })
    metrics.count('decisions_total', 2, { kind: 'handshake' })
    metrics.gauge('scores', 7)
    metrics.observe('decide_seconds', 0.002)
    const text = await metrics.text()
    expect(text).toContain('vestibule_decisions_total{kind="handshake"} 3')
    expect(text).toContain('vestibule_scores 7')
    expect(text).toContain('vestibule_decide_seconds_bucket{le="0.0025"} 1')
  })

  test('a label that runs away stops at the bound instead of filling memory', async () => {
    const metrics = createMetrics({ process: false })
    for (let i = 0; i < 10_000; i += 1) metrics.count('x_total', 1, { reason: String(i) })
    const lines = (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith('vestibule_x'))
    expect(lines).toHaveLength(500)
  })
})
