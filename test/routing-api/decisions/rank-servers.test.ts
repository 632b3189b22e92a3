import { describe, expect, test } from '@jest/globals'
import { NOTHING_KNOWN, type Posterior } from '../../../behaviour/servers/posterior.ts'
import { firstWithinBound, rankServers } from '../../../routing-api/decisions/rank-servers.ts'
import { type ServerFacts } from '../../../routing-api/decisions/server-view.ts'
import { NOW, server } from './fixtures.ts'

const GROUP = 'h2/small/interactive/fresh/low'
type Known = ReadonlyMap<string, Posterior>

function posterior(alpha: number, beta: number, fit = 0.5): Posterior {
  const fitWeight = alpha + beta
  return { ...NOTHING_KNOWN, alpha, beta, fit: fit * fitWeight, fitWeight, asOfMs: NOW }
}

function fleet(count: number, over: Partial<ServerFacts> = {}): ServerFacts[] {
  return Array.from({ length: count }, (_, i) => server(`d${i}`, { pool: 'data', ...over }))
}

/** The client's own server, its load left aside. */
function homeOf(client: string, servers: readonly ServerFacts[], known: Known = new Map()): string {
  const reputations = {
    find: (id: string, group: string) => (group === GROUP ? known.get(id) : undefined),
  }
  const question = { group: GROUP, sticky: client, nowMs: NOW, key: 'k' }
  return rankServers(servers, reputations, question)[0]?.server.id ?? ''
}

function homes(
  servers: readonly ServerFacts[],
  known: Known = new Map(),
  clients = 1_000,
): string[] {
  return Array.from({ length: clients }, (_, i) =>
    homeOf(`10.0.${i >> 8}.${i & 255}`, servers, known),
  )
}

function shareOf(id: string, all: readonly string[]): number {
  return all.filter((home) => home === id).length / all.length
}

function moved(before: readonly string[], after: readonly string[]): number {
  return before.filter((home, i) => home !== after[i]).length / before.length
}

const good = (count: number): Known =>
  new Map(Array.from({ length: count }, (_, i) => [`d${i}`, posterior(62, 1)]))

describe('where clients go', () => {
  test('to equal servers in equal parts, to bigger ones in proportion', () => {
    const even = homes(fleet(4), good(4), 2_000)
    for (let i = 0; i < 4; i += 1) expect(shareOf(`d${i}`, even)).toBeCloseTo(0.25, 1)
    const bigger = [server('d0', { capacity: 300 }), ...fleet(4).slice(1)]
    expect(shareOf('d0', homes(bigger, good(4), 2_000))).toBeCloseTo(0.5, 1)
  })

  test('a new server gets some of them at once, and not a full share', () => {
    const share = shareOf('d4', homes(fleet(5), good(4)))
    expect(share).toBeGreaterThan(0.03)
    expect(share).toBeLessThan(0.2)
  })

  test('a bad server keeps next to nobody, and a recovered one is tried again', () => {
    const known = new Map([...good(4), ['d0', posterior(1, 40)]])
    expect(shareOf('d0', homes(fleet(4), known))).toBeLessThan(0.005)
    const faded = new Map([...good(4), ['d0', posterior(0.05, 2)]])
    const tried = shareOf('d0', homes(fleet(4), faded))
    expect(tried).toBeGreaterThan(0.005)
    expect(tried).toBeLessThan(0.15)
  })

  test('those who suit the group get its clients: by what they earned, and by what they declare', () => {
    const earned = new Map([
      ['d0', posterior(60, 1, 0.8)],
      ['d1', posterior(60, 1, 0.4)],
    ])
    expect(shareOf('d0', homes(fleet(2), earned))).toBeGreaterThan(0.8)
    const labelled = [server('d0', { labels: ['small', 'h2'] }), server('d1', { labels: ['bulk'] })]
    expect(shareOf('d0', homes(labelled))).toBeGreaterThan(0.9)
  })

  test('what a server earned outweighs what it declares', () => {
    const labelled = [server('d0', { labels: ['small'] }), server('d1')]
    const known = new Map([
      ['d0', posterior(60, 1, 0.2)],
      ['d1', posterior(60, 1, 0.7)],
    ])
    expect(shareOf('d1', homes(labelled, known))).toBeGreaterThan(0.8)
  })

  test('a server without room keeps few', () => {
    const servers = [server('d0', { load: 0.99 }), ...fleet(4).slice(1)]
    expect(shareOf('d0', homes(servers, good(4)))).toBeLessThan(0.02)
  })

  test('the key decides the places: who does not know it cannot choose its server', () => {
    const reputations = { find: () => undefined }
    const at = (key: string): string[] =>
      Array.from({ length: 200 }, (_, i) => {
        const question = { group: GROUP, sticky: `10.0.0.${i}`, nowMs: NOW, key }
        return rankServers(fleet(8), reputations, question)[0]?.server.id ?? ''
      })
    expect(moved(at('a'), at('b'))).toBeGreaterThan(0.7)
  })
})

