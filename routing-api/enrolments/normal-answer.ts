const LONGEST = 256

/**
 * An answer as it is hashed: people write `St. Mary's`, `st marys ` and `ST MARY S`. Compatibility forms and case
 * are folded (Unicode NFKC), marks of accents dropped, everything but letters and digits left out.
 */
export function normalAnswer(text: string): string {
  return text
    .slice(0, LONGEST)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
}
