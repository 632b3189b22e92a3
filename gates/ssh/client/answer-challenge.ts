import { fromBase64Url, toBase64Url } from '../../../protocols/challenge/base64url.ts'
import type {
  Challenge,
  ChallengeAnswer,
  ChallengeStep,
  Refusal,
  Response,
} from '../../../protocols/challenge/messages.ts'
import {
  expectedHashes,
  puzzlePrefix,
  type PuzzleTerms,
} from '../../../protocols/challenge/puzzle.ts'
import { seal, type SealPurpose } from '../../../protocols/challenge/seal.ts'
import { stampMac } from '../../../protocols/challenge/stamp-mac.ts'
import { type Consent, deviceDigest } from './device-consent.ts'
import { type Enrolment } from './enrolment-file.ts'

/** What answering needs of the world. */
export interface AnswerPorts {
  readonly now: () => number
  /** So many random bytes. */
  readonly random: (count: number) => Uint8Array
  /** Undefined when it was given up. */
  readonly solve: (prefix: Uint8Array, terms: PuzzleTerms) => Promise<Uint8Array | undefined>
  /** Undefined when there is nobody, or nobody answers. */
  readonly ask: (question: string, echo: boolean) => Promise<string | undefined>
  /** Asks once and remembers. */
  readonly consent: (text: string, fields: readonly string[]) => Promise<Consent | undefined>
  readonly deviceFacts: () => Promise<Readonly<Record<string, string>>>
}

/** Who answers, and to whom. */
export interface AnswerContext {
  readonly bind: Uint8Array
  /** The gate's X25519 key. */
  readonly sealKey: Uint8Array
  readonly enrolment: Enrolment | undefined
  /** Expected hashes above which a puzzle is refused. */
  readonly mostHashes: number
}

type Sealer = (purpose: SealPurpose, text: Uint8Array) => string

/** Answers every step of a challenge, in order: what cannot be answered is refused with its reason. */
export async function answerChallenge(
  challenge: Challenge,
  context: AnswerContext,
  ports: AnswerPorts,
): Promise<Response> {
  const nonce = bytesOf(challenge.nonce)
  const sealer: Sealer = (purpose, text) => {
    const place = { purpose, bind: context.bind, nonce }
    return toBase64Url(seal(context.sealKey, ports.random(32), place, text))
  }
  const answers: ChallengeAnswer[] = []
  for (const step of challenge.steps) {
    answers.push(await answerStep(step, { challenge, nonce, context, ports, sealer }))
  }
  const { round, token } = challenge
  return { type: 'response', v: 1, round, nonce: challenge.nonce, token, answers }
}

interface Answering {
  readonly challenge: Challenge
  readonly nonce: Uint8Array
  readonly context: AnswerContext
  readonly ports: AnswerPorts
  readonly sealer: Sealer
}

async function answerStep(step: ChallengeStep, now: Answering): Promise<ChallengeAnswer> {
  switch (step.kind) {
    case 'mac':
      return answerMac(step.enrolment, now)
    case 'cookie':
      return { kind: 'cookie', cookie: step.cookie }
    case 'puzzle':
      return answerPuzzle(step, now)
    case 'question':
    case 'totp':
      return answerQuestion(step, now)
    case 'device':
      return answerDevice(step, now)
  }
}

function refused(step: ChallengeStep['kind'], reason: Refusal): ChallengeAnswer {
  return { kind: 'refused', step, reason }
}

function answerMac(enrolment: string, { nonce, context, ports }: Answering): ChallengeAnswer {
  if (context.enrolment?.id !== enrolment) return refused('mac', 'not-enrolled')
  const timestamp = ports.now()
  const mac = stampMac(context.enrolment.key, { nonce, timestamp, bind: context.bind })
  return { kind: 'mac', timestamp, tag: toBase64Url(mac) }
}

async function answerPuzzle(
  terms: PuzzleTerms,
  { challenge, nonce, context, ports }: Answering,
): Promise<ChallengeAnswer> {
  if (expectedHashes(terms) > context.mostHashes) return refused('puzzle', 'too-hard')
  const prefix = puzzlePrefix({ nonce, bind: context.bind, token: challenge.token })
  const solution = await ports.solve(prefix, terms)
  if (solution === undefined) return refused('puzzle', 'too-hard')
  return { kind: 'puzzle', solution: toBase64Url(solution) }
}

async function answerQuestion(
  step: Extract<ChallengeStep, { kind: 'question' | 'totp' }>,
  { ports, sealer }: Answering,
): Promise<ChallengeAnswer> {
  const echo = step.kind === 'question' && step.echo
  const answer = await ports.ask(step.text, echo)
  if (answer === undefined) return refused(step.kind, 'nobody-to-ask')
  const text = Buffer.from(answer).subarray(0, LONGEST_ANSWER)
  if (step.kind === 'totp') return { kind: 'totp', sealed: sealer('totp', text) }
  return { kind: 'question', id: step.id, sealed: sealer('answer', text) }
}

/** Bytes of what somebody typed that are passed on. */
const LONGEST_ANSWER = 1_000

async function answerDevice(
  step: Extract<ChallengeStep, { kind: 'device' }>,
  { ports, sealer }: Answering,
): Promise<ChallengeAnswer> {
  const consent = await ports.consent(step.text, step.fields)
  if (consent?.answer !== 'given') return refused('device', 'no-consent')
  const digest = deviceDigest(bytesOf(step.salt), step.fields, await ports.deviceFacts())
  return {
    kind: 'device',
    sealed: sealer('device', digest),
    consent: { textDigest: consent.textDigest, givenAt: consent.at },
  }
}

/** Of a text whose form the message's schema has checked; one that is not canonical makes an answer that is wrong. */
function bytesOf(text: string): Buffer {
  return fromBase64Url(text) ?? Buffer.alloc(32)
}
