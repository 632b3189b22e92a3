import { type ServerFacts, type ServerPool } from '../decisions/server-view.ts'

/** A server in its pool: the same object for as long as it is there. */
export type Seat = { -readonly [K in keyof ServerFacts]: ServerFacts[K] } & { seat: number }

/**
 * The servers of one pool. A heartbeat changes one of them and nothing else; the sums that servers are
 * drawn by are renewed only when capacity, state or membership changed, and only when they are asked for.
 */
export class PoolSeats implements ServerPool {
  readonly #seats: Seat[] = []
  #cumulative = new Float64Array()
  #current = true
  #ring: readonly Seat[] | undefined

  get servers(): readonly ServerFacts[] {
    return this.#seats
  }

  get cumulative(): Float64Array {
    if (!this.#current) this.#sum()
    return this.#cumulative
  }

  get ring(): readonly ServerFacts[] {
    this.#ring ??= this.#seats.toSorted((a, b) => a.hash - b.hash)
    return this.#ring
  }

  take(facts: ServerFacts): Seat {
    const seat: Seat = { ...facts, seat: this.#seats.length }
    this.#seats.push(seat)
    this.#ring = undefined
    this.#current = false
    return seat
  }

  change(seat: Seat, facts: ServerFacts): void {
    if (seat.capacity !== facts.capacity || seat.state !== facts.state) this.#current = false
    Object.assign(seat, facts)
  }

  /** The last one takes the place that becomes free. */
  leave(seat: Seat): void {
    const last = this.#seats.pop()
    if (last !== undefined && last !== seat) {
      this.#seats[seat.seat] = last
      last.seat = seat.seat
    }
    this.#current = false
    this.#ring = undefined
  }

  #sum(): void {
    if (this.#cumulative.length < this.#seats.length) {
      this.#cumulative = new Float64Array(2 * this.#seats.length)
    }
    let sum = 0
    this.#seats.forEach((seat, i) => {
      if (seat.state === 'up') sum += seat.capacity
      this.#cumulative[i] = sum
    })
    this.#current = true
  }
}
