import { type Band } from '../../behaviour/scoring/score-map.ts'
import { bandBy } from '../policy/band-by.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import {
  dueSteps,
  hardestOfEach,
  isPassed,
  isPersons,
  type Due,
  type Offer,
  type SequenceStep,
} from './due-steps.ts'
import { riskAfter } from './risk-nats.ts'
import {
  nextOf,
  type AnswersClass,
  type Left,
  type Next,
  type Situation,
} from './sequence-table.ts'

/** A challenge sequence on one connection: all that its state machine remembers. */
export interface Sequence {
  /** Evidence at the beginning, nats. */
  readonly baseNats: number
  /** The highest risk that the caps of architecture 6 leave this client. */
  readonly ceiling: number
  readonly standing: Situation['standing']
  readonly offer: Offer
  /** The client named an enrolled key: that is asked first, alone, for it can spare the rest. */
  readonly enrolled: boolean
  /** Nats added by wrong, late and absent answers; taken off by proof of who it is, and by work. */
  readonly raised: number
  readonly proven: number
  readonly worked: number
  /** Challenges sent. */
  readonly rounds: number
  /** Wrong answers of a person. */
  readonly mistakes: number
  readonly passed: readonly SequenceStep[]
  /** Answered wrong or late: due until it is answered right, however the risk falls meanwhile. */
  readonly owed: readonly SequenceStep[]
  /** Asked and not answered yet. */
  readonly pending: readonly SequenceStep[]
}

export type AnswerVerdict = 'right' | 'wrong' | 'late' | 'absent' | 'declined'

/** An answer to a pending step, judged. */
export interface JudgedStep {
  readonly step: SequenceStep
  readonly verdict: AnswerVerdict
  /** Evidence in nats: above 0 raises the risk, below lowers it. */
  readonly nats: number
  /** What lowers is proof of who it is, or work. */
  readonly by: 'proof' | 'work'
}

export type SequenceRules = Pick<SshPolicy, 'bands' | 'challenges' | 'sequence'>

export interface Advance {
  readonly next: Next
  readonly sequence: Sequence
}

/** The risk now, 0..100. */
export function riskOf({ baseNats, raised, proven, worked, ceiling }: Sequence): number {
  return riskAfter(baseNats, raised, proven + worked, ceiling)
}

/** The first challenge of a sequence; its next is what happens when nothing can be asked. */
export function begin(fresh: Sequence, rules: SequenceRules): Advance {
  const due = dueOf(fresh, rules)
  const left = leftOf(due)
  if (left === 'nothing') return { next: 'proceed', sequence: fresh }
  if (left === 'elsewhere') return { next: 'step-up', sequence: fresh }
  return { next: 'ask', sequence: asking(fresh, due) }
}

/** Takes the judged answers of a round in, and says what follows. */
export function advance(
  sequence: Sequence,
  judged: readonly JudgedStep[],
  rules: SequenceRules,
): Advance {
  const taken = takeIn(sequence, judged)
  const due = dueOf(taken, rules)
  const next = nextOf({
    answers: classOf(judged),
    risk: bandBy(rules.bands, riskOf(taken)) === 'critical' ? 'critical' : 'open',
    left: leftOf(due),
    budget: hasBudget(taken, rules) ? 'left' : 'spent',
    standing: taken.standing,
  })
  return { next, sequence: next === 'ask' ? asking(taken, due) : { ...taken, pending: [] } }
}

function takeIn(sequence: Sequence, judged: readonly JudgedStep[]): Sequence {
  let { raised, proven, worked, mistakes } = sequence
  const done: SequenceStep[] = []
  const failed: SequenceStep[] = []
  for (const { step, verdict, nats, by } of judged) {
    if (nats > 0) raised += nats
    else if (by === 'proof') proven += nats
    else worked += nats
    if (verdict === 'wrong' && isPersons(step.kind)) mistakes += 1
    if (verdict === 'right' || verdict === 'declined') done.push(step)
    else failed.push(step)
  }
  const passed = [...sequence.passed.filter((step) => !isPassed(step, done)), ...done]
  const owed = hardestOfEach([...sequence.owed, ...failed]).filter((step) => !isPassed(step, done))
  return { ...sequence, raised, proven, worked, mistakes, passed, owed }
}

const WORST = ['forged', 'absent', 'mistaken', 'late', 'right'] as const

function classOf(judged: readonly JudgedStep[]): AnswersClass {
  const classes = judged.map(({ step, verdict }): AnswersClass => {
    switch (verdict) {
      case 'right':
        return 'right'
      case 'late':
      case 'absent':
        return verdict
      case 'declined':
        // Only consent may be withheld: nothing else has a way round it.
        return step.kind === 'device' ? 'right' : 'absent'
      case 'wrong':
        return isPersons(step.kind) ? 'mistaken' : 'forged'
    }
  })
  return WORST.find((one) => classes.includes(one)) ?? 'absent'
}

function dueOf(sequence: Sequence, { bands, challenges }: SequenceRules): Due {
  const { baseNats, raised, proven, worked, ceiling, offer, passed, owed } = sequence
  const band = (lowered: number): Band =>
    bandBy(bands, riskAfter(baseNats, raised, lowered, ceiling))
  const both = { band: band(proven + worked), identityBand: band(proven) }
  return dueSteps(challenges, both, offer, { passed, owed })
}

function leftOf({ steps, elsewhere }: Due): Left {
  if (steps.length > 0) return 'steps'
  return elsewhere ? 'elsewhere' : 'nothing'
}

function hasBudget(sequence: Sequence, { sequence: limits }: SequenceRules): boolean {
  return sequence.rounds < limits.rounds && sequence.mistakes < limits.tries
}

/** Programs are asked before people, and an enrolled key before work. */
function asking(sequence: Sequence, { steps }: Due): Sequence {
  const programs = steps.filter(({ kind }) => !isPersons(kind))
  const cheap = programs.filter(({ kind }) => kind !== 'puzzle')
  const first = sequence.enrolled && cheap.some(({ kind }) => kind === 'mac') ? cheap : programs
  const pending = first.length > 0 ? first : steps
  return { ...sequence, rounds: sequence.rounds + 1, pending }
}
