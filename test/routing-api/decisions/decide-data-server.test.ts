import { describe, expect, test } from '@jest/globals'
import { type Habit } from '../../../behaviour/servers/group.ts'
import { NOTHING_KNOWN, type Posterior } from '../../../behaviour/servers/posterior.ts'
import { decideDataServer } from '../../../routing-api/decisions/decide-data-server.ts'
import { neighbours } from '../../../routing-api/decisions/neighbours.ts'
import { client, FP, NOW, poolOf, score, server, view, type ViewParts } from './fixtures.ts'

const data = { pool: 'data' } as const
const BULK = { size: 'bulk', pace: 'lasting', resumption: 'fresh' } as const

function known(alpha: number, beta: number, fit = 0.5): Posterior {
  const fitWeight = alpha + beta
  return { ...NOTHING_KNOWN, alpha, beta, fit: fit * fitWeight, fitWeight, asOfMs: NOW }
}

function decide(parts: ViewParts, alpn: string | null = 'h2', serverName: string | null = null) {
  return decideDataServer({ facts: client(), alpn, serverName }, view(parts))
}

describe('which data server takes a client', () => {
  test('the group is told: what it asks for, how it was before, and how it is suspected', () => {
    const servers = [server('d1', data)]
    expect(decide({ servers }).group).toBe('h2/new/low')
    expect(decide({ servers }, null, 'imap.example.org').group).toBe('mail/new/low')
    const habits = new Map<string, Habit>([
      ['ip:192.0.2.1', { ...BULK, size: 'small' }],
      [`ip-fp:192.0.2.1|${FP}`, BULK],
    ])
    expect(decide({ servers, habits }).group).toBe('h2/bulk/lasting/fresh/low')
    const scores = [score('ip:192.0.2.1#tls', 12)]
    expect(decide({ servers, habits, scores }).group).toBe('h2/bulk/lasting/fresh/raised')
  })

  test('the answer says why this one and why not each of the others', () => {
    const servers = [
      server('good', data),
      server('bad', data),
      server('slow', data),
      server('busy', { ...data, load: 0.99 }),
      server('gone', { ...data, state: 'draining' }),
    ]
    const group = 'h2/new/low'
    const reputations = new Map([
      ['good', new Map([[group, known(60, 1, 0.6)]])],
      ['bad', new Map([[group, known(10, 30, 0.6)]])],
      ['slow', new Map([[group, known(60, 1, 0.1)]])],
      ['busy', new Map([[group, known(60, 1, 0.6)]])],
    ])
    const { server: chosen, candidates, reasons } = decide({ servers, reputations })
    expect(chosen?.id).toBe('good')
    expect(candidates[0]).toMatchObject({ id: 'good', rank: 1, headroom: 1 })
    expect(candidates.find(({ id }) => id === 'bad')?.reputation).toBeLessThan(0.35)
    const said = new Map(
      reasons.map(({ entity, code, text }) => [entity ?? code, `${code}: ${text}`]),
    )
    expect(said.get('good')).toMatch(/^server-suits: of 4 for h2\/new\/low: 9\d % end well/)
    expect(said.get('bad')).toMatch(/^server-behind: bad ends \d+ % well, against 9\d %/)
    expect(said.get('slow')).toMatch(
      /^server-behind: slow suits such clients less: 0\.1\d against 0\.5\d/,
    )
    expect(said.get('busy')).toBe('server-behind: busy has 1 % free')
    expect(said.get('server-left-out')).toBe('server-left-out: left out: gone is draining')
  })

  test('of those that are as good the client stays at its own', () => {
    const servers = [server('d1', data), server('d2', data)]
    const first = decide({ servers })
    const other = first.server?.id === 'd1' ? 'd2' : 'd1'
    expect(first.reasons.find(({ code }) => code === 'server-place')?.text).toBe(
      `${other} is about as good; this client's place is ${first.server?.id ?? ''}`,
    )
    expect(first.reasons.map(({ code }) => code)).toContain('similarity-unknown')
    for (let i = 0; i < 20; i += 1) expect(decide({ servers }).server?.id).toBe(first.server?.id)
  })

  test('when its own holds too much the next one serves, and that is said', () => {
    const home = decide({ servers: [server('d1', data), server('d2', data)] }).server?.id
    const servers = ['d1', 'd2'].map((id) =>
      server(id, { ...data, activeConnections: id === home ? 70 : 10 }),
    )
    const { server: chosen, reasons } = decide({ servers })
    expect(chosen?.id).not.toBe(home)
    expect(reasons.find(({ code }) => code === 'server-full')?.entity).toBe(home)
  })

  test('no data server: it says so, and whom it left out', () => {
    const {
      server: chosen,
      candidates,
      reasons,
    } = decide({
      servers: [server('d1', { ...data, state: 'down' })],
    })
    expect([chosen, candidates]).toEqual([undefined, []])
    expect(reasons.map(({ code }) => code)).toEqual(['no-history', 'no-server', 'server-left-out'])
  })

  test('an answer is bounded, however many servers there are', () => {
    const servers = Array.from({ length: 3_000 }, (_, i) => server(`d${i}`, data))
    const { candidates, reasons } = decide({ servers })
    expect(candidates.length).toBe(16)
    expect(reasons.length).toBeLessThan(12)
  })

  test('of thousands each client weighs its 64 neighbours, and all servers are somebody’s', () => {
    const { ring } = poolOf(Array.from({ length: 500 }, (_, i) => server(`d${i}`, data)))
    const seen = new Set<string>()
    for (let i = 0; i < 2_000; i += 1) {
      const near = neighbours(ring, Math.floor((i / 2_000) * 2 ** 32))
      expect(new Set(near).size).toBe(64)
      for (const { id } of near) seen.add(id)
    }
    expect(seen.size).toBe(500)
  })
})
