import { fromBase64Url } from '../../../protocols/challenge/base64url.ts'

/** What a client was given when it was enrolled. `key` is 32 bytes, secret. */
export interface Enrolment {
  readonly id: string
  readonly key: Uint8Array
}

/** The enrolment for a gate: lines of `[host]:port id key`, the key in base64url. The first that fits counts. */
export function findEnrolment(file: string, name: string): Enrolment | undefined {
  for (const line of file.split('\n')) {
    const [pinnedName, id = '', text = ''] = line.trim().split(/[ \t]+/)
    const key = pinnedName === name ? fromBase64Url(text) : undefined
    if (key?.length === 32 && /^[A-Za-z0-9_.:@-]{1,64}$/.test(id)) return { id, key }
  }
  return undefined
}
