/**
 * Murmur2 as Kafka's default partitioner computes it (32 bit, seed 0x9747b28c), so that a key has
 * the same partition in the embedded log, in kafkajs and in the Java clients.
 */
export function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995
  const length = data.length
  let h = 0x9747b28c ^ length
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k =
      (data[i] ?? 0) |
      ((data[i + 1] ?? 0) << 8) |
      ((data[i + 2] ?? 0) << 16) |
      ((data[i + 3] ?? 0) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const tail = length - whole
  if (tail === 3) h ^= (data[whole + 2] ?? 0) << 16
  if (tail >= 2) h ^= (data[whole + 1] ?? 0) << 8
  if (tail >= 1) h = Math.imul(h ^ (data[whole] ?? 0), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

const utf8 = new TextEncoder()

/** The partition of a key among `partitions`, as Kafka's default partitioner chooses it. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(utf8.encode(key)) & 0x7fffffff) % partitions
}
