import { describe, expect, test } from '@jest/globals'
import { NO_METRICS } from '../../../lib/metrics.ts'
import { followLoads, type Heard } from '../../../routing-api/loads/follow-loads.ts'
import { PolicyServer, type Policy } from '../../../routing-api/policy/policy.ts'
import { ServerRegistry } from '../../../routing-api/state/server-registry.ts'

const NOW = 1_800_000_000_000
const HEADER = '# pxname,svname,qcur,scur,status,weight'
const text = (answer: string): Heard => ({ kind: 'text', text: answer })

interface Round {
  readonly agent: Heard
  readonly stats: Heard
  /** Before this round. */
  readonly then?: (registry: ServerRegistry) => void
}

/** Plays the rounds; after each, the server as decisions see it, and what was logged. */
async function play(rounds: readonly Round[]): Promise<readonly unknown[]> {
  const registry = new ServerRegistry()
  const configured = PolicyServer.parse({
    ...{ id: 'd1', pool: 'data', host: 'h', port: 1, capacity: 100, agentPort: 9 },
  })
  registry.configure([configured], NOW)
  const loads: Policy['loads'] = { everyMs: 100, haproxy: [{ address: '/s', backends: [] }] }
  const seen: unknown[] = []
  const control = new AbortController()
  let at = 0
  const log = (line: string): void => void seen.push(line)
  rounds[0]?.then?.(registry)
  await followLoads(
    {
      askAgent: () => Promise.resolve(rounds[at]?.agent ?? text('')),
      readStats: () => Promise.resolve(rounds[at]?.stats ?? text('')),
      servers: registry,
      settings: () => loads,
      logger: { info: log, warn: log },
      metrics: NO_METRICS,
      now: () => NOW + at * 1000,
      sleep(): Promise<void> {
        const { state, capacity, activeConnections } = registry.facts('d1') ?? {}
        seen.push([state, capacity, activeConnections])
        at += 1
        if (at === rounds.length) control.abort()
        rounds[at]?.then?.(registry)
        return Promise.resolve()
      },
    },
    control.signal,
  )
  return seen
}

describe('following the load of servers', () => {
  test("the agent's weight scales the capacity, the balancer's statistics tell the connections", async () => {
    expect(
      await play([
        { agent: text('up 75%\n'), stats: text(`${HEADER}\nbe,d1,1,7,UP,1\n`) },
        { agent: text('maxconn:40\n'), stats: text(`${HEADER}\nbe,d1,0,3,UP,1\n`) },
        { agent: text('drain\n'), stats: text(`${HEADER}\nbe,d1,0,0,DOWN,1\n`) },
      ]),
    ).toEqual([
      ['up', 75, 8],
      ['up', 30, 3],
      ['down', 30, 0],
    ])
  })

  test('a source that falls silent is said once, and its last word stays', async () => {
    const gone: Heard = { kind: 'fault', message: 'connect ECONNREFUSED' }
    const stats = text(`${HEADER}\nbe,d1,0,3,UP,1\n`)
    expect(
      await play([
        { agent: text('50%\n'), stats },
        { agent: gone, stats },
        { agent: text('HTTP/1.1 400 Bad Request\n'), stats: text('<html>') },
        { agent: text('ready\n'), stats },
      ]),
    ).toEqual([
      ['up', 50, 3],
      'agent of d1: connect ECONNREFUSED; what it said last stays in force',
      ['up', 50, 3],
      'statistics of /s: no statistics: no-header <html>; what it said last stays in force',
      ['up', 50, 3],
      'agent of d1 answers again',
      'statistics of /s answers again',
      ['up', 50, 3],
    ])
  })

  test('an observer cannot bring back what an operator took out', async () => {
    const stats = text(`${HEADER}\nbe,d1,0,3,UP,1\n`)
    const drained = (registry: ServerRegistry): void => {
      const record = registry.record('d1')
      if (record === undefined) throw new Error('unknown')
      const observedAt = NOW * 1000
      const stamp = { eventId: new Uint8Array(16), sensor: 'x', site: 'x', ingestedAt: observedAt }
      registry.apply({ ...record, ...stamp, observedAt, state: 'draining' })
    }
    expect(await play([{ agent: text('ready up\n'), stats, then: drained }])).toEqual([
      ['draining', 100, 3],
    ])
  })

  test('what was seen by an agent that is asked no more is forgotten', async () => {
    const stats = text(`${HEADER}\n`)
    const moved = (registry: ServerRegistry): void => {
      const without = PolicyServer.parse({ id: 'd1', pool: 'data', host: 'h', port: 1 })
      registry.configure([without], NOW)
    }
    expect(
      await play([
        { agent: text('drain\n'), stats },
        { agent: text('drain\n'), stats, then: moved },
      ]),
    ).toEqual([
      ['draining', 100, 0],
      ['up', 100, 0],
    ])
  })
})
