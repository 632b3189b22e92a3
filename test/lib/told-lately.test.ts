import { describe, expect, test } from '@jest/globals'
import { ToldLately } from '../../lib/told-lately.ts'

const LIMITS = { everyMs: 600_000, perMinute: 3 }

describe('who is told, and how often', () => {
  test('a subject is told of once in its time, and then with how often it happened meanwhile', () => {
    const told = new ToldLately()
    const kinds = [0, 1, 599_999].map((at) => told.admit('a', at, LIMITS))
    expect(kinds).toEqual([
      { kind: 'tell', held: 0 },
      { kind: 'hold', why: 'repeated' },
      { kind: 'hold', why: 'repeated' },
    ])
    expect(told.admit('a', 600_000, LIMITS)).toEqual({ kind: 'tell', held: 2 })
    expect(told.admit('a', 1_300_000, LIMITS)).toEqual({ kind: 'tell', held: 0 })
  })

  test('100,000 subjects in a minute are three, and a count', () => {
    const told = new ToldLately()
    let tells = 0
    for (let n = 0; n < 100_000; n += 1) {
      if (told.admit(`s${n}`, 1_000 + n / 10_000, LIMITS).kind === 'tell') tells += 1
    }
    expect([tells, told.takeBeyond(), told.takeBeyond()]).toEqual([3, 99_997, 0])
    expect(told.admit('s99999', 61_000, LIMITS)).toEqual({ kind: 'tell', held: 0 })
  })
})
