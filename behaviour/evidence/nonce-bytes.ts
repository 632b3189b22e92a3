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
  let distinct = 0
  seen.fill(0)
  for (const byte of nonce) {
    if (byte >= 0x20 && byte <= 0x7e) printable += 1
    if (byte === 0) zeros += 1
    if (seen[byte] === 0) distinct += 1
    seen[byte] = 1
  }
  const chances = chancesFor(nonce.length)
  return [
    {
      p: chances.printable[printable] ?? 1,
      value: printable,
      text: 'bytes that should be random are text',
    },
    {
      p: chances.zeros[zeros] ?? 1,
      value: zeros,
      text: 'bytes that should be random are mostly zero',
    },
    {
      p: chances.distinct[distinct] ?? 1,
      value: distinct,
      text: 'bytes that should be random repeat one another',
    },
  ]
}

const seen = new Uint8Array(256)

/** p-values of each possible count among n bytes. */
interface Chances {
  readonly printable: readonly number[]
  readonly zeros: readonly number[]
  readonly distinct: readonly number[]
}

/** Nonces have 16 or 32 bytes; other lengths are computed anew, so that nothing grows. */
const REMEMBERED: ReadonlyMap<number, Chances> = new Map(
  [16, 32].map((n) => [n, computeChances(n)]),
)

function chancesFor(n: number): Chances {
  return REMEMBERED.get(n) ?? computeChances(n)
}

function computeChances(n: number): Chances {
  const counts = Array.from({ length: n + 1 }, (_, i) => i)
  return {
    printable: counts.map((k) => binomialUpperTail(k, n, 95 / 256)),
    zeros: counts.map((k) => binomialUpperTail(k, n, 1 / 256)),
    distinct: fewDistinct(n),
  }
}

/** P(at most d different values among n uniform bytes) for d = 0..n, exact by dynamic programming. */
function fewDistinct(n: number): readonly number[] {
  let chances = [1]
  for (let drawn = 0; drawn < n; drawn += 1) {
    const next = new Array<number>(drawn + 2).fill(0)
    chances.forEach((chance, d) => {
      next[d] = (next[d] ?? 0) + (chance * d) / 256
      next[d + 1] = (next[d + 1] ?? 0) + (chance * (256 - d)) / 256
    })
    chances = next
  }
  let sum = 0
  return chances.map((chance) => (sum += chance))
}
