import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'

/** Records of one place (`topic/partition`), from where it stood up to an offset, in their turn. */
export interface Run {
  readonly turn: number
  readonly place: string
  readonly next: number
}

/** Runs of one unit that follow one another, to be kept beside its snapshot. */
export interface LaneEntry {
  readonly unit: number
  /** Names the entry among those of its unit; a slot whose runs are in a snapshot is used again. */
  readonly slot: number
  /** Who took them: turns of one holder can be compared. */
  readonly holder: string
  readonly runs: readonly Run[]
}

interface Lane {
  pending: Run[]
  /** Entries that no snapshot contains yet, oldest first. */
  live: { readonly slot: number; readonly turn: number }[]
  free: number[]
  slots: number
}

/** Runs that wait for a record of their unit; beyond it they are written by themselves. */
const MOST_PENDING = 256

/**
 * The order in which a holder took records from several places, where the log itself has none over all of
 * them. Runs of a unit are written with the first outputs that may depend on them, never later: what was seen
 * by others can be made again in the same way.
 */
export class Lanes {
  #holder = ''
  #turn = 0
  readonly #lanes = new Map<number, Lane>()

  /** A new holder; `slots`: how many were ever in use, by unit. Its first snapshot is still to be made. */
  begin(holder: string, slots: ReadonlyMap<number, number>): void {
    this.#holder = holder
    this.#turn = 0
    this.#lanes.clear()
    for (const [unit, used] of slots) {
      const free = Array.from({ length: used }, (_, n) => used - 1 - n)
      this.#lanes.set(unit, { pending: [], live: [], free, slots: used })
    }
  }

  /** What a snapshot of now contains. */
  get mark(): { readonly holder: string; readonly turn: number } {
    return { holder: this.#holder, turn: this.#turn }
  }

  get units(): readonly number[] {
    return [...this.#lanes.keys()]
  }

  /** Notes records that were just given to units. */
  took(place: string, next: number, units: readonly number[]): void {
    this.#turn += 1
    for (const unit of units) {
      const pending = this.#lanes.get(unit)?.pending
      if (pending === undefined) continue
      if (pending.at(-1)?.place === place) pending.pop()
      pending.push({ turn: this.#turn, place, next })
    }
  }

  /** Entries of these units, and of those for which too much waits. */
  entries(units: ReadonlySet<number>): readonly LaneEntry[] {
    const entries: LaneEntry[] = []
    for (const [unit, lane] of this.#lanes) {
      const due = units.has(unit) || lane.pending.length > MOST_PENDING
      if (!due || lane.pending.length === 0) continue
      const slot = lane.free.pop() ?? lane.slots++
      lane.live.push({ slot, turn: this.#turn })
      entries.push({ unit, slot, holder: this.#holder, runs: lane.pending })
      lane.pending = []
    }
    return entries
  }

  /** A snapshot of the unit as of this turn is whole: what it contains need not be kept. */
  saved(unit: number, turn: number): void {
    const lane = this.#lanes.get(unit)
    if (lane === undefined) return
    const kept = lane.live.findIndex((entry) => entry.turn > turn)
    const done = lane.live.splice(0, kept < 0 ? lane.live.length : kept)
    lane.free.push(...done.map(({ slot }) => slot))
  }
}

export function entryToBytes({ holder, runs }: LaneEntry): Uint8Array {
  const to = new ByteWriter()
  to.text(holder)
  to.u32(runs.length)
  for (const { turn, place, next } of runs) {
    to.f64(turn)
    to.text(place)
    to.f64(next)
  }
  return to.finish()
}

/** Throws RangeError on bytes that are no entry. */
export function entryFromBytes(unit: number, slot: number, bytes: Uint8Array): LaneEntry {
  const from = new ByteReader(bytes)
  const holder = from.text()
  const runs: Run[] = []
  for (let left = from.u32(); left > 0; left -= 1) {
    runs.push({ turn: from.f64(), place: from.text(), next: from.f64() })
  }
  return { unit, slot, holder, runs }
}
