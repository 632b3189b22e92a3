export type Labels = Readonly<Record<string, string>>

/** Where a stage counts what it does. Label values come from closed lists, never from the wire. */
export interface Metrics {
  /** Adds to a counter; names end in `_total`. */
  count(name: string, by?: number, labels?: Labels): void
  gauge(name: string, value: number, labels?: Labels): void
  /** One observation of a histogram; units are in the name (`_seconds`, `_bytes`). */
  observe(name: string, value: number, labels?: Labels): void
}

/** Counts nothing: for tools and tests that do not look. */
export const NO_METRICS: Metrics = {
  count: () => undefined,
  gauge: () => undefined,
  observe: () => undefined,
}
