/** What a key did; `echo` is what a terminal would show of it. */
export type Pressed =
  | { readonly kind: 'more'; readonly echo: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'given-up' }

/** Characters of an answer; the rest of a paste is not kept. */
const LONGEST_LINE = 1_000

/** A line as it is typed, with the editing keys of a terminal in its usual mode. */
export class EditedLine {
  #characters: string[] = []

  get text(): string {
    return this.#characters.join('')
  }

  press(key: string): Pressed {
    switch (key) {
      case '\r':
      case '\n':
        return { kind: 'done' }
      case '\u0003':
        return { kind: 'given-up' }
      case '\u0004':
        return this.#characters.length === 0 ? { kind: 'given-up' } : { kind: 'done' }
      case '\u007f':
      case '\b':
        return { kind: 'more', echo: this.#characters.pop() === undefined ? '' : '\b \b' }
      case '\u0015': {
        const echo = '\b \b'.repeat(this.#characters.length)
        this.#characters = []
        return { kind: 'more', echo }
      }
      default:
        if (key < ' ' || this.#characters.length >= LONGEST_LINE) return { kind: 'more', echo: '' }
        this.#characters.push(key)
        return { kind: 'more', echo: key }
    }
  }
}
