import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { fromBase64Url, toBase64Url } from '../../protocols/challenge/base64url.ts'
import { openJson, sealJson } from '../challenges/sealed-json.ts'

/** Everybody of the organisation is asked. */
export const ORGANISATION = '*'

const Bytes = z.base64url().max(256)

/** scrypt (RFC 7914) of a normalised answer: the answer itself is stored nowhere. */
const AnswerHash = z.strictObject({
  salt: Bytes,
  hash: Bytes,
  /** log2 of the cost N; r = 8, p = 1. */
  logCost: z.int().min(10).max(20),
})
export type AnswerHash = Readonly<z.infer<typeof AnswerHash>>

const Question = z.strictObject({
  kind: z.literal('question'),
  text: z.string().min(1).max(512),
  answer: AnswerHash,
  /** `directory`: made of the organisation's directory, unused until the user has consented. */
  source: z.enum(['registered', 'imported', 'directory']),
})

const Totp = z.strictObject({
  kind: z.literal('totp'),
  secret: Bytes,
  /** The newest step whose code was used: each is good once. */
  lastStep: z.int().min(0),
})

const Key = z.strictObject({
  kind: z.literal('key'),
  /** 32 bytes, shared with the client. */
  key: Bytes,
  label: z.string().max(128),
})

const Device = z.strictObject({
  kind: z.literal('device'),
  /** What the user consented to, and when. */
  textDigest: Bytes,
  consentedAtMs: z.number(),
  seenAtMs: z.number(),
})

export const Enrolment = z.discriminatedUnion('kind', [Question, Totp, Key, Device])
export type Enrolment = Readonly<z.infer<typeof Enrolment>>
export type EnrolmentKind = Enrolment['kind']
export type EnrolledQuestion = Extract<Enrolment, { kind: 'question' }>

/** Body of a control record: what is enrolled, readable to holders of the installation's key alone. */
export function sealEnrolment(
  enrolment: Enrolment,
  id: string,
  key: Uint8Array,
  salt: Uint8Array,
): string {
  const sealed = sealJson(key, salt, `enrolment/${id}`, enrolment)
  return JSON.stringify({ sealed: toBase64Url(sealed) })
}

const Body = z.strictObject({ sealed: z.string().max(8_192) })

/** What a control record enrols; undefined when it was sealed for another id or with another key. */
export function openEnrolment(body: string, id: string, key: Uint8Array): Enrolment | undefined {
  const sealed = Body.safeParse(jsonOf(body))
  const bytes = sealed.success ? fromBase64Url(sealed.data.sealed) : undefined
  if (bytes === undefined) return undefined
  const parsed = Enrolment.safeParse(openJson(key, `enrolment/${id}`, bytes))
  return parsed.success ? parsed.data : undefined
}

/** A name under which something about a client or device is kept, of which it cannot be read: 32 hex digits. */
export function keyedName(key: Uint8Array, kind: string, text: string): string {
  return createHmac('sha256', key).update(`${kind}\0${text}`).digest('hex').slice(0, 32)
}

export function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}
