import { createHash } from 'node:crypto'

/** Bytes that look random and are always the same: SHA-256 of a word. */
export function fixed(word: string): Buffer {
  return createHash('sha256').update(`test vector: ${word}`).digest()
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
