/** The client's identification string, as far as it has come. */
export type ClientIdentification =
  | { readonly kind: 'incomplete' }
  | {
      readonly kind: 'identified'
      /** Without its line end; a view. What a client signs (V_C) is this. */
      readonly text: Uint8Array
      /** Bytes of the line with its line end: they go upstream as they came. */
      readonly next: number
    }
  | { readonly kind: 'refused'; readonly code: 'not-ssh' | 'version-1' | 'identification-too-long' }

const LF = 0x0a
const CR = 0x0d
const PREFIX = Uint8Array.from('SSH-', (character) => character.charCodeAt(0))
const VERSIONS = ['SSH-2.0-', 'SSH-1.99-']
/** RFC 4253 section 4.2, CR LF included. */
const LONGEST = 255

/**
 * Reads the line a client must begin with (RFC 4253 section 4.2). Stricter than the reader of a tap: a client
 * may send no lines before it, and bytes that cannot become one are refused at once.
 *
 *     "SSH-2.0-" softwareversion [SP comments] CR LF   // CR may be missing
 */
export function readClientIdentification(bytes: Uint8Array): ClientIdentification {
  for (let at = 0; at < Math.min(PREFIX.length, bytes.length); at += 1) {
    if (bytes[at] !== PREFIX[at]) return { kind: 'refused', code: 'not-ssh' }
  }
  const end = bytes.subarray(0, LONGEST).indexOf(LF)
  if (end < 0) {
    return bytes.length < LONGEST
      ? { kind: 'incomplete' }
      : { kind: 'refused', code: 'identification-too-long' }
  }
  const text = bytes.subarray(0, bytes[end - 1] === CR ? end - 1 : end)
  const said = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1')
  if (said.startsWith('SSH-1.') && !said.startsWith('SSH-1.99-')) {
    return { kind: 'refused', code: 'version-1' }
  }
  if (!VERSIONS.some((version) => said.startsWith(version))) {
    return { kind: 'refused', code: 'not-ssh' }
  }
  return { kind: 'identified', text, next: end + 1 }
}
