import { type Population } from '../schemas/generated/records.ts'
import { type PopulationView, type Protocol } from './population-view.ts'

type Kind = Population['kind']

const MOST_TRUSTED = 10_000

/** The `population` topic in memory: newest row of each key, for the first fold and the routing API. */
export class PopulationTable implements PopulationView {
  /** By protocol, kind and key: look-ups are many, and joining them to one key would cost the most. */
  readonly #rows = new Map<Protocol, Map<Kind, Map<string, Population>>>()
  readonly #most: number
  readonly #trusted: Readonly<Record<Protocol, Set<string>>> = { tls: new Set(), ssh: new Set() }
  #size = 0

  /** `most` bounds the rows; beyond it rows of a new key are refused, and the caller may count them. */
  constructor(most = 500_000) {
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  /** False when the table is full. */
  apply(row: Population): boolean {
    const rows = this.#of(row.protocol, row.kind)
    if (!rows.has(row.key)) {
      if (this.#size >= this.#most) return false
      this.#size += 1
    }
    rows.set(row.key, row)
    if (row.kind === 'fp') this.#trust(row)
    return true
  }

  /** For snapshots. */
  *rows(): IterableIterator<Population> {
    for (const kinds of this.#rows.values()) for (const rows of kinds.values()) yield* rows.values()
  }

  find(kind: Kind, protocol: Protocol, key: string): Population | undefined {
    return this.#rows.get(protocol)?.get(kind)?.get(key)
  }

  /** Fingerprints of clients that proved themselves; at most 10,000 of a protocol. */
  trustedFingerprints(protocol: Protocol): ReadonlySet<string> {
    return this.#trusted[protocol]
  }

  #trust({ protocol, key, trusted }: Population): void {
    const known = this.#trusted[protocol]
    if (trusted < 1) known.delete(key)
    else if (known.size < MOST_TRUSTED) known.add(key)
  }

  #of(protocol: Protocol, kind: Kind): Map<string, Population> {
    const kinds = this.#rows.get(protocol) ?? new Map<Kind, Map<string, Population>>()
    this.#rows.set(protocol, kinds)
    const rows = kinds.get(kind) ?? new Map<string, Population>()
    kinds.set(kind, rows)
    return rows
  }
}
