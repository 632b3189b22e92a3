import { createHmac } from 'node:crypto'
import { isSameMac } from '../../protocols/challenge/stamp-mac.ts'

export interface TotpTerms {
  readonly algorithm: 'sha1' | 'sha256' | 'sha512'
  readonly digits: 6 | 7 | 8
  /** Seconds of a step. */
  readonly period: number
}

/** What authenticator programs take for granted. */
export const USUAL_TOTP: TotpTerms = { algorithm: 'sha1', digits: 6, period: 30 }

/** Steps that the clocks of phone and server may be apart (RFC 6238 section 5.2). */
const DRIFT = 1

/** The code of a step (RFC 4226 section 5.3, RFC 6238 section 4). */
export function totpCode(secret: Uint8Array, step: number, terms = USUAL_TOTP): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac(terms.algorithm, secret).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0x0f
  const number = mac.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** terms.digits).padStart(terms.digits, '0')
}

/**
 * The step whose code was given, undefined when it is none that is good now. A code is good once: steps up to
 * `lastStep` are spent. All candidates are computed and compared in the same time whichever fits.
 */
export function totpStep(
  secret: Uint8Array,
  given: string,
  nowMs: number,
  lastStep: number,
  terms = USUAL_TOTP,
): number | undefined {
  const now = Math.floor(nowMs / 1_000 / terms.period)
  const told = Buffer.from(given.replace(/[\s-]/g, '').slice(0, 16))
  let found: number | undefined
  for (let step = now - DRIFT; step <= now + DRIFT; step += 1) {
    const code = Buffer.from(totpCode(secret, Math.max(0, step), terms))
    const same = isSameMac(code, told)
    if (same && step > lastStep) found = step
  }
  return found
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Bytes as base32 without padding (RFC 4648 section 6), as authenticator programs want secrets. */
export function toBase32(bytes: Uint8Array): string {
  let [out, bits, value] = ['', 0, 0]
  for (const byte of bytes) {
    value = (value << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) out += BASE32[(value >> (bits - 5)) & 31] ?? ''
    value &= (1 << bits) - 1
  }
  return bits > 0 ? out + (BASE32[(value << (5 - bits)) & 31] ?? '') : out
}

/** Bytes of base32 text; spaces, padding and small letters are let pass. Undefined for anything else. */
export function fromBase32(text: string): Buffer | undefined {
  const plain = text.replace(/[\s=-]/g, '').toUpperCase()
  const out: number[] = []
  let [bits, value] = [0, 0]
  for (const letter of plain) {
    const five = BASE32.indexOf(letter)
    if (five < 0) return undefined
    value = (value << 5) | five
    bits += 5
    if (bits >= 8) {
      bits -= 8
      out.push((value >> bits) & 0xff)
      value &= (1 << bits) - 1
    }
  }
  return Buffer.from(out)
}

/** What a QR code holds (the key URI format of authenticator programs). */
export function otpauthUri(secret: Uint8Array, user: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(user)}`
  return `otpauth://totp/${label}?secret=${toBase32(secret)}&issuer=${encodeURIComponent(issuer)}`
}
