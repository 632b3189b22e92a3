import { type z } from 'zod'
import { fromBase64Url } from '../../protocols/challenge/base64url.ts'
import { connectionBind } from '../../protocols/challenge/bind.ts'
import { type Hello } from '../../protocols/challenge/messages.ts'
import { unseal } from '../../protocols/challenge/seal.ts'
import { isFresh, isSameMac, stampMac } from '../../protocols/challenge/stamp-mac.ts'
import { raisedNow } from '../challenges/client-passes.ts'
import { offerOf, openSequence, type Asking } from '../challenges/open-sequence.ts'
import { type Sequence } from '../challenges/sequence.ts'
import { type Verdict } from '../decisions/client-verdict.ts'
import { payloadOf } from '../decisions/ssh-in-hand.ts'
import { type GateConnection } from '../decisions/gate-connection.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type Api } from './api.ts'
import { clientName, isLocked, passId } from './challenge-memory.ts'
import { type SshConnectionRequest } from './schemas.ts'

type Input = z.infer<typeof SshConnectionRequest>

/** What an aware client told, looked up: before anything is asked. */
export interface Opened {
  readonly sequence: Sequence
  readonly bind: Uint8Array
  /** Hash of the user name it told; null when it told none. */
  readonly user: string | null
  /** The enrolled key it named, if it is one. */
  readonly enrolment: string | undefined
}

const NO_NONCE = new Uint8Array()

/** Opens what the HELLO sealed, looks up what is enrolled, and sets up the sequence. */
export function openConnection(
  input: Input,
  hello: Hello,
  connection: GateConnection,
  fingerprint: string | null,
  verdict: Verdict,
  policy: SshPolicy,
  api: Api,
): Opened {
  const bind = bindOf(input)
  const user = userOf(input.sealedUsername ?? hello.sealedUsername, bind, api)
  const enrolment = enrolmentOf(hello, api)
  const proven = enrolment !== undefined && isProven(hello, enrolment, bind, connection.nowMs, api)
  const offer = offerOf(askingOf(hello, user, connection, policy, api), policy)
  const opened = openSequence({
    risk: verdict.score,
    ceiling: verdict.ceiling,
    recentLogin: verdict.recentLogin !== 'none',
    offer,
    enrolled: enrolment !== undefined,
    proven,
  })
  const pass = api.state.passes.find(passId(connection.clientAddress, fingerprint, api))
  // What the folds read of the same failures is in the score already.
  const told = verdict.reasons.find(({ code }) => code === 's_challenge_failed')?.nats ?? 0
  const raised = Math.max(0, raisedNow(pass, connection.nowMs) - Math.max(0, told))
  return { sequence: { ...opened, raised }, bind, user, enrolment }
}

function bindOf(input: Input): Uint8Array {
  const identification = Buffer.from(input.identification ?? '', 'latin1')
  const kexInit = Buffer.from(input.kexInit ?? '', 'base64')
  return connectionBind(identification, payloadOf(kexInit))
}

function userOf(sealed: string | undefined, bind: Uint8Array, api: Api): string | null {
  const bytes = sealed === undefined ? undefined : fromBase64Url(sealed)
  if (bytes === undefined) return null
  const place = { purpose: 'username', bind, nonce: NO_NONCE } as const
  const name = unseal(api.challengeKeys.seal, place, bytes)
  return name === undefined ? null : api.challengeKeys.hashName(name.toString('utf8'))
}

function enrolmentOf(hello: Hello, api: Api): string | undefined {
  const name = hello.mac?.enrolment
  return name !== undefined && api.state.enrolments.has(`key/${name}`) ? name : undefined
}

/** A MAC in the HELLO is good for this connection alone, and only while its clock is near ours. */
function isProven(
  { mac, timestamp }: Hello,
  enrolment: string,
  bind: Uint8Array,
  nowMs: number,
  api: Api,
): boolean {
  const key = api.state.enrolments.clientKey(enrolment, api.challengeKeys.enrolment)
  if (mac === undefined || key === undefined || !isFresh(timestamp, nowMs)) return false
  const tag = stampMac(key, { nonce: NO_NONCE, timestamp, bind })
  return isSameMac(tag, fromBase64Url(mac.tag) ?? NO_NONCE)
}

function askingOf(
  hello: Hello,
  user: string | null,
  connection: GateConnection,
  policy: SshPolicy,
  api: Api,
): Asking {
  const { kinds, interactive, consent } = hello
  const { enrolments } = api.state
  const device = consent !== 'refused' && (interactive || consent === 'given')
  if (user === null) return { kinds, interactive, enrolled: undefined, locked: false, device }
  const { enrolment: key } = api.challengeKeys
  const client = clientName(connection.clientAddress, api)
  return {
    kinds,
    interactive,
    enrolled: {
      question: enrolments.questions(user, key, policy.questions.directory).length > 0,
      totp: enrolments.has(`totp/${user}`),
    },
    locked: isLocked({ user, client }, policy, api),
    device,
  }
}
