import { randomBytes } from 'node:crypto'
import { answerChallenge, type AnswerPorts } from '../../gates/ssh/client/answer-challenge.ts'
import { chooseAsker } from '../../gates/ssh/client/choose-asker.ts'
import {
  type Consent,
  consentLine,
  consentTextDigest,
  findConsent,
} from '../../gates/ssh/client/device-consent.ts'
import { gateName } from '../../gates/ssh/client/known-gates.ts'
import { ask } from '../../io/ssh-client/ask-user.ts'
import { deviceFacts } from '../../io/ssh-client/device-facts.ts'
import { hasTerminal } from '../../io/ssh-client/has-terminal.ts'
import { solvePuzzle } from '../../io/ssh-client/solve-puzzle.ts'
import { appendState, readState, stateFiles } from '../../io/ssh-client/state-files.ts'
import {
  type Challenge,
  encodeMessage,
  parseGateMessage,
  type Result,
} from '../../protocols/challenge/messages.ts'
import { enrolmentOf } from './greet.ts'
import { type SshConnectOptions } from './options.ts'
import { progressOnStderr } from './progress.ts'
import { tell } from './tell.ts'

/** What came of a gate's message: something to say, nothing, or a message that cannot be understood. */
export type Reply =
  | { readonly kind: 'say'; readonly body: Buffer }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'not-understood'; readonly at: string }

/** Answers a message of the gate. Loaded only when there is one, for most connections see none. */
export async function replyTo(
  body: Uint8Array,
  gate: { readonly bind: Uint8Array; readonly sealKey: Uint8Array },
  options: SshConnectOptions,
  signal: AbortSignal,
): Promise<Reply> {
  const message = parseGateMessage(body)
  if (message.kind === 'reject')
    return { kind: 'not-understood', at: `${message.code} ${message.at}` }
  if (message.value.type === 'result') {
    tellResult(message.value, options)
    return { kind: 'nothing' }
  }
  const challenge = message.value
  if (challenge.notice !== undefined) tell(challenge.notice)
  const context = { ...gate, enrolment: enrolmentOf(options), mostHashes: options.mostHashes }
  const [begunAt, granted] = [Date.now(), patienceOf(challenge)]
  const until = AbortSignal.any([signal, AbortSignal.timeout(granted - marginOf(granted))])
  const response = await answerChallenge(challenge, context, portsOf(options, until))
  // The machine slept: the gate has gone on, and would take what is said now for the server's.
  if (Date.now() - begunAt > granted) return { kind: 'nothing' }
  return { kind: 'say', body: encodeMessage(response) }
}

/** The time the gate grants, by its own clock: ours need not agree with it. */
function patienceOf({ issuedAt, expiresAt }: Challenge): number {
  return Math.min(Math.max(expiresAt - issuedAt, 1_000), 600_000)
}

/** An answer must be there before the gate's own time is up. */
function marginOf(grantedMs: number): number {
  return Math.min(2_000, grantedMs / 10)
}

function tellResult({ outcome, message, code, contact }: Result, options: SshConnectOptions): void {
  if (outcome === 'proceed') {
    if (message !== undefined && !options.quiet) tell(message)
    return
  }
  const told = message ?? 'the gate refuses this connection'
  const codeText = code === undefined || told.includes(code) ? '' : ` (code ${code})`
  const text = `${told}${codeText}`
  const whom =
    contact === undefined ? '' : text.endsWith('.') ? ` Ask ${contact}.` : `; ask ${contact}`
  tell(`${text}${whom}`)
}

function portsOf(options: SshConnectOptions, signal: AbortSignal): AnswerPorts {
  const asker = options.batch
    ? ({ kind: 'nobody' } as const)
    : chooseAsker(process.env, hasTerminal())
  const asks = (question: string, echo: boolean): Promise<string | undefined> =>
    ask(asker, question, echo, signal)
  return {
    now: Date.now,
    random: randomBytes,
    solve: async (prefix, terms) => {
      const progress = progressOnStderr(options.quiet, performance.now())
      const solution = await solvePuzzle(prefix, terms, progress.at, signal)
      progress.end()
      return solution
    },
    ask: asks,
    consent: (text, fields) => consentTo(text, fields, options, asks),
    deviceFacts,
  }
}

/** Shows what is collected and why, asks once, and keeps the answer with its time and the digest of the text. */
async function consentTo(
  text: string,
  fields: readonly string[],
  options: SshConnectOptions,
  asks: AnswerPorts['ask'],
): Promise<Consent | undefined> {
  const textDigest = consentTextDigest(text)
  if (options.consent !== 'ask') return { answer: options.consent, at: Date.now(), textDigest }
  const name = gateName(options.host, options.port)
  const { consents } = stateFiles(options.state)
  const before = findConsent(readState(consents), name)
  if (before !== undefined && (before.answer === 'refused' || before.textDigest === textDigest))
    return before
  tell(`the gate before ${name} would like to know this device again.`)
  tell(`It would get a digest, made here with a salt of its own, of: ${fields.join(', ')}.`)
  for (const line of text.split('\n')) tell(line)
  tell('Refusing costs nothing but the bonus of a known device.')
  const answer = await asks('Do you agree (yes or no)?', true)
  if (answer === undefined) return undefined
  const agreed = ['y', 'yes'].includes(answer.trim().toLowerCase())
  const consent: Consent = { answer: agreed ? 'given' : 'refused', at: Date.now(), textDigest }
  appendState(consents, consentLine(name, consent))
  return consent
}
