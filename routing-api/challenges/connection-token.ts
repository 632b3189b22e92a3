import { z } from 'zod'
import { STEP_RESULTS } from '../../lib/challenge-results.ts'
import { fromBase64Url, toBase64Url } from '../../protocols/challenge/base64url.ts'
import { SEQUENCE_KINDS } from './due-steps.ts'
import { type ChallengeKeys } from './keys.ts'
import { openJson, sealJson } from './sealed-json.ts'

const Level = z.literal([0, 1, 2, 3])
const Step = z.strictObject({ kind: z.enum(SEQUENCE_KINDS), level: Level })
const How = z.enum(['ask', 'puzzle', 'elsewhere'])
const Bytes = z.base64url()

const SequenceState = z.strictObject({
  baseNats: z.number(),
  ceiling: z.number(),
  standing: z.enum(['stranger', 'known']),
  offer: z.strictObject({
    question: How,
    totp: How,
    device: z.enum(['ask', 'leave']),
    puzzle: z.enum(['ask', 'elsewhere']),
    mac: z.enum(['ask', 'elsewhere']),
  }),
  enrolled: z.boolean(),
  raised: z.number(),
  proven: z.number(),
  worked: z.number(),
  rounds: z.int(),
  mistakes: z.int(),
  passed: z.array(Step).readonly(),
  owed: z.array(Step).readonly(),
  pending: z.array(Step).readonly(),
})

/** What was asked, as far as the answer is judged by it. */
const Asked = z.strictObject({
  enrolment: z.string().optional(),
  hashes: z.number().optional(),
  target: z.int().optional(),
  question: z.string().optional(),
})

const Result = z.strictObject({
  kind: z.string(),
  result: z.enum(STEP_RESULTS),
  elapsedMs: z.number(),
})

/** Everything of a challenged connection: no instance of the API remembers it. */
export const ConnectionState = z.strictObject({
  decisionId: z.string(),
  connectionId: z.string().nullable(),
  /** As records carry it, hex. */
  address: z.string().regex(/^[0-9a-f]{32}$/),
  port: z.int(),
  listener: z.string(),
  gate: z.string(),
  fingerprint: z.string().nullable(),
  /** SHA-256 of identification and KEXINIT. */
  bind: Bytes,
  nonce: Bytes,
  issuedAt: z.int(),
  expiresAt: z.int(),
  /** Hash of the user name the client told; null when it told none. */
  user: z.string().nullable(),
  sequence: SequenceState,
  asked: Asked,
  results: z.array(Result).max(64).readonly(),
})

export type ConnectionState = Readonly<z.infer<typeof ConnectionState>>
export type StepResult = Readonly<z.infer<typeof Result>>

/** How far the clocks of two instances of the API may be apart, milliseconds. */
export const INSTANCE_SKEW_MS = 5_000

/** Seals the state of a connection with the first of the keys: `1.keyId.base64url`. */
export function sealToken(state: ConnectionState, keys: ChallengeKeys, salt: Uint8Array): string {
  const [key] = keys.tokens
  return `1.${key.id}.${toBase64Url(sealJson(key.token, salt, ABOUT, state))}`
}

const ABOUT = 'connection'

export type OpenedToken =
  | { readonly kind: 'open'; readonly state: ConnectionState }
  /** Ours, but of before: the answer came too late. */
  | { readonly kind: 'expired'; readonly state: ConnectionState }
  | { readonly kind: 'invalid' }

/** Opens a token of this or any other instance that has the key. */
export function openToken(token: string, keys: ChallengeKeys, nowMs: number): OpenedToken {
  const [version, id, text] = token.split('.')
  const key = keys.tokens.find((known) => known.id === id)
  const sealed = text === undefined ? undefined : fromBase64Url(text)
  if (version !== '1' || key === undefined || sealed === undefined) return { kind: 'invalid' }
  const parsed = ConnectionState.safeParse(openJson(key.token, ABOUT, sealed))
  if (!parsed.success || parsed.data.issuedAt > nowMs + INSTANCE_SKEW_MS) return { kind: 'invalid' }
  const late = nowMs > parsed.data.expiresAt + INSTANCE_SKEW_MS
  return { kind: late ? 'expired' : 'open', state: parsed.data }
}
