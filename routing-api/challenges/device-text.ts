import { createHash, createHmac } from 'node:crypto'
import { toBase64Url } from '../../protocols/challenge/base64url.ts'
import { type ChallengeStep } from '../../protocols/challenge/messages.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'

type DeviceStep = Extract<ChallengeStep, { kind: 'device' }>

/** What the user agrees to: read before anything is collected, and kept with the time of the consent. */
export function deviceText({ device }: SshPolicy): string {
  return [
    `To recognise this device, ${device.controller} asks for a fingerprint of it, made of: ${device.fields.join(', ')}.`,
    'It is hashed on your machine with a value of this server alone and sent sealed; the facts themselves are not sent.',
    `It is kept for ${device.days} days after it was last seen, used only to make logins from known devices easier,`,
    'and deleted when you ask whoever runs this server. Refusing costs you nothing but that.',
  ].join('\n')
}

/** SHA-256 of the text, as a consent names it. */
export function textDigest(text: string): string {
  return toBase64Url(createHash('sha256').update(text).digest())
}

/** The step that asks for a device, with the salt of this installation. */
export function deviceStep(policy: SshPolicy, key: Uint8Array): DeviceStep {
  const salt = createHmac('sha256', key).update('device-salt').digest()
  const { fields } = policy.device
  return { kind: 'device', salt: toBase64Url(salt), fields, text: deviceText(policy) }
}
