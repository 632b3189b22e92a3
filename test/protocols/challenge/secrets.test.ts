import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { gateKeys } from '../../../protocols/challenge/gate-keys.ts'
import { LONGEST_SEALED, seal, unseal } from '../../../protocols/challenge/seal.ts'
import { isSignedBy, signMessage } from '../../../protocols/challenge/signature.ts'
import { isFresh, isSameMac, stampMac } from '../../../protocols/challenge/stamp-mac.ts'

const fixed = (word: string): Buffer => createHash('sha256').update(word).digest()
const KEYS = gateKeys({ sign: fixed('sign'), seal: fixed('seal') })
const CONTEXT = { purpose: 'answer', bind: fixed('bind'), nonce: fixed('nonce') } as const
const sealed = (text: Uint8Array, seed = fixed('ephemeral')): Buffer =>
  seal(KEYS.public.seal, seed, CONTEXT, text)

describe('sealing', () => {
  test('any text comes back, and only whole blocks tell of its length', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_022 }), seed, (text, ephemeral) => {
        const box = sealed(text, Buffer.from(ephemeral))
        expect((box.length - 48) % 64).toBe(0)
        expect(box.length).toBeLessThanOrEqual(LONGEST_SEALED)
        expect(unseal(KEYS.seal, CONTEXT, box)).toEqual(Buffer.from(text))
      }),
      { numRuns: 50 },
    )
  })

  test('a short answer and a long one look alike', () => {
    expect(sealed(Buffer.from('no')).length).toBe(sealed(Buffer.alloc(62)).length)
  })

  test('one changed bit, another place or another gate, and it does not open', () => {
    const box = sealed(Buffer.from('the blue house'))
    for (let at = 0; at < box.length; at += 7) {
      const changed = Buffer.from(box)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(unseal(KEYS.seal, CONTEXT, changed)).toBeUndefined()
    }
    expect(unseal(KEYS.seal, { ...CONTEXT, purpose: 'totp' }, box)).toBeUndefined()
    expect(unseal(KEYS.seal, { ...CONTEXT, bind: fixed('other') }, box)).toBeUndefined()
    expect(unseal(KEYS.seal, { ...CONTEXT, nonce: fixed('other') }, box)).toBeUndefined()
    const other = gateKeys({ sign: fixed('sign'), seal: fixed('other') })
    expect(unseal(other.seal, CONTEXT, box)).toBeUndefined()
  })

  test('points of small order and bytes of any kind are refused, not thrown at', () => {
    const zero = Buffer.concat([Buffer.alloc(32), Buffer.alloc(80)])
    expect(unseal(KEYS.seal, CONTEXT, zero)).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_200 }), (bytes) => {
        expect(unseal(KEYS.seal, CONTEXT, bytes)).toBeUndefined()
      }),
    )
  })

  test('a text that is too long is the caller’s mistake', () => {
    expect(() => sealed(Buffer.alloc(1_023))).toThrow(RangeError)
  })
})

describe('signatures', () => {
  const body = Buffer.from('{"type":"result"}')
  const signature = signMessage(KEYS.sign, fixed('bind'), body)

  test('hold for this gate, connection and message alone', () => {
    const gate = KEYS.public.sign
    expect(isSignedBy(gate, fixed('bind'), body, signature)).toBe(true)
    expect(isSignedBy(gate, fixed('other'), body, signature)).toBe(false)
    expect(isSignedBy(gate, fixed('bind'), Buffer.from('{}'), signature)).toBe(false)
    expect(isSignedBy(KEYS.public.seal, fixed('bind'), body, signature)).toBe(false)
    expect(isSignedBy(gate, fixed('bind'), body, Buffer.alloc(0))).toBe(false)
  })
})

describe('the stamp', () => {
  test('two minutes of skew are let pass, a millisecond more is not', () => {
    expect(isFresh(1_000_000, 1_120_000)).toBe(true)
    expect(isFresh(1_000_000, 1_120_001)).toBe(false)
    expect(isFresh(1_120_000, 1_000_000)).toBe(true)
    expect(isFresh(1_120_001, 1_000_000)).toBe(false)
  })

  test('a MAC is of one key, time, nonce and connection', () => {
    const input = { nonce: fixed('nonce'), timestamp: 1, bind: fixed('bind') }
    const mac = stampMac(fixed('key'), input)
    expect(isSameMac(mac, stampMac(fixed('key'), { ...input }))).toBe(true)
    expect(isSameMac(mac, stampMac(fixed('other'), input))).toBe(false)
    expect(isSameMac(mac, stampMac(fixed('key'), { ...input, timestamp: 2 }))).toBe(false)
    expect(isSameMac(mac, stampMac(fixed('key'), { ...input, nonce: Buffer.alloc(0) }))).toBe(false)
    expect(isSameMac(mac, mac.subarray(1))).toBe(false)
  })
})
