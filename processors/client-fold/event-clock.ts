import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const MOST_SENSORS = 1024
const AHEAD_CLAMP_MS = 5_000
const AHEAD_REFUSE_MS = 300_000
/** Behind its sensor's newest event by more than this, an event is late. */
const LATE_MS = 300_000
const ALERT_EVERY_MS = 3_600_000

/** What an event's time is worth. */
export type Timed =
  | {
      readonly kind: 'on-time'
      readonly atMs: number
      readonly aheadMs: number
      readonly alert: boolean
    }
  | { readonly kind: 'late'; readonly atMs: number }
  | { readonly kind: 'refused'; readonly aheadMs: number; readonly alert: boolean }

interface Watermark {
  newestMs: number
  alertedMs: number
}

/**
 * Watermarks per sensor, in event time. A time more than 5 s ahead of when the log took the record is
 * brought back to it; more than 5 minutes ahead is refused. Either is worth an alert an hour. The log's
 * clock is the measure, for a sensor whose clock is ahead stamps all it says alike.
 */
export class EventClock {
  readonly #sensors = new Map<string, Watermark>()

  /** Event time and time of arrival, milliseconds since 1970. */
  read(sensor: string, observedMs: number, arrivedMs: number): Timed {
    const aheadMs = arrivedMs > 0 ? observedMs - arrivedMs : 0
    const mark = this.#of(sensor)
    const alert = aheadMs > AHEAD_CLAMP_MS && arrivedMs - mark.alertedMs >= ALERT_EVERY_MS
    if (alert) mark.alertedMs = arrivedMs
    if (aheadMs > AHEAD_REFUSE_MS) return { kind: 'refused', aheadMs, alert }
    const atMs = aheadMs > AHEAD_CLAMP_MS ? arrivedMs : observedMs
    if (atMs < mark.newestMs - LATE_MS) return { kind: 'late', atMs }
    mark.newestMs = Math.max(mark.newestMs, atMs)
    return { kind: 'on-time', atMs, aheadMs, alert }
  }

  #of(sensor: string): Watermark {
    const known = this.#sensors.get(sensor)
    if (known !== undefined) return known
    if (this.#sensors.size >= MOST_SENSORS) {
      for (const oldest of this.#sensors.keys()) {
        this.#sensors.delete(oldest)
        break
      }
    }
    const made = { newestMs: 0, alertedMs: Number.NEGATIVE_INFINITY }
    this.#sensors.set(sensor, made)
    return made
  }

  save(to: ByteWriter): void {
    to.u32(this.#sensors.size)
    for (const [sensor, { newestMs, alertedMs }] of this.#sensors) {
      to.text(sensor)
      to.f64(newestMs)
      to.f64(alertedMs)
    }
  }

  load(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) {
      this.#sensors.set(from.text(), { newestMs: from.f64(), alertedMs: from.f64() })
    }
  }
}
