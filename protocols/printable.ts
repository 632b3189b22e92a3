/**
 * Text of wire bytes fit for a record, a log or a header: printable ASCII as it is, every other byte
 * as `\xhh`. Looks at the first `limit` bytes only.
 */
export function printable(bytes: Uint8Array, limit = 4096): string {
  const length = Math.min(bytes.length, limit)
  const plain = plainText(bytes, length)
  if (plain !== undefined) return plain
  let text = ''
  for (let i = 0; i < length; i += 1) {
    const byte = bytes[i] ?? 0
    text +=
      byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return text
}

/** The usual case, without a string per byte. */
function plainText(bytes: Uint8Array, length: number): string | undefined {
  for (let i = 0; i < length; i += 1) {
    const byte = bytes[i] ?? 0
    if (byte < 0x20 || byte >= 0x7f) return undefined
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1')
}

/** One character per byte (ISO 8859-1): text that still holds every byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** `printable` for text that holds one byte per character. */
export function printableText(text: string, limit = 16_384): string {
  return PRINTABLE.test(text) ? text.slice(0, limit) : printable(Buffer.from(text, 'latin1'), limit)
}

const PRINTABLE = /^[ -~]*$/
