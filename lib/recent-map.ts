/**
 * A map of what was put or asked for lately: between `capacity` and twice as many entries. When a
 * generation is full the one before it is forgotten, so that a flood of made-up keys costs their
 * making and nothing grows.
 */
export class RecentMap<K, V> {
  readonly #capacity: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: K): V | undefined {
    const recent = this.#young.get(key)
    if (recent !== undefined) return recent
    const earlier = this.#old.get(key)
    if (earlier !== undefined) this.set(key, earlier)
    return earlier
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
