import { Registry, collectDefaultMetrics } from 'prom-client'
import { MetricSeries } from '../lib/metric-series.ts'
import { type Metrics } from '../lib/metrics.ts'

/** Metrics that can be read back in Prometheus' text format. */
export type ReadableMetrics = Metrics & { text(): Promise<string>; readonly contentType: string }

/** Our own metrics and, unless told otherwise, those of the process: memory, event loop, collector. */
export function createMetrics(options: { readonly process?: boolean } = {}): ReadableMetrics {
  const registry = new Registry()
  if (options.process ?? true) collectDefaultMetrics({ register: registry })
  const series = new MetricSeries()
  return {
    contentType: registry.contentType,
    text: async () => [await registry.metrics(), series.text()].join('\n').trimStart(),
    count: (...args) => {
      series.count(...args)
    },
    gauge: (...args) => {
      series.gauge(...args)
    },
    observe: (...args) => {
      series.observe(...args)
    },
  }
}
