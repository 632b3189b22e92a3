import { type ServerFacts } from './server-view.ts'

/** Servers that are weighed for one client; more would cost time and tell no more. */
export const MOST_WEIGHED = 64

/**
 * The servers that are weighed for one client: all of a small pool, else those next on the ring of
 * hashes from where the client stands. A server that comes or goes changes the neighbours of few.
 * `ring` is sorted by hash.
 */
export function neighbours(ring: readonly ServerFacts[], client: number): readonly ServerFacts[] {
  if (ring.length <= MOST_WEIGHED) return ring
  let [low, high] = [0, ring.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ring[middle]?.hash ?? 0) < client) low = middle + 1
    else high = middle
  }
  const end = low + MOST_WEIGHED
  const first = ring.slice(low, end)
  return end <= ring.length ? first : [...first, ...ring.slice(0, end - ring.length)]
}