describe('who moves', () => {
  test('nobody, when the same is asked again', () => {
    const servers = fleet(10)
    expect(moved(homes(servers, good(10)), homes(servers, good(10)))).toBe(0)
  })

  test.each([
    ['a failure at a good server', posterior(61, 2)],
    ['a success', posterior(62.5, 0.9)],
    ['a slow answer', posterior(62, 1, 0.495)],
  ])('at most one in a hundred of ordinary clients: %s', (_name, update) => {
    const servers = fleet(10)
    const before = homes(servers, good(10), 2_000)
    const after = homes(servers, new Map([...good(10), ['d3', update]]), 2_000)
    expect(moved(before, after)).toBeLessThanOrEqual(0.01)
  })

  test('when a server comes, only those who go to it', () => {
    const before = homes(fleet(9), good(10))
    const after = homes(fleet(10), good(10))
    const strangers = before.filter((home, i) => home !== after[i] && after[i] !== 'd9')
    expect(strangers).toEqual([])
    expect(moved(before, after)).toBeCloseTo(0.1, 1)
  })

  test('when a server goes, only those who were there', () => {
    const before = homes(fleet(10), good(10))
    const after = homes(fleet(9), good(10))
    const others = before.filter((home, i) => home !== after[i] && home !== 'd9')
    expect(others).toEqual([])
  })
})

describe('bounded load', () => {
  test('no server holds more than 1.25 times the mean, however clients are spread', () => {
    const held = fleet(20).map((facts) => ({ ...facts, capacity: 1_000 }))
    const reputations = { find: () => posterior(62, 1) }
    for (let i = 0; i < 4_000; i += 1) {
      // One client in two is one of five that come again and again.
      const sticky = i % 2 === 0 ? `hot${i % 5}` : `10.0.${i >> 8}.${i & 255}`
      const question = { group: GROUP, sticky, nowMs: NOW, key: 'k' }
      const chosen = firstWithinBound(rankServers(held, reputations, question), NOW, 1.25)?.chosen
        .server.id
      const at = held.findIndex(({ id }) => id === chosen)
      const before = held[at]
      if (before !== undefined)
        held[at] = { ...before, activeConnections: before.activeConnections + 1 }
    }
    const connections = held.map(({ activeConnections }) => activeConnections)
    const mean = connections.reduce((sum, n) => sum + n, 0) / connections.length
    expect(mean).toBe(200)
    expect(Math.max(...connections) / mean).toBeLessThanOrEqual(1.25)
  })

  test('the bound is kept over good servers only: a bad one is nobody’s way out', () => {
    const servers = [
      server('d0', { activeConnections: 90 }),
      server('d1', { activeConnections: 80 }),
      server('d2', { activeConnections: 0 }),
    ]
    const known = new Map([
      ['d0', posterior(62, 1)],
      ['d1', posterior(62, 1)],
      ['d2', posterior(1, 60)],
    ])
    const reputations = { find: (id: string) => known.get(id) }
    for (let i = 0; i < 300; i += 1) {
      const question = { group: GROUP, sticky: `10.0.0.${i}`, nowMs: NOW, key: 'k' }
      const choice = firstWithinBound(rankServers(servers, reputations, question), NOW, 1.25)
      expect(choice?.chosen.server.id).not.toBe('d2')
    }
  })
})
