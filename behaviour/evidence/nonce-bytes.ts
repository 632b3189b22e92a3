import { binomialUpperTail } from '../../lib/statistics/binomial-tail.ts'
import { natsOfP } from '../../lib/statistics/p-to-nats.ts'
import { type Evidence } from './evidence.ts'

const CLIP = 4.7
/** Tests on one value, for Bonferroni's correction. */
const TESTS = 3
/** Below this corrected p a value is worth a word; one in 100,000 good clients has it per handshake. */
const REMARKABLE = 1e-5

interface NonceTest {
  readonly p: number
  readonly text: string
  readonly value: number
}

/**
 * Gross format errors of one client random (32 bytes) or KEXINIT cookie (16 bytes): printable bytes,
 * zero bytes, distinct bytes (behaviour-models 5.2, tests P, Z and B'; n = 1). Nats in [0, 4.7] from
 * the smallest p-value. Nothing finer can be seen in a single value.
 */
export function nonceBytes(
  feature: 't_rand_bytes' | 's_cookie_bytes',
  nonce: Uint8Array,
): readonly Evidence[] {
  if (nonce.length < 16) return []
  const worst = testsOf(nonce).reduce((a, b) => (b.p < a.p ? b : a))
  const p = Math.min(1, worst.p * TESTS)
  if (p > REMARKABLE) return []
  return [
    {
      feature,
      family: 'randomness',
      nats: natsOfP(p, CLIP),
      value: worst.value,
      unit: 'bytes',
      baseline: null,
      oneIn: Math.round(1 / p),
      text: worst.text,
    },
  ]
}

function testsOf(nonce: Uint8Array): readonly [NonceTest, ...NonceTest[]] {
  let printable = 0
  let zeros = 0
  const seen = new Set<number>()
  for (const byte of nonce) {
    if (byte >= 0x20 && byte <= 0x7e) printable += 1
    if (byte === 0) zeros += 1
    seen.add(byte)
  }
  const n = nonce.length
  return [
    {
      p: binomialUpperTail(printable, n, 95 / 256),
      value: printable,
      text: 'bytes that should be random are text',
    },
    {
      p: binomialUpperTail(zeros, n, 1 / 256),
      value: zeros,
      text: 'bytes that should be random are mostly zero',
    },
    {
      p: fewDistinct(seen.size, n),
      value: seen.size,
      text: 'bytes that should be random repeat one another',
    },
  ]
}

/** P(at most `distinct` different values among n uniform bytes), exact by dynamic programming. */
function fewDistinct(distinct: number, n: number): number {
  let chances = [1]
  for (let drawn = 0; drawn < n; drawn += 1) {
    const next = new Array<number>(drawn + 2).fill(0)
    chances.forEach((chance, d) => {
      next[d] = (next[d] ?? 0) + (chance * d) / 256
      next[d + 1] = (next[d + 1] ?? 0) + (chance * (256 - d)) / 256
    })
    chances = next
  }
  return chances.slice(0, distinct + 1).reduce((sum, chance) => sum + chance, 0)
}
