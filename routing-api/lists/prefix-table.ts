import { isIpv4 } from '../../lib/client-entity.ts'
import { type Cidr } from './cidr.ts'

/**
 * Longest-prefix match over IPv4 and IPv6. One hash table per prefix length that is in use: a look-up
 * costs one probe per length (a real list has a handful; at most 33 and 129), whatever the number of
 * entries, and an entry comes or goes in one step.
 */
export class PrefixTable<T> {
  readonly #v4 = new Map<number, Map<number, T>>()
  readonly #v6 = new Map<number, Map<string, T>>()
  #v4Lengths: readonly number[] = []
  #v6Lengths: readonly number[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  set(cidr: Cidr, value: T): void {
    if (this.get(cidr) === undefined) this.#size += 1
    if (cidr.family === 4) level(this.#v4, cidr.prefix).set(v4Key(cidr.address, cidr.prefix), value)
    else level(this.#v6, cidr.prefix).set(v6Key(cidr.address, cidr.prefix), value)
    this.#sortLengths()
  }

  /** The entry of exactly this prefix. */
  get(cidr: Cidr): T | undefined {
    return cidr.family === 4
      ? this.#v4.get(cidr.prefix)?.get(v4Key(cidr.address, cidr.prefix))
      : this.#v6.get(cidr.prefix)?.get(v6Key(cidr.address, cidr.prefix))
  }

  delete(cidr: Cidr): boolean {
    const gone =
      cidr.family === 4
        ? remove(this.#v4, cidr.prefix, v4Key(cidr.address, cidr.prefix))
        : remove(this.#v6, cidr.prefix, v6Key(cidr.address, cidr.prefix))
    if (gone) this.#size -= 1
    this.#sortLengths()
    return gone
  }

  /** The longest prefix that holds a 16-byte address and whose entry is admitted. */
  find(address: Uint8Array, admits: (value: T) => boolean = () => true): T | undefined {
    return isIpv4(address) ? this.#find4(address, admits) : this.#find6(address, admits)
  }

  *values(): Generator<T> {
    for (const entries of this.#v4.values()) yield* entries.values()
    for (const entries of this.#v6.values()) yield* entries.values()
  }

  #find4(address: Uint8Array, admits: (value: T) => boolean): T | undefined {
    for (const length of this.#v4Lengths) {
      const value = this.#v4.get(length)?.get(v4Key(address, length))
      if (value !== undefined && admits(value)) return value
    }
    return undefined
  }

  #find6(address: Uint8Array, admits: (value: T) => boolean): T | undefined {
    for (const length of this.#v6Lengths) {
      const value = this.#v6.get(length)?.get(v6Key(address, length))
      if (value !== undefined && admits(value)) return value
    }
    return undefined
  }

  #sortLengths(): void {
    if (this.#v4Lengths.length !== this.#v4.size) this.#v4Lengths = longestFirst(this.#v4)
    if (this.#v6Lengths.length !== this.#v6.size) this.#v6Lengths = longestFirst(this.#v6)
  }
}

function longestFirst(levels: ReadonlyMap<number, unknown>): readonly number[] {
  return [...levels.keys()].sort((a, b) => b - a)
}

function level<K, T>(levels: Map<number, Map<K, T>>, length: number): Map<K, T> {
  const known = levels.get(length)
  if (known !== undefined) return known
  const made = new Map<K, T>()
  levels.set(length, made)
  return made
}

function remove<K, T>(levels: Map<number, Map<K, T>>, length: number, key: K): boolean {
  const entries = levels.get(length)
  const gone = entries?.delete(key) ?? false
  if (entries?.size === 0) levels.delete(length)
  return gone
}

function v4Key(address: Uint8Array, prefix: number): number {
  if (prefix === 0) return 0
  const value =
    ((address[12] ?? 0) << 24) |
    ((address[13] ?? 0) << 16) |
    ((address[14] ?? 0) << 8) |
    (address[15] ?? 0)
  return (value & (-1 << (32 - prefix))) >>> 0
}

/** Eight UTF-16 units, one per group: a string is the cheapest 128-bit key there is. */
function v6Key(address: Uint8Array, prefix: number): string {
  return String.fromCharCode(
    group(address, 0, prefix),
    group(address, 1, prefix),
    group(address, 2, prefix),
    group(address, 3, prefix),
    group(address, 4, prefix),
    group(address, 5, prefix),
    group(address, 6, prefix),
    group(address, 7, prefix),
  )
}

function group(address: Uint8Array, at: number, prefix: number): number {
  const keep = Math.min(16, Math.max(0, prefix - 16 * at))
  const value = ((address[2 * at] ?? 0) << 8) | (address[2 * at + 1] ?? 0)
  return value & (0xffff0000 >> keep) & 0xffff
}
