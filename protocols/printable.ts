/**
 * Text of wire bytes fit for a record, a log or a header: printable ASCII as it is, every other byte
 * as `\xhh`. Looks at the first `limit` bytes only.
 */
export function printable(bytes: Uint8Array, limit = 4096): string {
  const length = Math.min(bytes.length, limit)
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

/** One character per byte (ISO 8859-1): text that still holds every byte. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** `printable` for text that holds one byte per character. */
export function printableText(text: string, limit = 16_384): string {
  return PRINTABLE.test(text) ? text.slice(0, limit) : printable(Buffer.from(text, 'latin1'), limit)
}

const PRINTABLE = /^[ -~]*$/
