/** A clock set back by more than this starts anew; by less, it stands still until time has caught up. */
const BACK_US = 300e6
/** A frame is believed to be this much later than the clock, but sets it only when the next one agrees. */
const AHEAD_US = 300e6
/** One step forward counts for no more: all that could expire has, and sums stay exact. */
const LEAP_US = 1e12

const { max, min } = Math

/**
 * Event time for what expires: microseconds since the first frame that only ever go forward, out of
 * time stamps that need not. It depends on the frames and on nothing else, and so do all who watch the same capture agree
 * on it, whichever part of its connections they follow.
 */
export class EventClock {
  /** What is certain: the earlier of two frames, so that one wrong stamp expires nothing. */
  now = 0
  /** When the frame at hand came: never before `now`, nor before an earlier frame's. */
  stamp = 0
  #latest = NaN
  #previous = NaN

  frame(capturedAt: number): void {
    const certain = Number.isNaN(this.#previous) ? capturedAt : min(this.#previous, capturedAt)
    this.#previous = capturedAt
    this.advance(certain)
    this.stamp = max(this.stamp, this.now + min(max(0, capturedAt - this.#latest), AHEAD_US))
  }

  /** It is that late, frame or no frame. */
  advance(certainUs: number): void {
    const step = certainUs - this.#latest
    if (step > 0) this.now += min(step, LEAP_US)
    // Also the first time of all.
    if (!(step <= 0 && step >= -BACK_US)) this.#latest = certainUs
    this.stamp = max(this.stamp, this.now)
  }
}
