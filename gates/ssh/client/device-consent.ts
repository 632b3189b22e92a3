import { createHash, createHmac } from 'node:crypto'
import { toBase64Url } from '../../../protocols/challenge/base64url.ts'
import { labelled } from '../../../protocols/challenge/labelled.ts'

/** What the user said about a gate's device fingerprint, to the text with this digest. */
export interface Consent {
  readonly answer: 'given' | 'refused'
  /** Milliseconds since 1970. */
  readonly at: number
  readonly textDigest: string
}

/** SHA-256 of the text that was agreed to, base64url. */
export function consentTextDigest(text: string): string {
  return toBase64Url(createHash('sha256').update(text).digest())
}

/** The latest answer for a gate: lines of `[host]:port given|refused TIME DIGEST`. */
export function findConsent(file: string, name: string): Consent | undefined {
  let latest: Consent | undefined
  for (const line of file.split('\n')) {
    const [pinnedName, answer, time = '', textDigest = ''] = line.trim().split(/[ \t]+/)
    if (pinnedName !== name || (answer !== 'given' && answer !== 'refused')) continue
    const at = Date.parse(time)
    if (!Number.isNaN(at)) latest = { answer, at, textDigest }
  }
  return latest
}

export function consentLine(name: string, { answer, at, textDigest }: Consent): string {
  return `${name} ${answer} ${new Date(at).toISOString()} ${textDigest}\n`
}

/**
 * The fingerprint: HMAC-SHA256 of the listed fields with this server's salt, so that no value leaves the machine and two
 * servers cannot compare. `values` are in the order of `fields`; what is not to be had is empty.
 */
export function deviceDigest(
  salt: Uint8Array,
  fields: readonly string[],
  values: Readonly<Record<string, string>>,
): Buffer {
  const parts = fields.flatMap((field) => [field, values[field] ?? ''])
  return createHmac('sha256', salt)
    .update(labelled('device', ...parts.map((part) => Buffer.from(part))))
    .digest()
}
