import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type Offer } from './due-steps.ts'
import { natsOfRisk } from './risk-nats.ts'
import { type Sequence } from './sequence.ts'

/** What is known of a client before it is asked anything. */
export interface Opening {
  readonly risk: number
  readonly ceiling: number
  /** The address logged in within 30 days. */
  readonly recentLogin: boolean
  readonly offer: Offer
  /** The client named an enrolled key of ours. */
  readonly enrolled: boolean
  /** It gave a valid MAC of that key with its HELLO: the first step is done. */
  readonly proven: boolean
}

/** What a valid MAC of an enrolled key takes off (behaviour-models 4.8), nats. */
const KEYED_MAC = -1.5

/** A sequence that has not begun. */
export function openSequence(opening: Opening): Sequence {
  const { risk, ceiling, recentLogin, offer, enrolled, proven } = opening
  return {
    baseNats: natsOfRisk(risk),
    ceiling,
    standing: recentLogin ? 'known' : 'stranger',
    offer,
    enrolled,
    raised: 0,
    proven: proven ? KEYED_MAC : 0,
    worked: 0,
    rounds: 0,
    mistakes: 0,
    passed: proven ? [{ kind: 'mac', level: 0 }] : [],
    owed: [],
    pending: [],
  }
}

/** What of a person can be asked before the key exchange. */
export interface Asking {
  /** Kinds of steps the client says it can answer. */
  readonly kinds: readonly string[]
  readonly interactive: boolean
  /** What the user it named has enrolled; undefined: it named none. */
  readonly enrolled: { readonly question: boolean; readonly totp: boolean } | undefined
  /** The user or the client has spent its tries. */
  readonly locked: boolean
  readonly device: boolean
}

/**
 * What a client can be asked. What it says of itself never spares it anything: a client that has nobody to ask,
 * names no user or names one without a question is asked after the key exchange, where the name is the one it
 * logs in with. Only where no store is in use does a puzzle stand in.
 */
export function offerOf(asking: Asking, { questions, device }: SshPolicy): Offer {
  const { kinds, interactive, enrolled, locked } = asking
  const person = (kind: 'question' | 'totp'): Offer['question'] => {
    if (!questions.enabled) return 'puzzle'
    const able = interactive && kinds.includes(kind) && !locked
    return able && enrolled?.[kind] === true ? 'ask' : 'elsewhere'
  }
  const program = (kind: string): 'ask' | 'elsewhere' =>
    kinds.includes(kind) ? 'ask' : 'elsewhere'
  const totp = person('totp')
  return {
    question: totp === 'ask' ? 'ask' : person('question'),
    totp,
    device: device.enabled && asking.device && kinds.includes('device') ? 'ask' : 'leave',
    puzzle: program('puzzle'),
    mac: kinds.includes('cookie') || kinds.includes('mac') ? 'ask' : 'elsewhere',
  }
}
