import { describe, expect, test } from '@jest/globals'
import { type Server } from '../../../schemas/generated/records.ts'
import { connectionsOf, isHealthy, type Pool } from '../../../routing-api/decisions/server-view.ts'
import { PolicyServer } from '../../../routing-api/policy/policy.ts'
import { ServerRegistry } from '../../../routing-api/state/server-registry.ts'
import { exampleRecord } from '../../support/example-record.ts'

const NOW = 1_800_000_000_000

function record(serverId: string, over: Partial<Server> = {}): Server {
  return exampleRecord('Server', {
    ...{ serverId, pool: 'primary', state: 'up', capacity: 100, activeConnections: 0, load: 0 },
    ...{ heartbeatMs: 1_000, agentPort: null, configured: false, observedAt: NOW * 1000 },
    ...over,
  })
}

function idsIn(registry: ServerRegistry, pool: Pool): readonly string[] {
  return registry.inPool(pool).servers.map(({ id }) => id)
}

describe('the registry of servers', () => {
  test('a heartbeat changes its server in place: neither pool nor sums are made anew', () => {
    const registry = new ServerRegistry()
    for (const id of ['a', 'b', 'c']) registry.apply(record(id))
    const { servers, cumulative } = registry.inPool('primary')
    const before = servers[1]
    registry.apply(record('b', { load: 0.7, activeConnections: 9, observedAt: (NOW + 1) * 1000 }))
    expect(registry.inPool('primary').servers).toBe(servers)
    expect(registry.inPool('primary').cumulative).toBe(cumulative)
    expect(servers[1]).toBe(before)
    expect(servers[1]).toMatchObject({ id: 'b', load: 0.7, activeConnections: 9 })
  })

  test('capacity, state and pool are followed', () => {
    const registry = new ServerRegistry()
    for (const id of ['a', 'b', 'c']) registry.apply(record(id))
    expect([...registry.inPool('primary').cumulative.slice(0, 3)]).toEqual([100, 200, 300])
    registry.apply(record('a', { capacity: 50 }))
    registry.apply(record('b', { state: 'draining' }))
    expect([...registry.inPool('primary').cumulative.slice(0, 3)]).toEqual([50, 50, 150])
    registry.apply(record('a', { pool: 'mitigation' }))
    expect(idsIn(registry, 'primary')).toEqual(['c', 'b'])
    expect(idsIn(registry, 'mitigation')).toEqual(['a'])
    registry.apply(record('c', { state: 'removed' }))
    expect(idsIn(registry, 'primary')).toEqual(['b'])
    expect([registry.size, registry.all().length]).toEqual([2, 2])
  })

  test('an older word of a server does not undo a newer one', () => {
    const registry = new ServerRegistry()
    registry.apply(record('a', { load: 0.9 }))
    registry.apply(record('a', { load: 0.1, observedAt: (NOW - 1) * 1000 }))
    expect(registry.facts('a')?.load).toBe(0.9)
  })

  test('a registration stands above the policy, and its end brings the policy back', () => {
    const registry = new ServerRegistry()
    const configured = PolicyServer.parse({ id: 'a', pool: 'data', host: 'h', port: 1 })
    registry.configure([configured], NOW)
    expect(idsIn(registry, 'data')).toEqual(['a'])
    registry.apply(record('a'))
    expect([idsIn(registry, 'data'), idsIn(registry, 'primary')]).toEqual([[], ['a']])
    registry.remove('a')
    expect([idsIn(registry, 'data'), idsIn(registry, 'primary')]).toEqual([['a'], []])
    registry.configure([], NOW)
    expect(registry.size).toBe(0)
  })

  test('what was assigned counts until the server tells its load', () => {
    const registry = new ServerRegistry()
    registry.apply(record('a', { activeConnections: 5 }))
    const [seat] = registry.inPool('primary').servers
    if (seat === undefined) throw new Error('no server')
    registry.assign(seat, NOW)
    registry.assign(seat, NOW)
    expect(connectionsOf(seat, NOW)).toBe(7)
    expect(connectionsOf(seat, NOW + 10_000)).toBe(6)
    registry.apply(record('a', { activeConnections: 6, observedAt: (NOW + 1) * 1000 }))
    expect(connectionsOf(seat, NOW)).toBe(6)
  })

  test('beginnings and ends since the told load make the count of now', () => {
    const registry = new ServerRegistry()
    registry.apply(record('a', { activeConnections: 5 }))
    const [seat] = registry.inPool('primary').servers
    if (seat === undefined) throw new Error('no server')
    registry.assign(seat, NOW)
    registry.ended('a', NOW)
    registry.ended('a', NOW)
    registry.ended('unknown', NOW)
    expect(connectionsOf(seat, NOW)).toBe(4)
    for (let i = 0; i < 9; i += 1) registry.ended('a', NOW)
    expect(connectionsOf(seat, NOW)).toBe(0)
  })

  describe('a server that the policy names', () => {
    const configured = PolicyServer.parse({
      ...{ id: 'a', pool: 'data', host: 'h', port: 1, capacity: 10, heartbeatMs: 1_000 },
    })

    function told(registry: ServerRegistry, over: Partial<Server>): void {
      const known = registry.record('a')
      if (known === undefined) throw new Error('unknown')
      registry.apply(record('a', { ...known, ...over }))
    }

    test('tells its load, and stays where the policy put it', () => {
      const registry = new ServerRegistry()
      registry.configure([configured], NOW)
      told(registry, { activeConnections: 4, load: 0.4, observedAt: (NOW + 500) * 1000 })
      registry.configure([{ ...configured, host: 'other' }], NOW)
      const facts = registry.facts('a')
      expect(facts).toMatchObject({ host: 'other', activeConnections: 4, load: 0.4, capacity: 10 })
      expect([idsIn(registry, 'data'), registry.get('a')]).toEqual([['a'], undefined])
      registry.configure([], NOW)
      expect(registry.size).toBe(0)
    })

    test('leaves when it is silent for longer than it promises', () => {
      const registry = new ServerRegistry()
      registry.configure([configured], NOW)
      const healthyAt = (ms: number): boolean => {
        const facts = registry.facts('a')
        return facts !== undefined && isHealthy(facts, NOW + ms)
      }
      expect([healthyAt(1_000), healthyAt(1_001)]).toEqual([true, false])
      told(registry, { observedAt: (NOW + 5_000) * 1000 })
      expect([healthyAt(6_000), healthyAt(6_001)]).toEqual([true, false])
    })

    test('has the capacity it told until the policy gives it another', () => {
      const registry = new ServerRegistry()
      registry.configure([configured], NOW)
      told(registry, { capacity: 5, observedAt: (NOW + 1) * 1000 })
      expect(registry.facts('a')?.capacity).toBe(5)
      registry.configure([{ ...configured, capacity: 20 }], NOW + 2)
      expect(registry.facts('a')?.capacity).toBe(20)
    })
  })

  test('time in which nobody listened is no silence, but who was silent before stays out', () => {
    const registry = new ServerRegistry()
    registry.apply(record('spoke', { observedAt: (NOW - 500) * 1000 }))
    registry.apply(record('newest', { observedAt: NOW * 1000 }))
    registry.apply(record('silent', { observedAt: (NOW - 60_000) * 1000 }))
    const restartedAt = NOW + 3_600_000
    registry.listening(restartedAt)
    const healthy = (atMs: number): readonly string[] =>
      registry.all().flatMap((facts) => (isHealthy(facts, atMs) ? [facts.id] : []))
    expect(healthy(restartedAt)).toEqual(['spoke', 'newest'])
    expect(healthy(restartedAt + 501)).toEqual(['newest'])
    expect(healthy(restartedAt + 1_001)).toEqual([])
  })

  test('a hundred thousand heartbeats of a thousand servers leave a thousand servers', () => {
    const registry = new ServerRegistry()
    for (let i = 0; i < 100_000; i += 1) {
      registry.apply(
        record(`s${i % 1_000}`, { observedAt: (NOW + i) * 1000, load: (i % 100) / 100 }),
      )
    }
    expect([registry.size, registry.inPool('primary').servers.length]).toEqual([1_000, 1_000])
  })
})
