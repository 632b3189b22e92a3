import { type AttackPattern } from '../../schemas/generated/records.ts'

/** Patterns kept; the site fold knows 4,096 pairs of traits at most. */
const MOST = 8_192

/** Attack patterns as the processors tell them, the newest of each. */
export class PatternTable {
  readonly #patterns = new Map<string, AttackPattern>()

  get size(): number {
    return this.#patterns.size
  }

  /** False when there is no room. */
  apply(pattern: AttackPattern): boolean {
    const known = this.#patterns.has(pattern.patternId)
    if (!known && this.#patterns.size >= MOST) return false
    this.#patterns.set(pattern.patternId, pattern)
    return true
  }

  remove(patternId: string): void {
    this.#patterns.delete(patternId)
  }

  /** Those that most clients showed first. */
  list(most: number): readonly AttackPattern[] {
    return [...this.#patterns.values()]
      .sort((a, b) => b.clients - a.clients || b.lastSeen - a.lastSeen)
      .slice(0, most)
  }
}
