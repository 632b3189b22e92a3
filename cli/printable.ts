/** Text from the wire for a terminal: whatever is not printable ASCII or a letter becomes \xhh. */
export function printable(text: string): string {
  let shown = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const plain =
      (code >= 0x20 && code < 0x7f) || (code > 0x9f && /[\p{L}\p{N}\p{P}\p{S}]/u.test(character))
    shown += plain ? character : `\\x${code.toString(16).padStart(2, '0')}`
  }
  return shown
}
