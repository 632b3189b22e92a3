import { z } from 'zod'
import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../parsed.ts'
import { base64UrlLength } from './base64url.ts'
import { MOST_SUB_PUZZLES } from './puzzle.ts'
import { LONGEST_SEALED } from './seal.ts'

/**
 * The JSON of the four messages. Unknown members are ignored, so that version 1 can grow; every text has a bound and no
 * control characters, for it ends on a terminal.
 */

const bytes = (count: number): z.ZodString =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${base64UrlLength(count)}}$`))
const sealed = z
  .string()
  .max(base64UrlLength(LONGEST_SEALED))
  .regex(/^[A-Za-z0-9_-]+$/)
const identifier = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_.:@-]+$/)
/** Opaque to the client, which sends it back as it is. */
const token = z
  .string()
  .max(4_096)
  .regex(/^[A-Za-z0-9_.-]*$/)
/** No C0, C1 or bidirectional controls; line feeds where a text may have lines. */
// eslint-disable-next-line no-control-regex
const LINE = /^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u
// eslint-disable-next-line no-control-regex
const LINES = /^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u
const line = z.string().max(512).regex(LINE)
const lines = z.string().max(2_048).regex(LINES)
/** Milliseconds since 1970. */
const time = z.int().min(0)
const version = z.literal(1)
const round = z.int().min(1).max(16)
const nonce = bytes(32)

export const STEP_KINDS = ['mac', 'cookie', 'puzzle', 'question', 'totp', 'device'] as const
export type StepKind = (typeof STEP_KINDS)[number]

/** What a device fingerprint may be made of; the user is shown the list. */
export const DEVICE_FIELDS = ['machine-id', 'hostname', 'os', 'architecture'] as const
export type DeviceField = (typeof DEVICE_FIELDS)[number]

export const Hello = z.object({
  type: z.literal('hello'),
  v: version,
  /** Name and version of the program; a claim. */
  client: z.string().min(1).max(64).regex(LINE),
  /** Kinds of steps it can answer; others must not be sent to it. */
  kinds: z.array(z.string().max(16)).max(32),
  /** Whether there is somebody to ask. */
  interactive: z.boolean(),
  consent: z.enum(['given', 'refused', 'unasked']),
  timestamp: time,
  /** User name the client is about to log in with, sealed (purpose username, empty nonce). */
  sealedUsername: sealed.optional(),
  /** MAC of an enrolled client (stamp-mac.ts, empty nonce): the first step without a round trip. */
  mac: z.object({ enrolment: identifier, tag: bytes(32) }).optional(),
})

const Step = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('mac'), enrolment: identifier }),
  z.object({ kind: z.literal('cookie'), cookie: bytes(32) }),
  z.object({
    kind: z.literal('puzzle'),
    hash: z.literal('sha256'),
    subPuzzles: z.int().min(1).max(MOST_SUB_PUZZLES),
    target: z
      .int()
      .min(1)
      .max(2 ** 32 - 1),
  }),
  z.object({
    kind: z.literal('question'),
    id: identifier,
    text: line.min(1),
    /** Whether what is typed may be seen. */
    echo: z.boolean(),
  }),
  z.object({ kind: z.literal('totp'), text: line.min(1) }),
  z.object({
    kind: z.literal('device'),
    /** Of this server alone, so that two servers cannot compare what they got. */
    salt: bytes(32),
    fields: z.array(z.enum(DEVICE_FIELDS)).min(1).max(DEVICE_FIELDS.length),
    /** Why, for how long, and how to withdraw: what the user consents to. */
    text: lines.min(1),
  }),
])

export const Challenge = z.object({
  type: z.literal('challenge'),
  v: version,
  round,
  nonce,
  issuedAt: time,
  expiresAt: time,
  token,
  steps: z.array(Step).min(1).max(8),
  /** A sentence for the user: why, or what was wrong with the last answer. */
  notice: line.optional(),
})

const REFUSALS = ['too-hard', 'nobody-to-ask', 'no-consent', 'not-enrolled', 'unknown'] as const

export const Answer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('mac'), timestamp: time, tag: bytes(32) }),
  z.object({ kind: z.literal('cookie'), cookie: bytes(32) }),
  z.object({
    kind: z.literal('puzzle'),
    /** uint32 big-endian per sub-puzzle. */
    solution: z
      .string()
      .max(base64UrlLength(4 * MOST_SUB_PUZZLES))
      .regex(/^[A-Za-z0-9_-]+$/),
  }),
  z.object({ kind: z.literal('question'), id: identifier, sealed }),
  z.object({ kind: z.literal('totp'), sealed }),
  z.object({
    kind: z.literal('device'),
    sealed,
    /** SHA-256 of the text that was agreed to, and when. */
    consent: z.object({ textDigest: bytes(32), givenAt: time }),
  }),
  z.object({ kind: z.literal('refused'), step: z.string().max(16), reason: z.enum(REFUSALS) }),
])

const Response = z.object({
  type: z.literal('response'),
  v: version,
  round,
  nonce,
  token,
  /** One for each step, in their order. */
  answers: z.array(Answer).min(1).max(8),
})

const Result = z.object({
  type: z.literal('result'),
  v: version,
  outcome: z.enum(['proceed', 'refused']),
  /** Reason code to look up (`vestibule why CODE`). */
  code: identifier.optional(),
  message: line.optional(),
  /** Whom to ask. */
  contact: line.optional(),
})

export type Hello = Readonly<z.infer<typeof Hello>>
export type ChallengeStep = Readonly<z.infer<typeof Step>>
export type Challenge = Readonly<z.infer<typeof Challenge>>
export type ChallengeAnswer = Readonly<z.infer<typeof Answer>>
export type Refusal = (typeof REFUSALS)[number]
export type Response = Readonly<z.infer<typeof Response>>
export type Result = Readonly<z.infer<typeof Result>>
export type ClientMessage = Hello | Response
export type GateMessage = Challenge | Result
export type MessageFault = 'not-json' | 'bad-message'

const ClientMessage = z.discriminatedUnion('type', [Hello, Response])
const GateMessage = z.discriminatedUnion('type', [Challenge, Result])

/** What a client said. Give it the body of an extension packet. */
export function parseClientMessage(body: Uint8Array): Parsed<ClientMessage, MessageFault> {
  return parseWith(ClientMessage, body)
}

/** What a gate said; verify the packet's signature first. */
export function parseGateMessage(body: Uint8Array): Parsed<GateMessage, MessageFault> {
  return parseWith(GateMessage, body)
}

/** The body of an extension packet. */
export function encodeMessage(message: ClientMessage | GateMessage): Buffer {
  return Buffer.from(JSON.stringify(message))
}

function parseWith<T>(schema: z.ZodType<T>, body: Uint8Array): Parsed<T, MessageFault> {
  const json = parseJson(body)
  if (json.kind === 'reject') return json
  const parsed = schema.safeParse(json.value)
  if (parsed.success) return emit(parsed.data)
  return reject('bad-message', parsed.error.issues[0]?.path.join('.') ?? '')
}

function parseJson(body: Uint8Array): Parsed<unknown, 'not-json'> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    const value: unknown = JSON.parse(text)
    return emit(value)
  } catch (error) {
    // Both TextDecoder and JSON.parse say it by throwing, with classes of other realms under Jest.
    return reject('not-json', error instanceof SyntaxError ? 'json' : 'utf-8')
  }
}
