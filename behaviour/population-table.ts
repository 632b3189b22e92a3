import { type Population } from '../schemas/generated/records.ts'
import { populationKey } from './entity.ts'
import { type PopulationView, type Protocol } from './population-view.ts'

/** The `population` topic in memory: newest row of each key, for the first fold and the routing API. */
export class PopulationTable implements PopulationView {
  readonly #rows = new Map<string, Population>()
  readonly #most: number

  /** `most` bounds the rows; beyond it rows of a new key are refused, and the caller may count them. */
  constructor(most = 500_000) {
    this.#most = most
  }

  get size(): number {
    return this.#rows.size
  }

  /** False when the table is full. */
  apply(row: Population): boolean {
    const key = populationKey(row.kind, row.key, row.protocol)
    if (this.#rows.size >= this.#most && !this.#rows.has(key)) return false
    this.#rows.set(key, row)
    return true
  }

  /** For snapshots. */
  rows(): IterableIterator<Population> {
    return this.#rows.values()
  }

  find(kind: Population['kind'], protocol: Protocol, key: string): Population | undefined {
    return this.#rows.get(populationKey(kind, key, protocol))
  }
}
