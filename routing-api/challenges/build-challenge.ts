import { toBase64Url } from '../../protocols/challenge/base64url.ts'
import { type Challenge, type ChallengeStep } from '../../protocols/challenge/messages.ts'
import { expectedHashes } from '../../protocols/challenge/puzzle.ts'
import { routabilityCookie } from '../../protocols/challenge/stamp-mac.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { sealToken, type ConnectionState } from './connection-token.ts'
import { puzzleMs, puzzleTerms, type Surroundings } from './difficulty.ts'
import { isPersons, type SequenceStep } from './due-steps.ts'
import { type ChallengeKeys } from './keys.ts'
import { riskOf } from './sequence.ts'

/** What of the stores the steps need. */
export interface StepMaterial {
  /** The enrolled key the client named; undefined: it gets a cookie. */
  readonly enrolment: string | undefined
  /** Undefined where a one-time code answers for it. */
  readonly question: { readonly id: string; readonly text: string } | undefined
  readonly device: Extract<ChallengeStep, { kind: 'device' }> | undefined
  /** A sentence for the user: what was wrong with the last answer. */
  readonly notice: string | undefined
}

/** 16 fresh random bytes each. */
export interface Chance {
  readonly nonce: readonly [Uint8Array, Uint8Array]
  readonly salt: Uint8Array
}

export interface BuiltChallenge {
  readonly challenge: Challenge
  readonly state: ConnectionState
}

/**
 * Makes the message for the pending steps of a connection's sequence. Its token is the whole state, so that
 * whichever instance gets the answer can judge it; the nonce is new each time.
 */
export function buildChallenge(
  before: ConnectionState,
  material: StepMaterial,
  policy: SshPolicy,
  surroundings: Surroundings,
  keys: ChallengeKeys,
  chance: Chance,
  nowMs: number,
): BuiltChallenge {
  const { sequence } = before
  const persons = sequence.pending.some(({ kind }) => isPersons(kind))
  const { answerWithinS, personWithinS } = policy.sequence
  const nonce = Buffer.concat(chance.nonce)
  const issuedAt = Math.floor(nowMs)
  const expiresAt = issuedAt + (persons ? personWithinS : answerWithinS) * 1_000
  const place = { nonce, issuedAt, bind: Buffer.from(before.bind, 'base64url') }
  const address = Buffer.from(before.address, 'hex')
  const puzzle = sequence.pending.find(({ kind }) => kind === 'puzzle')
  const terms =
    puzzle === undefined
      ? undefined
      : puzzleTerms(puzzleMs(riskOf(sequence), puzzle.level, surroundings, policy), policy.puzzle)
  const steps = sequence.pending.flatMap((step): readonly ChallengeStep[] => {
    if (step.kind === 'puzzle') {
      return terms === undefined ? [] : [{ kind: 'puzzle', hash: 'sha256', ...terms }]
    }
    return otherStep(step, material, place, address, keys)
  })
  const state: ConnectionState = {
    ...before,
    nonce: toBase64Url(nonce),
    issuedAt,
    expiresAt,
    asked: {
      ...(material.enrolment === undefined ? {} : { enrolment: material.enrolment }),
      ...(terms === undefined ? {} : { target: terms.target, hashes: expectedHashes(terms) }),
      ...(material.question === undefined ? {} : { question: material.question.id }),
    },
  }
  const challenge: Challenge = {
    type: 'challenge',
    v: 1,
    round: sequence.rounds,
    nonce: state.nonce,
    issuedAt,
    expiresAt,
    token: sealToken(state, keys, chance.salt),
    steps,
    ...(material.notice === undefined ? {} : { notice: material.notice }),
  }
  return { challenge, state }
}

const TOTP: ChallengeStep = { kind: 'totp', text: 'One-time code' }

function otherStep(
  { kind }: SequenceStep,
  { enrolment, question, device }: StepMaterial,
  place: { readonly nonce: Uint8Array; readonly issuedAt: number; readonly bind: Uint8Array },
  address: Uint8Array,
  keys: ChallengeKeys,
): readonly ChallengeStep[] {
  switch (kind) {
    case 'mac': {
      if (enrolment !== undefined) return [{ kind: 'mac', enrolment }]
      const { nonce, bind, issuedAt: timestamp } = place
      const cookie = routabilityCookie(keys.tokens[0].cookie, { nonce, timestamp, bind, address })
      return [{ kind: 'cookie', cookie: toBase64Url(cookie) }]
    }
    case 'question':
      return question === undefined
        ? [TOTP]
        : [{ kind: 'question', id: 'q', text: question.text, echo: false }]
    case 'totp':
      return [TOTP]
    case 'device':
      return device === undefined ? [] : [device]
    case 'puzzle':
      return []
  }
}
