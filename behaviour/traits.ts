import { type WeighedRow } from './scoring/merge-evidence.ts'

/** What a client did, as far as it may repeat in others. */
export interface Traits {
  /** stableKey or HASSH; empty where unknown. */
  readonly program: string
  /** Features that speak against it for what it did, sorted. */
  readonly signs: readonly string[]
  readonly pace: 'burst' | 'steady' | 'slow'
  /** SSH: hash of the first user name that failed, 8 hex digits; empty where unknown. */
  readonly name: string
}

/** A feature is a sign from so many nats on. */
const SIGN_NATS = 1.5
/** What a program is, or what others did, is no sign of what this one does. */
const NO_SIGN: readonly (string | null)[] = ['fingerprint', 'challenge', null]

/** What a pattern match weighs, nats: a first name is rarer among the innocent than a way to behave. */
export const PATTERN_NATS = { name: 1.5, signs: 1 } as const

/** Features that are signs, sorted and joined by +. */
export function signsOf(weighed: readonly WeighedRow[]): readonly string[] {
  return weighed
    .filter(({ family, nats, feature }) => isSign(family, feature) && nats >= SIGN_NATS)
    .map(({ feature }) => feature)
    .sort()
}

function isSign(family: string | null, feature: string): boolean {
  return !NO_SIGN.includes(family) && feature !== 'incident' && feature !== 's_campaign'
}

/** `program=...&signs=...&pace=...&name=...`; the values hold neither & nor =. */
export function traitsText({ program, signs, pace, name }: Traits): string {
  return `program=${program}&signs=${signs.join('+')}&pace=${pace}&name=${name}`
}

/** Whether a text says so of a trait. */
export function traitOf(text: string, trait: keyof Traits | 'origin'): string {
  for (const part of text.split('&', 8)) {
    if (part.startsWith(`${trait}=`)) return part.slice(trait.length + 1)
  }
  return ''
}

/** A candidate for a pattern: two traits together. */
export interface Pairing {
  readonly key: string
  /** What a client that matches it is charged; 0: it is told to people only. */
  readonly nats: number
}

/**
 * The pairs of traits that are counted over clients: program and first name, program and signs, signs and
 * pace. The last says too little of who does it to be held against a later client.
 */
export function pairingsOf(text: string): readonly Pairing[] {
  const program = traitOf(text, 'program')
  const signs = traitOf(text, 'signs')
  const name = traitOf(text, 'name')
  const pairings: Pairing[] = []
  if (program !== '' && name !== '') {
    pairings.push({ key: `program=${program}&name=${name}`, nats: PATTERN_NATS.name })
  }
  if (program !== '' && signs !== '') {
    // One sign alone is what its own evidence says already.
    const nats = signs.includes('+') ? PATTERN_NATS.signs : 0
    pairings.push({ key: `program=${program}&signs=${signs}`, nats })
  }
  if (signs !== '') {
    pairings.push({ key: `signs=${signs}&pace=${traitOf(text, 'pace')}`, nats: 0 })
  }
  return pairings
}

/** Key of the row of kind `global` a pattern has in the population. */
export function patternKey(pairing: string): string {
  return `pattern/${pairing}`
}
