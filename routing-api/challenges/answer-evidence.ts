import { type SequenceKind } from './due-steps.ts'
import { type AnswerVerdict } from './sequence.ts'

/** Evidence of answers in nats (behaviour-models 4.8; slow, device and cookie are ours). */
const WRONG = 1.5
const ABSENT = 0.7
const SLOW = 0.35
const RIGHT_MAC = -1.5
const RIGHT_PUZZLE = -2.5
const RIGHT_PERSON = -2.5
const KNOWN_DEVICE = -1
const UNKNOWN_DEVICE = 0.3

/** How fast an answer was. */
export type Pace =
  | 'ordinary'
  | 'slow'
  /** Far faster than this client ever was: it says nothing for it. */
  | 'another'

/** Solved puzzles of a client before its own pace counts, and how far from it is unusual, in standard deviations. */
const LEAST_SOLVED = 3
const UNUSUAL = 3
/** Of ln(milliseconds per hash): a busy laptop, another power plan. */
const SPREAD = 0.6
/** Of the expected time, and for the way to the client and back. */
const SLOW_FACTOR = 3
const SLOW_MS = 1_000

/** What a client took for earlier puzzles: mean of ln(ms per expected hash), over how many. */
export interface PuzzleBaseline {
  readonly meanLogPace: number
  readonly count: number
}

/** ln of the milliseconds that an expected hash took. */
export function logPace(elapsedMs: number, hashes: number): number {
  return Math.log(Math.max(1, elapsedMs) / hashes)
}

/** The pace of a puzzle's answer, by the client's own baseline when there is one, else by the expected time. */
export function paceOf(
  elapsedMs: number,
  expectedMs: number,
  hashes: number,
  baseline: PuzzleBaseline | undefined,
): Pace {
  if (baseline !== undefined && baseline.count >= LEAST_SOLVED) {
    const away = (logPace(elapsedMs, hashes) - baseline.meanLogPace) / SPREAD
    if (away > UNUSUAL) return 'slow'
    return away < -UNUSUAL ? 'another' : 'ordinary'
  }
  return elapsedMs > SLOW_FACTOR * expectedMs + SLOW_MS ? 'slow' : 'ordinary'
}

/** What is known of a right answer beside that it is right. */
export interface RightAnswer {
  readonly pace: Pace
  /** A MAC made with an enrolled key; else a cookie, which only proves that the address is real. */
  readonly keyed: boolean
  readonly deviceKnown: boolean
}

/** Nats of an answer: above 0 raises the risk. */
export function answerNats(kind: SequenceKind, verdict: AnswerVerdict, right: RightAnswer): number {
  switch (verdict) {
    case 'wrong':
      return WRONG
    case 'absent':
      return ABSENT
    case 'late':
      return SLOW
    case 'declined':
      return 0
    case 'right':
      return rightNats(kind, right)
  }
}

function rightNats(kind: SequenceKind, { pace, keyed, deviceKnown }: RightAnswer): number {
  switch (kind) {
    case 'mac':
      return keyed ? RIGHT_MAC : 0
    case 'puzzle':
      return pace === 'ordinary' ? RIGHT_PUZZLE : pace === 'slow' ? SLOW : 0
    case 'question':
    case 'totp':
      return RIGHT_PERSON
    case 'device':
      return deviceKnown ? KNOWN_DEVICE : UNKNOWN_DEVICE
  }
}
