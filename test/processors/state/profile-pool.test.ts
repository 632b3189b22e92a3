import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ProfilePool } from '../../../processors/state/profile-pool.ts'
import { type SavedPart } from '../../../processors/state/saved-part.ts'
import { bytesOf, loadAll } from '../saved.ts'

const WORDS = 70

function set(pool: ProfilePool, key: string, word: number, value: number): void {
  const slot = pool.open(key)
  pool.chunkOf(slot).u32[pool.wordOf(slot) + word] = value
}

function contents(pool: ProfilePool): Map<string, number[]> {
  return new Map(
    [...pool.keys()].sort().map((key): [string, number[]] => {
      const slot = pool.find(key) ?? -1
      const at = pool.wordOf(slot)
      return [key, [...pool.chunkOf(slot).u32.subarray(at, at + WORDS)]]
    }),
  )
}

function restored(parts: readonly Uint8Array[], capacity: number): ProfilePool {
  const twin = new ProfilePool(WORDS, capacity)
  loadAll(twin.load(), parts)
  return twin
}

const step = fc.record({
  key: fc.integer({ min: 0, max: 1500 }).map((n) => `client ${n}`),
  word: fc.integer({ min: 0, max: WORDS - 1 }),
  value: fc.nat(),
  what: fc.constantFrom('set', 'protect', 'remove', 'part'),
})

describe('a pool that is saved while it is used', () => {
  test('is saved as it was when the save began, whatever happens meanwhile', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.array(step, { maxLength: 80 }),
        (before, meanwhile) => {
          const pool = new ProfilePool(WORDS, 1400)
          for (let n = 0; n < 1300; n += 1) set(pool, `client ${n}`, n % WORDS, n)
          for (const { key, word, value } of before) set(pool, key, word, value)
          const expected = contents(pool)
          const parts = pool.save()[Symbol.iterator]()
          const saved: SavedPart[] = []
          for (const { key, word, value, what } of meanwhile) {
            if (what === 'set') set(pool, key, word, value)
            if (what === 'protect') pool.protect(pool.open(key))
            if (what === 'remove') pool.remove(key)
            const next = what === 'part' ? parts.next() : undefined
            if (next?.done === false) saved.push(next.value)
          }
          for (let next = parts.next(); next.done !== true; next = parts.next()) {
            saved.push(next.value)
          }
          expect(contents(restored(bytesOf(saved), 1400))).toEqual(expected)
        },
      ),
      { numRuns: 20 },
    )
  })

  test('names the parts that did not change since the last save and writes the others', () => {
    const pool = new ProfilePool(WORDS, 5000)
    for (let n = 0; n < 2000; n += 1) set(pool, `client ${n}`, 1, n)
    const first = new Map([...pool.save()].map((part) => [part.name, part]))
    set(pool, 'client 600', 2, 7)
    const second = [...pool.save()]
    const chunks = second.filter(({ name }) => !name.startsWith('head'))
    expect(chunks.map(({ kind }) => kind)).toEqual(['same', 'bytes', 'same', 'same'])
    const whole = second.map((part) => (part.kind === 'same' ? first.get(part.name) : part))
    const twin = restored(bytesOf(whole.filter((part) => part !== undefined)), 5000)
    expect(contents(twin)).toEqual(contents(pool))
  })

  test('writes again what a save that was given up left out', () => {
    const pool = new ProfilePool(WORDS, 5000)
    for (let n = 0; n < 2000; n += 1) set(pool, `client ${n}`, 1, n)
    const given = pool.save()[Symbol.iterator]()
    for (let i = 0; i < 3; i += 1) given.next()
    expect(contents(restored(bytesOf(pool.save()), 5000))).toEqual(contents(pool))
  })

  test('gives way to newcomers in the same order after a restart', () => {
    const pool = new ProfilePool(WORDS, 600)
    for (let n = 0; n < 900; n += 1) set(pool, `client ${n}`, 1, n)
    pool.protect(pool.open('client 400'))
    const twin = restored(bytesOf(pool.save()), 600)
    for (const one of [pool, twin]) {
      for (let n = 900; n < 1300; n += 1) set(one, `client ${n}`, 1, n)
    }
    expect([...twin.keys()].sort()).toEqual([...pool.keys()].sort())
    expect(twin.find('client 400')).toBe(pool.find('client 400'))
  })
})
