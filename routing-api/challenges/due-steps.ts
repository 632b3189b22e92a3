import { type Band } from '../../behaviour/scoring/score-map.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'

/** Kinds of steps as the machine counts them. */
export const SEQUENCE_KINDS = ['mac', 'puzzle', 'device', 'question', 'totp'] as const
export type SequenceKind = (typeof SEQUENCE_KINDS)[number]

/** How hard a step is: its band, or 3 for a puzzle that stands in for a question. Only puzzles differ. */
export type Level = 0 | 1 | 2 | 3

export interface SequenceStep {
  readonly kind: SequenceKind
  readonly level: Level
}

/** What can be asked of this client before its key exchange. */
export interface Offer {
  /** `puzzle`: nothing is configured, a harder puzzle stands in; `elsewhere`: only the step-up server can ask. */
  readonly question: 'ask' | 'puzzle' | 'elsewhere'
  readonly totp: 'ask' | 'puzzle' | 'elsewhere'
  readonly device: 'ask' | 'leave'
  readonly puzzle: 'ask' | 'elsewhere'
  readonly mac: 'ask' | 'elsewhere'
}

export interface Due {
  readonly steps: readonly SequenceStep[]
  /** Something is due that this client cannot be asked. */
  readonly elsewhere: boolean
}

/** The level of a band's steps. */
export const LEVELS: Readonly<Record<Band, Level>> = { low: 0, medium: 1, high: 2, critical: 2 }

/** A person answers these; all others a program does. */
export function isPersons(kind: SequenceKind): boolean {
  return kind === 'question' || kind === 'totp'
}

/**
 * What the policy asks in a band and was not passed yet, in its order. `identityBand` is the band without what
 * was lowered by work: solving puzzles proves work, not who it is, so it never spares a person's question.
 */
export function dueSteps(
  challenges: SshPolicy['challenges'],
  bands: { readonly band: Band; readonly identityBand: Band },
  offer: Offer,
  {
    passed,
    owed,
  }: { readonly passed: readonly SequenceStep[]; readonly owed: readonly SequenceStep[] },
): Due {
  const asked = kindsOf(challenges, bands.band).filter((kind) => !isPersons(kind))
  const personal = kindsOf(challenges, bands.identityBand).filter(isPersons)
  const wanted: SequenceStep[] = [...owed]
  let elsewhere = false
  for (const kind of [...asked, ...personal]) {
    const how = offer[kind]
    if (how === 'ask') wanted.push({ kind, level: levelOf(kind, bands.band) })
    else if (how === 'puzzle') wanted.push({ kind: 'puzzle', level: 3 })
    else if (how === 'elsewhere') elsewhere = true
  }
  return { steps: hardestOfEach(wanted).filter((step) => !isPassed(step, passed)), elsewhere }
}

export function isPassed(step: SequenceStep, passed: readonly SequenceStep[]): boolean {
  return passed.some(({ kind, level }) => kind === step.kind && level >= step.level)
}

function kindsOf(challenges: SshPolicy['challenges'], band: Band): readonly SequenceKind[] {
  return challenges[band === 'critical' ? 'high' : band]
}

function levelOf(kind: SequenceKind, band: Band): Level {
  return kind === 'puzzle' ? LEVELS[band] : 0
}

/** Of each kind the hardest, in the order in which the kinds come. */
export function hardestOfEach(steps: readonly SequenceStep[]): readonly SequenceStep[] {
  const hardest = new Map<SequenceKind, SequenceStep>()
  for (const step of steps) {
    const known = hardest.get(step.kind)
    if (known === undefined || known.level < step.level) hardest.set(step.kind, step)
  }
  return [...hardest.values()]
}
