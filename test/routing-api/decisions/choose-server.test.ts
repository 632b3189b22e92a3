import { describe, expect, test } from '@jest/globals'
import { chooseServer } from '../../../routing-api/decisions/choose-server.ts'
import { serverReasons } from '../../../routing-api/decisions/server-reasons.ts'
import { type ServerFacts, type ServerView } from '../../../routing-api/decisions/server-view.ts'
import { NOW, poolOf, server } from './fixtures.ts'

/** mulberry32: the same numbers each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function viewOf(servers: readonly ServerFacts[]): ServerView {
  return { inPool: (pool) => poolOf(servers.filter((known) => known.pool === pool)) }
}

const BERLIN = { latitude: 52.5, longitude: 13.4 }
const PARIS = { latitude: 48.9, longitude: 2.35 }
const POTSDAM = { latitude: 52.4, longitude: 13.07 }

describe('which server of the pool', () => {
  test('idle servers are drawn in proportion to their capacity', () => {
    const view = viewOf([
      server('a', { capacity: 10 }),
      server('b', { capacity: 30 }),
      server('c', { capacity: 60 }),
    ])
    const random = seeded(1)
    const counts = new Map<string, number>()
    for (let i = 0; i < 20_000; i += 1) {
      const id = chooseServer(view, 'primary', NOW, random)?.server.id ?? ''
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    expect((counts.get('a') ?? 0) / 20_000).toBeCloseTo(0.1, 1)
    expect((counts.get('b') ?? 0) / 20_000).toBeCloseTo(0.3, 1)
    expect((counts.get('c') ?? 0) / 20_000).toBeCloseTo(0.6, 1)
  })

  test('of two the one with less live load, by what it reports or by what it holds', () => {
    const draws = [0.1, 0.9]
    const view = viewOf([server('a', { load: 0.7 }), server('b', { activeConnections: 20 })])
    const choice = chooseServer(view, 'primary', NOW, () => draws.shift() ?? 0)
    expect(choice?.server.id).toBe('b')
    expect(serverReasons(choice, view.inPool('primary'), NOW)[0]?.text).toBe(
      'of two drawn by capacity the one with less load: 20 %, and a 70 %',
    )
  })

  test('what was given to a server since it told its load counts, and is forgotten', () => {
    const busy = server('a', { assigned: 50, assignedAtMs: NOW })
    const view = viewOf([busy, server('b', { activeConnections: 20 })])
    const at = (ms: number): string | undefined => {
      const draws = [0.1, 0.9]
      return chooseServer(view, 'primary', NOW + ms, () => draws.shift() ?? 0)?.server.id
    }
    expect([at(0), at(60_000)]).toEqual(['b', 'a'])
  })

  test('the nearest, when client and server have a place', () => {
    const view = viewOf([server('paris', PARIS), server('berlin', BERLIN), server('nowhere')])
    const choice = chooseServer(view, 'primary', NOW, () => 0, POTSDAM)
    expect([choice?.way, choice?.server.id]).toEqual(['nearest', 'berlin'])
    expect(serverReasons(choice, view.inPool('primary'), NOW)[0]?.text).toBe(
      'the nearest with room, 25 km away, before paris',
    )
  })

  test('the next nearest, when the nearest is full; of two as near, the idler', () => {
    const full = viewOf([server('paris', PARIS), server('berlin', { ...BERLIN, load: 1 })])
    expect(chooseServer(full, 'primary', NOW, () => 0, POTSDAM)?.server.id).toBe('paris')
    const both = viewOf([
      server('one', { ...BERLIN, load: 0.5 }),
      server('two', { ...POTSDAM, load: 0.6 }),
    ])
    expect(chooseServer(both, 'primary', NOW, () => 0, POTSDAM)?.server.id).toBe('one')
  })

  test('at random when no server has a place', () => {
    const view = viewOf([server('a'), server('b')])
    expect(chooseServer(view, 'primary', NOW, () => 0.9, POTSDAM)?.way).toBe('only')
  })

  test('the answer names who was left out and why, at most three by name', () => {
    const servers = [
      server('a'),
      server('b', { state: 'draining' }),
      server('c', { heartbeatMs: 1_000, heardAtMs: NOW - 12_000 }),
      server('d', { state: 'down' }),
      server('e', { state: 'down' }),
    ]
    const choice = chooseServer(viewOf(servers), 'primary', NOW, () => 0)
    const reasons = serverReasons(choice, viewOf(servers).inPool('primary'), NOW)
    expect(reasons.map(({ code, text }) => [code, text])).toEqual([
      [
        'server-random',
        'The server was drawn at random by capacity: of two, the one with less load.',
      ],
      ['server-left-out', 'left out: b is draining, c was silent for 12 s, d is down and 1 more'],
    ])
  })

  test('when all but one of thousands fell silent, that one is found', () => {
    const servers = Array.from({ length: 5_000 }, (_, i) =>
      server(`s${i}`, { heartbeatMs: 1_000, heardAtMs: i === 3_333 ? NOW : NOW - 60_000 }),
    )
    expect(chooseServer(viewOf(servers), 'primary', NOW, seeded(2))?.server.id).toBe('s3333')
  })
})
