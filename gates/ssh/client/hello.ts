import { toBase64Url } from '../../../protocols/challenge/base64url.ts'
import type { Hello } from '../../../protocols/challenge/messages.ts'
import { seal } from '../../../protocols/challenge/seal.ts'
import { stampMac } from '../../../protocols/challenge/stamp-mac.ts'
import { type Enrolment } from './enrolment-file.ts'

/** What a client has to say of itself. (`import type` above: the schemas are not loaded before a challenge comes.) */
export interface HelloFacts {
  readonly client: string
  readonly bind: Uint8Array
  readonly sealKey: Uint8Array
  readonly interactive: boolean
  readonly consent: Hello['consent']
  readonly username: string | undefined
  readonly enrolment: Enrolment | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  /** 32 random bytes. */
  readonly ephemeralSeed: Uint8Array
}

const KINDS: Hello['kinds'] = ['mac', 'cookie', 'puzzle', 'question', 'totp', 'device']
const EMPTY = new Uint8Array(0)
/** Bytes; no account has a longer one. */
const LONGEST_USERNAME = 255

/** The first message: what can be proven at once is, so that a low risk costs no round trip. */
export function helloOf(facts: HelloFacts): Hello {
  const { client, bind, interactive, consent, now, enrolment } = facts
  const base: Hello = {
    type: 'hello',
    v: 1,
    client,
    kinds: KINDS,
    interactive,
    consent,
    timestamp: now,
  }
  const stamped =
    enrolment === undefined
      ? base
      : { ...base, mac: { enrolment: enrolment.id, tag: tagOf(enrolment.key, now, bind) } }
  return facts.username === undefined
    ? stamped
    : { ...stamped, sealedUsername: sealedUsername(facts.username, facts) }
}

function tagOf(key: Uint8Array, timestamp: number, bind: Uint8Array): string {
  return toBase64Url(stampMac(key, { nonce: EMPTY, timestamp, bind }))
}

function sealedUsername(username: string, { bind, sealKey, ephemeralSeed }: HelloFacts): string {
  const text = Buffer.from(username).subarray(0, LONGEST_USERNAME)
  return toBase64Url(
    seal(sealKey, ephemeralSeed, { purpose: 'username', bind, nonce: EMPTY }, text),
  )
}
