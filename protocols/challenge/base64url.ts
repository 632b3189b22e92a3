const ALPHABET = /^[A-Za-z0-9_-]*$/

/** Bytes as base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

/** The bytes of canonical, unpadded base64url, or undefined: one value has one spelling. */
export function fromBase64Url(text: string): Buffer | undefined {
  if (!ALPHABET.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** Characters that `bytes` bytes take. */
export function base64UrlLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3)
}
