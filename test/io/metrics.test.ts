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

test('the text of a histogram and of a label with odd characters, whole', async () => {
  const metrics = createMetrics({ process: false })
  metrics.count('odd_total', 2, { reason: 'a"b\\\n' })
  metrics.observe('vestibule_body_bytes', 64, { path: '/v1' })
  metrics.observe('vestibule_body_bytes', 2e6, { path: '/v1' })
  expect((await metrics.text()).split('\n')).toEqual([
    '# HELP vestibule_odd_total odd total',
    '# TYPE vestibule_odd_total counter',
    String.raw`vestibule_odd_total{reason="a\"b\\\n"} 2`,
    '# HELP vestibule_body_bytes body bytes',
    '# TYPE vestibule_body_bytes histogram',
    'vestibule_body_bytes_bucket{le="64",path="/v1"} 1',
    'vestibule_body_bytes_bucket{le="256",path="/v1"} 1',
    'vestibule_body_bytes_bucket{le="1024",path="/v1"} 1',
    'vestibule_body_bytes_bucket{le="4096",path="/v1"} 1',
    'vestibule_body_bytes_bucket{le="16384",path="/v1"} 1',
    'vestibule_body_bytes_bucket{le="65536",path="/v1"} 1',
    'vestibule_body_bytes_bucket{le="262144",path="/v1"} 1',
    'vestibule_body_bytes_bucket{le="1048576",path="/v1"} 1',
    'vestibule_body_bytes_bucket{le="+Inf",path="/v1"} 2',
    'vestibule_body_bytes_sum{path="/v1"} 2000064',
    'vestibule_body_bytes_count{path="/v1"} 2',
    '',
  ])
})
