import { describe, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import {
  batteryWords,
  judgeNonces,
  observeNonce,
  type NonceVerdict,
} from '../../../behaviour/models/nonce-battery.ts'
import { lnKtBernoulli, lnKtUniform } from '../../../behaviour/models/kt-e-value.ts'
import { lnStuckBits } from '../../../behaviour/models/stuck-bits.ts'
import { lnChoose, lnGamma } from '../../../lib/statistics/ln-gamma.ts'

const AT_S = 1_795_600_000
const MILLION = Math.log(1e6)

/** Good bytes, the same in every run. */
function good(seed: string, i: number, bytes = 32): Buffer {
  return createHash('sha256').update(`${seed} ${i}`).digest().subarray(0, bytes)
}

/** The verdict after each of `n` values, or the last of it. */
function after(n: number, nonce: (i: number) => Uint8Array, bytes: 16 | 32 = 32): NonceVerdict {
  const state = new Uint32Array(batteryWords(bytes))
  for (let i = 0; i < n; i += 1) observeNonce(state, nonce(i), AT_S)
  const verdict = judgeNonces(state, bytes)
  if (verdict === undefined) throw new Error('nothing was observed')
  return verdict
}

test('ln Γ is exact where it is known', () => {
  expect(lnGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 9)
  expect(lnGamma(5)).toBeCloseTo(Math.log(24), 9)
  expect(lnGamma(101)).toBeCloseTo(363.73937555556347, 8)
  expect(lnChoose(5, 2)).toBeCloseTo(Math.log(10), 9)
  expect(lnChoose(2, 5)).toBe(-Infinity)
})

describe('e-values', () => {
  test('are 1 before anything was seen', () => {
    expect(lnKtBernoulli(0, 0, 0.5)).toBeCloseTo(0, 9)
    expect(lnKtUniform([0, 0, 0, 0])).toBeCloseTo(0, 9)
    expect(lnStuckBits(256, 256, 1)).toBe(0)
  })

  test('have expectation 1 under the null', () => {
    let sum = 0
    for (let k = 0; k <= 20; k += 1) {
      sum += Math.exp(
        lnKtBernoulli(k, 20, 0.3) + lnChoose(20, k) + k * Math.log(0.3) + (20 - k) * Math.log(0.7),
      )
    }
    expect(sum).toBeCloseTo(1, 9)
  })

  test('of stuck bits have expectation at most 1 under the null', () => {
    let sum = 0
    for (let k = 0; k <= 64; k += 1) {
      sum += Math.exp(
        lnStuckBits(k, 64, 3) + lnChoose(64, k) + k * Math.log(0.25) + (64 - k) * Math.log(0.75),
      )
    }
    expect(sum).toBeCloseTo(1, 9)
  })
})

describe('the battery', () => {
  test('never speaks against 2,000 good clients, whenever it looks', () => {
    let loudest = 0
    for (let client = 0; client < 2_000; client += 1) {
      const state = new Uint32Array(batteryWords(32))
      for (let i = 0; i < 12; i += 1) {
        observeNonce(state, good(`client ${client}`, i), AT_S)
        loudest = Math.max(loudest, judgeNonces(state, 32)?.lnE ?? 0)
      }
    }
    // Ville: one in 10,000 may reach 9.2.
    expect(loudest).toBeLessThan(9.2)
  })

  test.each([
    [
      'text',
      1,
      'text',
      (i: number) =>
        Buffer.from(good('t', i).toString('base64').slice(0, 32).replace(/[+/=]/g, 'a')),
    ],
    [
      'a slow counter',
      3,
      'flips',
      (i: number) => {
        const nonce = Buffer.alloc(32, good('c', 0))
        for (let at = 0; at < 32; at += 4) nonce.writeInt32BE((nonce.readInt32BE(at) + i) | 0, at)
        return nonce
      },
    ],
    [
      'half zero padding',
      2,
      'zeros',
      (i: number) => Buffer.concat([good('z', i, 16), Buffer.alloc(16)]),
    ],
    [
      '31-bit words',
      10,
      'stuck-bits',
      (i: number) => {
        const nonce = Buffer.from(good('r', i))
        for (let at = 0; at < 32; at += 4) nonce[at] = (nonce[at] ?? 0) & 0x7f
        return nonce
      },
    ],
    [
      'bytes of 7 bits',
      4,
      'text',
      (i: number) => Buffer.from(good('7', i).map((byte) => byte & 0x7f)),
    ],
  ] as const)('calls %s broken at one in a million by value %i', (_name, n, worst, nonce) => {
    const verdict = after(n, nonce)
    expect(verdict.worst).toBe(worst)
    expect(verdict.lnE).toBeGreaterThan(MILLION)
  })

  test('sees the same in cookies of 16 bytes', () => {
    const text = (i: number): Uint8Array => Buffer.from(good('k', i).toString('hex').slice(0, 16))
    expect(after(3, text, 16).lnE).toBeGreaterThan(MILLION)
    expect(after(50, (i) => good('k', i, 16), 16).lnE).toBeLessThan(2)
  })

  test('takes a clock in the first four bytes for an old stack, not for a fault', () => {
    const nonce = (i: number): Uint8Array => {
      const value = Buffer.from(good('g', i))
      value.writeUInt32BE(AT_S + i, 0)
      return value
    }
    expect(after(200, nonce).lnE).toBeLessThan(2)
  })

  test('leaves a repeated value to the test for duplicates', () => {
    expect(after(50, () => good('same', 0)).lnE).toBeLessThan(1)
  })

  test('ignores values of another length', () => {
    const state = new Uint32Array(batteryWords(32))
    observeNonce(state, new Uint8Array(31), AT_S)
    expect(judgeNonces(state, 32)).toBeUndefined()
  })
})
