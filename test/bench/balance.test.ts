import { describe, expect, test } from '@jest/globals'
import {
  leastConnections,
  twoChoices,
  vestibule,
  type Balancer,
} from '../../bench/balance/balancers.ts'
import { alikeServers, clientsOf, type RealServer } from '../../bench/balance/model.ts'
import { seededRandom, type Random } from '../../bench/balance/random.ts'
import { simulate, type Figures } from '../../bench/balance/simulate.ts'

/** Twenty minutes, one client in twenty hostile; one of eight servers is bad for the second ten. */
function run(make: (servers: readonly RealServer[], random: Random) => Balancer): Figures {
  const bad = { server: 1, fromS: 600, untilS: 1_200, failing: 0.7, slower: 8 }
  const random = seededRandom(5)
  const servers = alikeServers(8)
  const scenario = { seconds: 1_200, perSecond: 20, stepS: 0.05, faults: [bad] }
  const clients = clientsOf(1_000, seededRandom(6))
  return simulate(scenario, make(servers, random), servers, clients, random)
}

describe('the reduced bench of data servers', () => {
  test('a server that turns bad is left within five minutes, and fewer clients suffer from it', () => {
    const ours = run((servers) => vestibule(servers))
    const two = run(twoChoices)
    const least = run((servers) => leastConnections(servers))
    expect(ours.leftAfterS[0]).not.toBeNull()
    expect(ours.leftAfterS[0] ?? Infinity).toBeLessThanOrEqual(300)
    expect([two.leftAfterS[0], least.leftAfterS[0]]).toEqual([null, null])
    expect(ours.failedShare).toBeLessThan(0.015)
    expect(two.failedShare).toBeGreaterThan(0.02)
    expect(least.failedShare).toBeGreaterThan(0.02)
    expect(ours.p99Ms).toBeLessThan(Math.min(two.p99Ms, least.p99Ms))
  }, 60_000)

  test('the same seed gives the same figures', () => {
    expect(run(twoChoices)).toEqual(run(twoChoices))
  }, 60_000)
})
