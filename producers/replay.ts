import { type CaptureItem } from '../protocols/packet/capture-item.ts'
import { type Frame } from '../protocols/packet/frame.ts'

/** Time of the world, and how to wait for it. */
export interface ReplayClock {
  /** Microseconds since 1970. */
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** From the recording's times to those of now: the first moment becomes the start of the replay. */
export interface TimeShift {
  readonly recordedAt: number
  readonly startsAt: number
  /** How many times faster than recorded; intervals shrink alike. */
  readonly speed: number
}

/** When something recorded happens again, microseconds since 1970. */
export function shifted(shift: TimeShift, recordedAt: number): number {
  return shift.startsAt + Math.round((recordedAt - shift.recordedAt) / shift.speed)
}

/** Longest wait at once, so that an abort is soon heard. */
const NAP_MS = 200

/**
 * Gives a capture's frames when they are due, with times shifted to now. `started` is told the shift
 * at the first frame.
 */
export async function* replayed(
  items: AsyncIterable<CaptureItem>,
  clock: ReplayClock,
  speed: number,
  signal: AbortSignal,
  started: (shift: TimeShift) => void = () => undefined,
): AsyncGenerator<CaptureItem> {
  let shift: TimeShift | undefined
  for await (const item of items) {
    if (item.kind !== 'frames') {
      yield item
      continue
    }
    const first = item.frames[0]
    if (first === undefined) continue
    if (shift === undefined) {
      shift = { recordedAt: first.capturedAt, startsAt: clock.now(), speed }
      started(shift)
    }
    yield* inTime(item.frames, shift, clock, signal)
    if (signal.aborted) return
  }
}

async function* inTime(
  frames: readonly Frame[],
  shift: TimeShift,
  clock: ReplayClock,
  signal: AbortSignal,
): AsyncGenerator<CaptureItem> {
  let at = 0
  while (at < frames.length && !signal.aborted) {
    const now = clock.now()
    const due: Frame[] = []
    for (let frame = frames[at]; frame !== undefined; frame = frames[at]) {
      const capturedAt = shifted(shift, frame.capturedAt)
      if (capturedAt > now) break
      due.push({ ...frame, capturedAt })
      at += 1
    }
    if (due.length > 0) yield { kind: 'frames', frames: due }
    const next = frames[at]
    if (next === undefined) return
    const waitMs = (shifted(shift, next.capturedAt) - clock.now()) / 1000
    if (waitMs > 0) await clock.sleep(Math.min(NAP_MS, waitMs), signal)
  }
}

/** A record that was recorded at another time than now. */
interface Recorded {
  readonly observedAt: number
}

/**
 * Gives records recorded beside a capture (its sshd's log) when they are due, with the capture's shift.
 * They must be in the order of their times.
 */
export async function* replayedRecords<T extends Recorded>(
  records: readonly T[],
  shift: TimeShift,
  clock: ReplayClock,
  signal: AbortSignal,
): AsyncGenerator<T> {
  for (const record of records) {
    const observedAt = shifted(shift, record.observedAt)
    while (observedAt > clock.now() && !signal.aborted) {
      await clock.sleep(Math.min(NAP_MS, (observedAt - clock.now()) / 1000), signal)
    }
    if (signal.aborted) return
    yield { ...record, observedAt, ingestedAt: clock.now() }
  }
}
