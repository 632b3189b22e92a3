import { isAead } from './negotiation.ts'

/**
 * Bytes on the wire of one encrypted packet with `payload` bytes (RFC 4253 section 6): padded to the
 * cipher's block by at least 4 bytes; AEAD ciphers and encrypt-then-MAC leave the length field out of
 * the padding. Undefined for algorithms whose sizes are not known here.
 */
export function sealedSize(cipher: string, mac: string, payload: number): number | undefined {
  const block = blockOf(cipher)
  const tag = isAead(cipher) ? 16 : macSize(mac)
  if (block === undefined || tag === undefined) return undefined
  const lengthApart = isAead(cipher) || mac.includes('-etm@')
  const padded = (lengthApart ? 0 : 4) + 1 + payload + 4
  const body = Math.ceil(padded / block) * block
  return (lengthApart ? 4 : 0) + body + tag
}

function blockOf(cipher: string): number | undefined {
  if (cipher.startsWith('chacha20-poly1305')) return 8
  if (cipher.startsWith('aes') || cipher.startsWith('rijndael')) return 16
  if (cipher.startsWith('3des') || cipher.startsWith('blowfish') || cipher.startsWith('cast128')) {
    return 8
  }
  return cipher.startsWith('arcfour') ? 8 : undefined
}

function macSize(mac: string): number | undefined {
  if (mac.includes('-96')) return 12
  if (mac.startsWith('hmac-sha2-512')) return 64
  if (mac.startsWith('hmac-sha2-256')) return 32
  if (mac.startsWith('hmac-sha1') || mac.startsWith('hmac-ripemd160')) return 20
  if (mac.startsWith('hmac-md5') || mac.startsWith('umac-128')) return 16
  return mac.startsWith('umac-64') ? 8 : undefined
}
