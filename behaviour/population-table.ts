import { type Population } from '../schemas/generated/records.ts'
import { populationPlace } from './entity.ts'
import { type PopulationView, type Protocol } from './population-view.ts'

type Kind = Population['kind']

const MOST_TRUSTED = 10_000
/** Rows longest not told of that are looked at for one to give way. */
const NEIGHBOURS = 16
const MOST_LOOKED_AT = 1_024

/** The `population` topic in memory: newest row of each key, for the first fold and the routing API. */
export class PopulationTable implements PopulationView {
  /** By protocol, kind and key: look-ups are many, and joining them to one key would cost the most. */
  readonly #rows = new Map<Protocol, Map<Kind, Map<string, Population>>>()
  readonly #most: number
  readonly #trusted: Readonly<Record<Protocol, Set<string>>> = { tls: new Set(), ssh: new Set() }
  #size = 0

  /** `most` bounds the rows; beyond it the least of those longest not told of gives way. */
  constructor(most = 500_000) {
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  /** False when there is no room, for everything that could give way speaks for somebody. */
  apply(row: Population): boolean {
    const rows = this.#of(row.protocol, row.kind)
    // Taken out and put in again: the first rows of a map are those longest not told of.
    if (rows.delete(row.key)) this.#size -= 1
    else if (this.#size >= this.#most && !this.#makeRoom()) return false
    rows.set(row.key, row)
    this.#size += 1
    if (row.kind === 'fp') this.#trust(row)
    return true
  }

  /** By the key its row has on the topic (`fp:t13d...#tls`). */
  remove(topicKey: string): void {
    const place = populationPlace(topicKey)
    if (place === undefined) return
    const { kind, key, protocol } = place
    if (this.#rows.get(protocol)?.get(kind)?.delete(key) !== true) return
    this.#size -= 1
    if (kind === 'fp') this.#trusted[protocol].delete(key)
  }

  /** Of the largest kind, so that a flood of one pushes out its own. */
  #makeRoom(): boolean {
    let largest = new Map<string, Population>()
    for (const kinds of this.#rows.values()) {
      for (const rows of kinds.values()) if (rows.size > largest.size) largest = rows
    }
    const least = leastOf(largest.values())
    if (least === undefined) return false
    this.#size -= 1
    return largest.delete(least.key)
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

/** The lightest of the first few of which nothing is known; else what speaks for nobody. */
function leastOf(rows: Iterable<Population>): Population | undefined {
  let least: Population | undefined
  let second: Population | undefined
  let seen = 0
  for (const row of rows) {
    if (row.trusted < 0.5) second ??= row
    const unmarked = row.hostile + row.trusted < 0.5
    if (unmarked && row.weight < (least?.weight ?? Infinity)) least = row
    seen += 1
    if ((seen >= NEIGHBOURS && least !== undefined) || seen >= MOST_LOOKED_AT) break
  }
  return least ?? second
}
