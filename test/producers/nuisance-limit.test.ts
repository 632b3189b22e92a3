import { describe, expect, test } from '@jest/globals'
import { createNuisanceLimit } from '../../producers/nuisance-limit.ts'

const RATES = {
  perClient: { perSecond: 2, burst: 3 },
  overall: { perSecond: 100, burst: 10 },
  maxClients: 8,
}

const client = (last: number): Uint8Array =>
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, last)

describe('findings that cost their sender nothing', () => {
  test('are told of in a burst, then at their rate, by client', () => {
    const limit = createNuisanceLimit(RATES)
    const at = (ms: number, who = 1): boolean => limit.admits(client(who), ms * 1000)
    expect([at(0), at(0), at(0), at(0)]).toEqual([true, true, true, false])
    expect(at(0, 2)).toBe(true)
    expect([at(499), at(500), at(501)]).toEqual([false, true, false])
  })

  test('are bounded over all clients together', () => {
    const limit = createNuisanceLimit(RATES)
    const admitted = Array.from({ length: 200 }, (_, i) => limit.admits(client(i), 0))
    expect(admitted.filter(Boolean)).toHaveLength(10)
  })

  test('of one IPv6 network are of one client', () => {
    const limit = createNuisanceLimit(RATES)
    const from = (last: number): Uint8Array => Uint8Array.from([32, 1, ...new Uint8Array(13), last])
    expect([1, 2, 3, 4].map((last) => limit.admits(from(last), 0))).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  test('are given nothing by a clock that goes back', () => {
    const limit = createNuisanceLimit(RATES)
    for (let i = 0; i < 3; i += 1) limit.admits(client(1), 10e6)
    expect(limit.admits(client(1), 0)).toBe(false)
    expect(limit.admits(client(1), 10e6)).toBe(false)
    expect(limit.admits(client(1), 11e6)).toBe(true)
  })
})
