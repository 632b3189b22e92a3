import { type Cidr } from '../lists/cidr.ts'

/** Where the bits of a prefix end in its 16 bytes. */
function endOf({ family, prefix }: Cidr): number {
  return family === 4 ? prefix + 96 : prefix
}

/** True when all of `inner` lies in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family) return false
  const end = endOf(outer)
  if (end > endOf(inner)) return false
  for (let bit = 0; bit < end; bit += 8) {
    const mask = end - bit >= 8 ? 0xff : (0xff00 >> (end - bit)) & 0xff
    const [a, b] = [outer.address[bit / 8] ?? 0, inner.address[bit / 8] ?? 0]
    if (((a ^ b) & mask) !== 0) return false
  }
  return true
}

/** What is left of a prefix without these: the fewest prefixes that cover it. */
export function without(cidr: Cidr, excluded: readonly Cidr[]): readonly Cidr[] {
  if (excluded.some((one) => contains(one, cidr))) return []
  const inside = excluded.filter((one) => contains(cidr, one))
  if (inside.length === 0) return [cidr]
  return halves(cidr).flatMap((half) => without(half, inside))
}

function halves(cidr: Cidr): readonly Cidr[] {
  const bit = endOf(cidr)
  const upper = Uint8Array.from(cidr.address)
  const at = bit >> 3
  upper[at] = (upper[at] ?? 0) | (0x80 >> (bit & 7))
  const prefix = cidr.prefix + 1
  return [
    { ...cidr, prefix },
    { ...cidr, prefix, address: upper },
  ]
}

/** IPv4 first, then by address, wider ones first. */
export function compareCidrs(a: Cidr, b: Cidr): number {
  return a.family - b.family || Buffer.compare(a.address, b.address) || a.prefix - b.prefix
}
