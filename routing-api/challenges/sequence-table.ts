/**
 * The state machine of a challenge sequence, whole: what a round of answers leads to. `sequence.ts` says how a
 * situation is read off a sequence; what follows from it is said here and nowhere else. The first row that
 * fits holds, and the last two fit everything.
 */

/** The worst of a round's answers. */
export type AnswersClass =
  /** Every answer is right. */
  | 'right'
  /** Right perhaps, but after its time: it is asked anew. */
  | 'late'
  /** A person's answer is wrong. People mistype. */
  | 'mistaken'
  /** Something was not answered. */
  | 'absent'
  /** A MAC, cookie or puzzle is wrong. No program gets that wrong by accident. */
  | 'forged'

/** What the policy still asks at the risk after the answers. */
export type Left =
  | 'nothing'
  | 'steps'
  /** Only what this client cannot be asked before the key exchange. */
  | 'elsewhere'

export type Next =
  /** The key exchange goes on. */
  | 'proceed'
  /** Another challenge. */
  | 'ask'
  /** The key exchange goes on with the step-up server, which asks after it. */
  | 'step-up'
  /** The challenge was not met: the connection ends. */
  | 'fail'
  /** The risk has become critical: the connection ends, and somebody is told. */
  | 'refuse'

export interface Situation {
  readonly answers: AnswersClass
  readonly risk: 'open' | 'critical'
  readonly left: Left
  /** Rounds, and tries of a person, that are left. */
  readonly budget: 'left' | 'spent'
  /** `known`: the address logged in lately, and is not shut out by what the engine thinks (architecture 6.3). */
  readonly standing: 'stranger' | 'known'
}

type Any = '*'
type Row = readonly [
  answers: AnswersClass | Any,
  risk: Situation['risk'] | Any,
  left: Left | Any,
  budget: Situation['budget'] | Any,
  standing: Situation['standing'] | Any,
  next: Next,
]

// prettier-ignore
export const SEQUENCE_TABLE: readonly Row[] = [
  // answers    risk        left         budget   standing    next
  ['forged',   '*',        '*',         '*',     'stranger', 'fail'],
  ['absent',   'open',     '*',         '*',     'stranger', 'fail'],
  ['*',        'critical', '*',         '*',     'stranger', 'refuse'],
  ['right',    'open',     'nothing',   '*',     '*',        'proceed'],
  ['right',    'open',     'elsewhere', '*',     '*',        'step-up'],
  ['right',    'open',     'steps',     'left',  '*',        'ask'],
  ['late',     'open',     'steps',     'left',  '*',        'ask'],
  ['mistaken', 'open',     'steps',     'left',  '*',        'ask'],
  ['*',        '*',        '*',         '*',     'known',    'step-up'],
  ['*',        '*',        '*',         '*',     'stranger', 'fail'],
]

/** What follows from a situation. */
export function nextOf(situation: Situation): Next {
  const { answers, risk, left, budget, standing } = situation
  const seen = [answers, risk, left, budget, standing]
  const row = SEQUENCE_TABLE.find((known) =>
    seen.every((value, column) => known[column] === '*' || known[column] === value),
  )
  return row?.[5] ?? 'fail'
}
