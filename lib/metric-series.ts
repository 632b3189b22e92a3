import { type Labels, type Metrics } from './metrics.ts'

/** Kept series of one metric: label values come from closed lists, this is the net below them. */
const MAX_SERIES = 500
const SECONDS = [1e-5, 1e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const
const BYTES = [64, 256, 1024, 4096, 16384, 65536, 262144, 1048576] as const

/** Numbers of one metric with one set of label values. */
interface Series {
  /** As it is printed: `kind="handshake"`. */
  readonly labels: string
  /** Value of a counter or gauge, sum of a histogram. */
  value: number
  /** Observations by bucket, the last one beyond all bounds; empty for counters and gauges. */
  readonly buckets: Float64Array
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Upper bounds of the buckets; none for counters and gauges. */
  readonly bounds: readonly number[]
  /** By the values of the labels, which every use of a metric gives in the same order. */
  readonly series: Map<string, Series>
}

const NO_LABELS: Labels = {}
const NO_BOUNDS: readonly number[] = []

/**
 * Counters, gauges and histograms, summed here and made text only when somebody asks: a decision
 * counts four times (docs/decisions/0018). Names get the prefix `vestibule_` where they have none.
 */
export class MetricSeries implements Metrics {
  readonly #families = new Map<string, Family>()

  count(name: string, by = 1, labels = NO_LABELS): void {
    const series = this.#series(name, 'counter', labels)
    if (series !== undefined) series.value += by
  }

  gauge(name: string, value: number, labels = NO_LABELS): void {
    const series = this.#series(name, 'gauge', labels)
    if (series !== undefined) series.value = value
  }

  observe(name: string, value: number, labels = NO_LABELS): void {
    const series = this.#series(name, 'histogram', labels)
    if (series === undefined) return
    series.value += value
    const { bounds } = this.#family(name, 'histogram')
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1
  }

  /** Everything in Prometheus' text format, version 0.0.4. */
  text(): string {
    return [...this.#families.values()].map(familyText).join('')
  }

  #family(name: string, type: Family['type']): Family {
    const known = this.#families.get(name)
    if (known !== undefined) return known
    const full = name.startsWith('vestibule_') ? name : `vestibule_${name}`
    const bounds = type === 'histogram' ? (name.endsWith('_bytes') ? BYTES : SECONDS) : NO_BOUNDS
    const made = { name: full, type, bounds, series: new Map<string, Series>() }
    this.#families.set(name, made)
    return made
  }

  /** Undefined beyond the bound: what is not counted must not exhaust memory either. */
  #series(name: string, type: Family['type'], labels: Labels): Series | undefined {
    const { series, bounds } = this.#family(name, type)
    let key = ''
    for (const label in labels) key += `${labels[label] ?? ''}\0`
    const known = series.get(key)
    if (known !== undefined || series.size >= MAX_SERIES) return known
    const buckets = new Float64Array(type === 'histogram' ? bounds.length + 1 : 0)
    const made = { labels: labelText(labels), value: 0, buckets }
    series.set(key, made)
    return made
  }
}

function familyText(family: Family): string {
  const { name, type, series } = family
  const help = name.replace(/^vestibule_/, '').replaceAll('_', ' ')
  const lines = [...series.values()].flatMap((one) => seriesLines(family, one))
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`
}

function seriesLines({ name, type, bounds }: Family, series: Series): readonly string[] {
  const { labels, value, buckets } = series
  const braced = labels === '' ? '' : `{${labels}}`
  if (type !== 'histogram') return [`${name}${braced} ${value}`]
  let total = 0
  const lines = Array.from(buckets, (count, i) => {
    total += count
    const bound = `le="${bounds[i] ?? '+Inf'}"`
    return `${name}_bucket{${labels === '' ? bound : `${bound},${labels}`}} ${total}`
  })
  return [...lines, `${name}_sum${braced} ${value}`, `${name}_count${braced} ${total}`]
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' }

function labelText(labels: Labels): string {
  const escape = (value: string): string => value.replace(/[\\\n"]/g, (c) => ESCAPED[c] ?? c)
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',')
}
