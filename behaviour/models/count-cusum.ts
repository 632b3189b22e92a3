/** Counts of hours learned from at most: two weeks. */
const MOST_LEARNED = 336
/** No alarm before so many hours are known. */
const LEAST_LEARNED = 48
/** Least usual count of an hour that is believed, and the least rise looked for. */
const LEAST_USUAL = 0.05
const LEAST_RISE = 0.75
/** An alarm ends below this level. */
const OVER = 1
/** An alarm that lasts a week is the new usual: it is learned anew. */
const MOST_ALARMED = 168

/** How the counts of a stream stand. */
export interface CusumState {
  /** Log-likelihood of the rise since it began, nats; 0 while nothing rises. */
  readonly level: number
  readonly alarmed: boolean
  /** Hours since the level was last 0, the newest included. */
  readonly risingHours: number
  /** Usual count of an hour. */
  readonly usual: number
}

/** What a snapshot keeps. */
export interface SavedCusum {
  readonly learned: readonly number[]
  readonly level: number
  readonly alarmed: boolean
  readonly risingHours: number
  readonly alarmedHours: number
}

/**
 * Page's CUSUM over hourly counts: the log-likelihood ratio of a Poisson mean raised by one standard
 * deviation (0.75 a count at least) against the usual one, learned from the hours that were not suspicious,
 * over-dispersion divided out. How often chance reaches the level of an alarm, `npm run evaluate` prints. After Javed and Paxson, CCS 2013, who
 * take failures among attempts; counts of newcomers that fail have no such denominator.
 */
export class CountCusum {
  readonly #threshold: number
  #learned: number[] = []
  #level = 0
  #alarmed = false
  #risingHours = 0
  #alarmedHours = 0

  constructor(threshold: number) {
    this.#threshold = threshold
  }

  /** One hour more. */
  add(count: number): CusumState {
    const usual = this.#usual()
    if (this.#learned.length >= LEAST_LEARNED) this.#rise(count, usual)
    if (this.#level < this.#threshold / 2) this.#learn(count)
    if (this.#alarmedHours > MOST_ALARMED) this.#startAnew()
    return {
      level: this.#level,
      alarmed: this.#alarmed,
      risingHours: this.#risingHours,
      usual: usual.mean,
    }
  }

  /** Hours without a count; as long as memory reaches at most. */
  skip(hours: number): void {
    for (let i = 0; i < Math.min(hours, MOST_LEARNED); i += 1) this.add(0)
  }

  get hoursLearned(): number {
    return this.#learned.length
  }

  save(): SavedCusum {
    return {
      learned: this.#learned,
      level: this.#level,
      alarmed: this.#alarmed,
      risingHours: this.#risingHours,
      alarmedHours: this.#alarmedHours,
    }
  }

  load(saved: SavedCusum): void {
    this.#learned = saved.learned.slice(-MOST_LEARNED)
    this.#level = saved.level
    this.#alarmed = saved.alarmed
    this.#risingHours = saved.risingHours
    this.#alarmedHours = saved.alarmedHours
  }

  #rise(count: number, { mean, dispersion }: Usual): void {
    const rise = Math.max(LEAST_RISE, Math.sqrt(mean * dispersion))
    const step = (count * Math.log1p(rise / mean) - rise) / dispersion
    // Twice the threshold at most: what is over ends within hours.
    this.#level = Math.min(2 * this.#threshold, Math.max(0, this.#level + step))
    this.#risingHours = this.#level > 0 ? this.#risingHours + 1 : 0
    if (this.#level >= this.#threshold) this.#alarmed = true
    if (this.#level < OVER) this.#alarmed = false
    this.#alarmedHours = this.#alarmed ? this.#alarmedHours + 1 : 0
  }

  #learn(count: number): void {
    this.#learned.push(count)
    if (this.#learned.length > MOST_LEARNED) this.#learned.shift()
  }

  #startAnew(): void {
    this.#learned = []
    this.#level = 0
    this.#alarmed = false
    this.#risingHours = 0
    this.#alarmedHours = 0
  }

  #usual(): Usual {
    const n = this.#learned.length
    if (n === 0) return { mean: LEAST_USUAL, dispersion: 1 }
    const sum = this.#learned.reduce((total, count) => total + count, 0)
    // One count more than there were: nothing seen yet is not never.
    const mean = Math.max(LEAST_USUAL, (sum + 1) / n)
    const variance = this.#learned.reduce((total, count) => total + (count - mean) ** 2, 0) / n
    return { mean, dispersion: Math.max(1, variance / mean) }
  }
}

interface Usual {
  readonly mean: number
  readonly dispersion: number
}
