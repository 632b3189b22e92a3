import { fromBase64Url, toBase64Url } from '../../protocols/challenge/base64url.ts'
import { type ChallengeAnswer } from '../../protocols/challenge/messages.ts'
import { unseal } from '../../protocols/challenge/seal.ts'
import { type ConnectionState } from '../challenges/connection-token.ts'
import { deviceText, textDigest } from '../challenges/device-text.ts'
import { type AnswerVerdict } from '../challenges/sequence.ts'
import { keyedName, sealEnrolment } from '../enrolments/enrolment.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type Api } from './api.ts'
import { OWN_WORD } from './challenge-memory.ts'
import { controlRecord } from './control-record.ts'

const DAY_MS = 86_400_000

export interface DeviceAnswer {
  readonly verdict: AnswerVerdict
  readonly known: boolean
  /** Under this name the device is kept. */
  readonly name: string
  readonly consentedAtMs: number
}

/**
 * Looks a told device up. Without consent to the very text that was shown, or with an answer that cannot be opened,
 * it counts as declined: the user loses nothing.
 */
export function deviceAnswer(
  state: ConnectionState,
  answers: readonly ChallengeAnswer[],
  policy: SshPolicy,
  api: Api,
): DeviceAnswer | undefined {
  const answer = answers.find((one) => one.kind === 'device')
  if (answer?.consent.textDigest !== textDigest(deviceText(policy))) {
    return undefined
  }
  const place = {
    purpose: 'device',
    bind: Buffer.from(state.bind, 'base64url'),
    nonce: Buffer.from(state.nonce, 'base64url'),
  } as const
  const sealed = fromBase64Url(answer.sealed)
  const told = sealed === undefined ? undefined : unseal(api.challengeKeys.seal, place, sealed)
  if (told === undefined || told.length < 16) return undefined
  const { enrolment: key } = api.challengeKeys
  const name = keyedName(key, 'device', toBase64Url(told))
  const found = api.state.enrolments.find(deviceId(state.user, name), key)
  const known = found?.kind === 'device' && api.now() - found.seenAtMs < policy.device.days * DAY_MS
  return { verdict: 'right', known, name, consentedAtMs: answer.consent.givenAt }
}

/**
 * Remembers a device when the login it came with succeeded: solving a challenge alone makes none known. Until
 * then it waits under the id of its decision.
 */
export function keepDevice(
  state: ConnectionState,
  device: DeviceAnswer,
  policy: SshPolicy,
  api: Api,
): void {
  const id = `${deviceId(state.user, device.name)}/${state.decisionId}`
  const text = deviceText(policy)
  put(id, device.consentedAtMs, textDigest(text), api)
  const consent = `device/${state.user ?? device.name}`
  const body = JSON.stringify({ text, givenAtMs: device.consentedAtMs })
  const record = controlRecord('consent', consent, body, false, OWN_WORD, api)
  api.state.applyControl(record)
  api.put('Control', () => ({ type: 'Control', record }))
}

/** A login succeeded: the device that came with this decision is known from now on. */
export function confirmDevice(decisionId: string, api: Api): void {
  const { enrolments } = api.state
  const waiting = enrolments.ofDecision(decisionId)
  const found =
    waiting === undefined ? undefined : enrolments.find(waiting, api.challengeKeys.enrolment)
  if (waiting === undefined || found?.kind !== 'device') return
  put(waiting.slice(0, -decisionId.length - 1), found.consentedAtMs, found.textDigest, api)
  enrolments.removeEnrolment(waiting)
  void api.tombstone('control', [`enrolment/${waiting}`])
}

function put(id: string, consentedAtMs: number, digest: string, api: Api): void {
  const device = { kind: 'device', textDigest: digest, consentedAtMs, seenAtMs: api.now() } as const
  const body = sealEnrolment(device, id, api.challengeKeys.enrolment, api.freshId())
  const record = controlRecord('enrolment', id, body, false, OWN_WORD, api)
  api.state.applyControl(record)
  api.put('Control', () => ({ type: 'Control', record }))
}

function deviceId(user: string | null, name: string): string {
  return `device/${user ?? '-'}/${name}`
}
