import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { type Labels, type Metrics } from '../lib/metrics.ts'

/** Kept series of one metric: label values come from closed lists, this is the net below them. */
const MAX_SERIES = 500
const SECONDS = [1e-5, 1e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const
const BYTES = [64, 256, 1024, 4096, 16384, 65536, 262144, 1048576] as const

/** Metrics that can be read back in Prometheus' text format. */
export type ReadableMetrics = Metrics & { text(): Promise<string>; readonly contentType: string }

/**
 * Counters, gauges and histograms on a registry of their own, so that two services in one test do
 * not mix. A metric keeps the label names of its first use; names get the prefix `vestibule_` where
 * they have none.
 */
export function createMetrics(options: { readonly process?: boolean } = {}): ReadableMetrics {
  const registry = new Registry()
  if (options.process ?? true) collectDefaultMetrics({ register: registry })
  const counters = new Map<string, Family<Counter>>()
  const gauges = new Map<string, Family<Gauge>>()
  const histograms = new Map<string, Family<Histogram>>()
  const base = (name: string, labels: Labels): Base => ({
    name: name.startsWith('vestibule_') ? name : `vestibule_${name}`,
    help: name.replaceAll('_', ' '),
    labelNames: Object.keys(labels),
    registers: [registry],
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count(name, by = 1, labels = {}): void {
      const counter = family(counters, name, () => new Counter(base(name, labels)))
      if (admitted(counter, labels)) counter.metric.inc(labels, by)
    },
    gauge(name, value, labels = {}): void {
      const gauge = family(gauges, name, () => new Gauge(base(name, labels)))
      if (admitted(gauge, labels)) gauge.metric.set(labels, value)
    },
    observe(name, value, labels = {}): void {
      const buckets = name.endsWith('_bytes') ? BYTES : SECONDS
      const make = (): Histogram => new Histogram({ ...base(name, labels), buckets: [...buckets] })
      const histogram = family(histograms, name, make)
      if (admitted(histogram, labels)) histogram.metric.observe(labels, value)
    },
  }
}

interface Base {
  readonly name: string
  readonly help: string
  readonly labelNames: string[]
  readonly registers: Registry[]
}

interface Family<M> {
  readonly metric: M
  readonly series: Set<string>
}

function family<M>(families: Map<string, Family<M>>, name: string, make: () => M): Family<M> {
  const known = families.get(name)
  if (known !== undefined) return known
  const made = { metric: make(), series: new Set<string>() }
  families.set(name, made)
  return made
}

/** False for a series beyond the bound: what is not counted must not exhaust memory either. */
function admitted(of: Family<unknown>, labels: Labels): boolean {
  let key = ''
  for (const name in labels) key += `${labels[name] ?? ''}\0`
  if (of.series.has(key)) return true
  if (of.series.size >= MAX_SERIES) return false
  of.series.add(key)
  return true
}
