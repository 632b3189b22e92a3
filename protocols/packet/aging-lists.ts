/** What a flow is worth keeping for, cheapest first: the order in which pressure evicts. */
export const STAGES = ['ended', 'half-open', 'unproven', 'proven'] as const
export type Stage = (typeof STAGES)[number]

const NONE = -1

/**
 * One list of slots per stage, least recently used first. Doubly linked through typed arrays that
 * grow with the slots.
 */
export class AgingLists {
  readonly #heads = new Int32Array(STAGES.length).fill(NONE)
  readonly #tails = new Int32Array(STAGES.length).fill(NONE)
  readonly #sizes = new Int32Array(STAGES.length)
  #before = new Int32Array(1024)
  #after = new Int32Array(1024)
  #stage = new Uint8Array(1024)
  #frames = new Float64Array(1024)
  #stamps = new Float64Array(1024)
  /** The frame at hand and its time (see `EventClock`), which only ever go forward. */
  frame = 0
  stamp = 0

  /** The frame at which the slot was last added, touched or moved: the order of its list. */
  frameOf(slot: number): number {
    return this.#frames[slot] ?? 0
  }

  /** The time of that frame. */
  stampOf(slot: number): number {
    return this.#stamps[slot] ?? 0
  }

  stageOf(slot: number): Stage {
    return STAGES[this.#stage[slot] ?? 0] ?? 'ended'
  }

  /** The slot of this stage that was silent longest, -1 when there is none. */
  oldest(stage: Stage): number {
    return this.#heads[STAGES.indexOf(stage)] ?? NONE
  }

  count(stage: Stage): number {
    return this.#sizes[STAGES.indexOf(stage)] ?? 0
  }

  add(slot: number, stage: Stage): void {
    this.#fit(slot)
    this.#append(slot, STAGES.indexOf(stage))
  }

  /** Makes the slot the youngest of its stage. */
  touch(slot: number): void {
    const stage = this.#stage[slot] ?? 0
    if (this.#tails[stage] === slot) {
      this.#note(slot)
      return
    }
    this.#unlink(slot, stage)
    this.#append(slot, stage)
  }

  move(slot: number, stage: Stage): void {
    this.#unlink(slot, this.#stage[slot] ?? 0)
    this.#append(slot, STAGES.indexOf(stage))
  }

  remove(slot: number): void {
    this.#unlink(slot, this.#stage[slot] ?? 0)
  }

  #append(slot: number, stage: number): void {
    const tail = this.#tails[stage] ?? NONE
    this.#stage[slot] = stage
    this.#before[slot] = tail
    this.#after[slot] = NONE
    this.#note(slot)
    if (tail === NONE) this.#heads[stage] = slot
    else this.#after[tail] = slot
    this.#tails[stage] = slot
    this.#sizes[stage] = (this.#sizes[stage] ?? 0) + 1
  }

  #note(slot: number): void {
    this.#frames[slot] = this.frame
    this.#stamps[slot] = this.stamp
  }

  #unlink(slot: number, stage: number): void {
    const before = this.#before[slot] ?? NONE
    const after = this.#after[slot] ?? NONE
    if (before === NONE) this.#heads[stage] = after
    else this.#after[before] = after
    if (after === NONE) this.#tails[stage] = before
    else this.#before[after] = before
    this.#sizes[stage] = (this.#sizes[stage] ?? 0) - 1
  }

  #fit(slot: number): void {
    if (slot < this.#before.length) return
    const length = this.#before.length * 2
    this.#before = grown(this.#before, new Int32Array(length))
    this.#after = grown(this.#after, new Int32Array(length))
    this.#stage = grown(this.#stage, new Uint8Array(length))
    this.#frames = grown(this.#frames, new Float64Array(length))
    this.#stamps = grown(this.#stamps, new Float64Array(length))
  }
}

function grown<T extends Int32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
