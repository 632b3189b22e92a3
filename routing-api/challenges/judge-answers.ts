import { fromBase64Url } from '../../protocols/challenge/base64url.ts'
import { type ChallengeAnswer } from '../../protocols/challenge/messages.ts'
import { checkSolution, puzzlePrefix, SUB_PUZZLES } from '../../protocols/challenge/puzzle.ts'
import {
  isFresh,
  isSameMac,
  routabilityCookie,
  stampMac,
} from '../../protocols/challenge/stamp-mac.ts'
import { answerNats, paceOf, type PuzzleBaseline, type RightAnswer } from './answer-evidence.ts'
import { type ConnectionState } from './connection-token.ts'
import { type SequenceStep } from './due-steps.ts'
import { type ChallengeKeys } from './keys.ts'
import { type AnswerVerdict, type JudgedStep } from './sequence.ts'

/** Answers to one challenge, and what is needed to judge them. */
export interface GivenAnswers {
  readonly answers: readonly ChallengeAnswer[]
  /** The token as the client had it: the puzzle hangs on it. */
  readonly token: string
  /** The challenge had expired. */
  readonly expired: boolean
  /** Between challenge and answer, as the gate's clock says. */
  readonly elapsedMs: number
  readonly nowMs: number
  /** How long the puzzle should have taken, milliseconds. */
  readonly expectedMs: number
  readonly baseline: PuzzleBaseline | undefined
  /** Keys of enrolled clients. */
  readonly enrolledKey: (enrolment: string) => Uint8Array | undefined
  /** What a person answered, looked at where it is stored. */
  readonly person: { readonly question?: AnswerVerdict; readonly totp?: AnswerVerdict }
  readonly device: { readonly verdict: AnswerVerdict; readonly known: boolean } | undefined
}

const PLAIN: RightAnswer = { pace: 'ordinary', keyed: false, deviceKnown: false }

/** Judges the answers to every pending step. What was not answered is absent, whatever else came. */
export function judgeAnswers(
  state: ConnectionState,
  given: GivenAnswers,
  keys: ChallengeKeys,
): readonly JudgedStep[] {
  return state.sequence.pending.map((step) => {
    const by = step.kind === 'puzzle' ? 'work' : 'proof'
    const { verdict, right } = judgeStep(step, state, given, keys)
    const inTime = given.expired && verdict === 'right' ? 'late' : verdict
    return { step, verdict: inTime, nats: answerNats(step.kind, inTime, right), by }
  })
}

interface Judgement {
  readonly verdict: AnswerVerdict
  readonly right: RightAnswer
}

const only = (verdict: AnswerVerdict): Judgement => ({ verdict, right: PLAIN })

function judgeStep(
  { kind }: SequenceStep,
  state: ConnectionState,
  given: GivenAnswers,
  keys: ChallengeKeys,
): Judgement {
  switch (kind) {
    case 'mac':
      return state.asked.enrolment === undefined
        ? only(cookieVerdict(state, given, keys))
        : macJudgement(state.asked.enrolment, state, given)
    case 'puzzle':
      return puzzleJudgement(state, given)
    case 'question':
    case 'totp':
      return only(given.person[kind] ?? 'absent')
    case 'device': {
      const { device } = given
      if (device === undefined) return only('declined')
      return { verdict: device.verdict, right: { ...PLAIN, deviceKnown: device.known } }
    }
  }
}

function cookieVerdict(
  { nonce, issuedAt, bind, address }: ConnectionState,
  { answers }: GivenAnswers,
  keys: ChallengeKeys,
): AnswerVerdict {
  const answer = answers.find((one) => one.kind === 'cookie')
  if (answer === undefined) return 'absent'
  const told = fromBase64Url(answer.cookie) ?? new Uint8Array()
  const place = {
    nonce: Buffer.from(nonce, 'base64url'),
    timestamp: issuedAt,
    bind: Buffer.from(bind, 'base64url'),
    address: Buffer.from(address, 'hex'),
  }
  const own = keys.tokens.some(({ cookie }) => isSameMac(routabilityCookie(cookie, place), told))
  return own ? 'right' : 'wrong'
}

/**
 * The nonce makes the MAC fresh; its time is what the client signs with it. A clock that is further off than the
 * protocol allows costs what an enrolled key is worth and shuts nobody out.
 */
function macJudgement(
  enrolment: string,
  { nonce, bind }: ConnectionState,
  { answers, enrolledKey, nowMs }: GivenAnswers,
): Judgement {
  const answer = answers.find((one) => one.kind === 'mac')
  const key = enrolledKey(enrolment)
  if (answer === undefined || key === undefined) return only('absent')
  const { timestamp } = answer
  const tag = stampMac(key, {
    nonce: Buffer.from(nonce, 'base64url'),
    timestamp,
    bind: Buffer.from(bind, 'base64url'),
  })
  if (!isSameMac(tag, fromBase64Url(answer.tag) ?? new Uint8Array())) return only('wrong')
  return { verdict: 'right', right: { ...PLAIN, keyed: isFresh(timestamp, nowMs) } }
}

function puzzleJudgement(state: ConnectionState, given: GivenAnswers): Judgement {
  const answer = given.answers.find((one) => one.kind === 'puzzle')
  const { target, hashes } = state.asked
  if (answer === undefined || target === undefined || hashes === undefined) return only('absent')
  const solution = fromBase64Url(answer.solution)
  const prefix = puzzlePrefix({
    nonce: Buffer.from(state.nonce, 'base64url'),
    bind: Buffer.from(state.bind, 'base64url'),
    token: given.token,
  })
  const terms = { subPuzzles: SUB_PUZZLES, target }
  const checked = solution === undefined ? undefined : checkSolution(prefix, terms, solution)
  if (checked?.kind !== 'solved') return only('wrong')
  const pace = paceOf(given.elapsedMs, given.expectedMs, hashes, given.baseline)
  return { verdict: 'right', right: { ...PLAIN, pace } }
}
