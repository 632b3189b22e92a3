import { type Habit, type Pace, type Resumption, type Size } from '../../behaviour/servers/group.ts'
import { type SizeBounds } from '../../behaviour/servers/size-classes.ts'
import { type Chunk, type ProfilePool } from '../state/profile-pool.ts'

/** Connections that a mean remembers. */
const WINDOW = 20
const HALF_LIFE_MS = 7 * 86_400_000
/** Outcomes of one client that count whole, within about five minutes. */
const HASTE_HALF_LIFE_MS = 300_000
const WHOLE = 16
/** Connections before which a client has no habit: three, that have hardly faded. */
const ENOUGH = 2.5
/** A class is left only when its bound is passed by so much: a power of two, a factor of two, a tenth. */
const MARGIN = { size: 0.5, pace: Math.log(2), resumption: 0.1 } as const
/** A connection of fewer round trips than this is felt by its latency. */
const INTERACTIVE = Math.log(50)
/** Where no round trip was measured. */
const USUAL_RTT_MS = 40

export const HABIT_WORDS = 16
/** 64-bit words. */
const TIME = { asOf: 0, haste: 1 } as const
const WORD = {
  connections: 4,
  log2Bytes: 5,
  lnTrips: 6,
  rttMs: 7,
  resumed: 8,
  resumable: 9,
  haste: 10,
  /** 0 = never told, else 1 + its place in the list. */
  size: 11,
  pace: 12,
  resumption: 13,
} as const

const SIZES: readonly Size[] = ['small', 'medium', 'bulk']
const PACES: readonly Pace[] = ['interactive', 'lasting']
const RESUMPTIONS: readonly Resumption[] = ['fresh', 'resumes']

/** How one client uses the service: a look at packed memory, valid until the pool changes hands of it. */
export class HabitProfile {
  readonly #chunk: Chunk
  readonly #word: number

  constructor(pool: ProfilePool, slot: number) {
    this.#chunk = pool.chunkOf(slot)
    this.#word = pool.wordOf(slot)
  }

  get connections(): number {
    return this.#number(WORD.connections)
  }

  /** One connection that ended: bytes both ways and how long it was. */
  ended(bytes: number, durationMs: number | null, atMs: number): void {
    this.#fade(atMs)
    const seen = this.connections + 1
    this.#set(WORD.connections, seen)
    this.#mean(WORD.log2Bytes, Math.log2(bytes + 1), seen)
    if (durationMs === null) return
    const rtt = this.#number(WORD.rttMs)
    const trips = Math.max(1, durationMs / (rtt === 0 ? USUAL_RTT_MS : Math.max(1, rtt)))
    this.#mean(WORD.lnTrips, Math.log(trips), seen)
  }

  /** One handshake: its round trip, and whether it resumed, as far as they are known. */
  shook(rttMs: number | null, resumed: boolean | null, atMs: number): void {
    this.#fade(atMs)
    if (rttMs !== null) {
      const before = this.#number(WORD.rttMs)
      this.#set(WORD.rttMs, before === 0 ? rttMs : before + (rttMs - before) / 8)
    }
    if (resumed === null) return
    const seen = this.#number(WORD.resumable) + 1
    this.#set(WORD.resumable, Math.min(WINDOW, seen))
    this.#mean(WORD.resumed, resumed ? 1 : 0, seen)
  }

  /** What one more outcome of this client weighs: who tells many makes no reputation alone. */
  weightOfNext(atMs: number): number {
    const since = Math.max(0, atMs - this.#time(TIME.haste))
    const haste = this.#number(WORD.haste) * 2 ** (-since / HASTE_HALF_LIFE_MS) + 1
    this.#set(WORD.haste, haste)
    this.#setTime(TIME.haste, Math.max(atMs, this.#time(TIME.haste)))
    return Math.min(1, WHOLE / haste)
  }

  /** Of one more word about an outcome that was counted. */
  weight(atMs: number): number {
    const since = Math.max(0, atMs - this.#time(TIME.haste))
    const haste = this.#number(WORD.haste) * 2 ** (-since / HASTE_HALF_LIFE_MS)
    return Math.min(1, WHOLE / Math.max(1, haste))
  }

  /** The habit by what is known now; undefined while that is too little. Classes are left with a margin. */
  habit(bounds: SizeBounds): Habit | undefined {
    if (this.connections < ENOUGH) return undefined
    const size = stepped(
      this.#number(WORD.log2Bytes),
      [bounds.medium, bounds.bulk],
      this.#was(WORD.size),
      MARGIN.size,
    )
    const pace = stepped(
      this.#number(WORD.lnTrips),
      [INTERACTIVE],
      this.#was(WORD.pace),
      MARGIN.pace,
    )
    const resumes = stepped(
      this.#number(WORD.resumed),
      [0.5],
      this.#was(WORD.resumption),
      MARGIN.resumption,
    )
    return {
      size: SIZES[size] ?? 'small',
      pace: PACES[pace] ?? 'lasting',
      resumption: RESUMPTIONS[resumes] ?? 'fresh',
    }
  }

  /** The habit that was told last. */
  told(): Habit | undefined {
    const size = SIZES[this.#was(WORD.size) ?? -1]
    const pace = PACES[this.#was(WORD.pace) ?? -1]
    const resumption = RESUMPTIONS[this.#was(WORD.resumption) ?? -1]
    if (size === undefined || pace === undefined || resumption === undefined) return undefined
    return { size, pace, resumption }
  }

  tell({ size, pace, resumption }: Habit): void {
    this.#chunk.u32[this.#word + WORD.size] = 1 + SIZES.indexOf(size)
    this.#chunk.u32[this.#word + WORD.pace] = 1 + PACES.indexOf(pace)
    this.#chunk.u32[this.#word + WORD.resumption] = 1 + RESUMPTIONS.indexOf(resumption)
  }

  #fade(atMs: number): void {
    const since = atMs - this.#time(TIME.asOf)
    if (since <= 0) return
    this.#set(WORD.connections, this.connections * 2 ** (-since / HALF_LIFE_MS))
    this.#setTime(TIME.asOf, atMs)
  }

  #mean(word: number, value: number, seen: number): void {
    const before = this.#number(word)
    this.#set(word, before + (value - before) / Math.min(WINDOW, Math.max(1, seen)))
  }

  #was(word: number): number | undefined {
    const kept = this.#chunk.u32[this.#word + word] ?? 0
    return kept === 0 ? undefined : kept - 1
  }

  #number(word: number): number {
    return this.#chunk.f32[this.#word + word] ?? 0
  }

  #set(word: number, value: number): void {
    this.#chunk.f32[this.#word + word] = value
  }

  #time(index: number): number {
    return this.#chunk.f64[this.#word / 2 + index] ?? 0
  }

  #setTime(index: number, ms: number): void {
    this.#chunk.f64[this.#word / 2 + index] = ms
  }
}

/** The class of a value among rising bounds; the class it had is left only past a bound and its margin. */
function stepped(
  value: number,
  bounds: readonly number[],
  was: number | undefined,
  margin: number,
): number {
  let step = 0
  bounds.forEach((bound, i) => {
    const side = was === undefined ? 0 : i < was ? -margin : margin
    if (value >= bound + side) step = i + 1
  })
  return step
}
