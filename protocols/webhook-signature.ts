import { createHmac } from 'node:crypto'

/**
 * Header that proves who sent a body, and when: `t=SECONDS,v1=HEX` with HEX = HMAC-SHA256(key, SECONDS "." body). A
 * receiver makes it again over the bytes it got, compares in constant time, and refuses what is older than minutes.
 */
export function webhookSignature(key: Uint8Array, seconds: number, body: string): string {
  const mac = createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}
