import { describe, expect, test } from '@jest/globals'
import { type Server } from '../../../schemas/generated/records.ts'
import { connectionsOf, type Pool } from '../../../routing-api/decisions/server-view.ts'
import { PolicyServer } from '../../../routing-api/policy/policy.ts'
import { ServerRegistry } from '../../../routing-api/state/server-registry.ts'
import { exampleRecord } from '../../support/example-record.ts'

const NOW = 1_800_000_000_000

function record(serverId: string, over: Partial<Server> = {}): Server {
  return exampleRecord('Server', {
    ...{ serverId, pool: 'primary', state: 'up', capacity: 100, activeConnections: 0, load: 0 },
    ...{ heartbeatMs: 1_000, observedAt: NOW * 1000 },
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
    registry.configure([configured])
    expect(idsIn(registry, 'data')).toEqual(['a'])
    registry.apply(record('a'))
    expect([idsIn(registry, 'data'), idsIn(registry, 'primary')]).toEqual([[], ['a']])
    registry.remove('a')
    expect([idsIn(registry, 'data'), idsIn(registry, 'primary')]).toEqual([['a'], []])
    registry.configure([])
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
