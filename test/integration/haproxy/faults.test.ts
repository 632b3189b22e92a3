import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type AgentProcess,
  startAgentProcess,
  startSlowLink,
  startStranger,
} from '../../support/agent-processes.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/free-port.ts'
import { field } from '../../support/haproxy.ts'
import { haproxies } from '../../support/haproxy-versions.ts'
import { hasPrograms } from '../../support/programs.ts'
import { SUSPECT } from '../../support/suspect-api.ts'
import { visit } from '../../support/tls-clients.ts'
import { startTwoTiers, type TwoTiers } from '../../support/two-tiers.ts'
import { type Stamped, stampedInto, unexplained } from './explained.ts'

const possible = hasPrograms('haproxy', 'openssl')
const VISITS = 20
const STARTING_MS = 2_000

/** What became of the same visits in one state of the agent. */
interface Seen {
  readonly failed: number
  readonly decided: number
  /** Undecided although nothing was late: neither this question nor one that opened the breaker. */
  readonly unexplained: number
  /** Questions that cost the connection more than 20 ms. */
  readonly waited: number
  /** Of a question, and of a whole visit. */
  readonly slowestMs: number
  readonly slowestVisitMs: number
  readonly faults: readonly string[]
}

const describeIf = possible ? describe : describe.skip
describeIf.each(possible ? haproxies() : [])(
  'faults of the agent, $version',
  ({ version, program }) => {
    let agentPort: number
    let tiers: TwoTiers
    let agent: AgentProcess
    let visitor = 1
    const stamped: Stamped[] = []

    beforeAll(async () => {
      agentPort = await freePort()
      agent = await startAgentProcess(agentPort)
      tiers = await startTwoTiers({ agents: [agentPort], program, logged: stampedInto(stamped) })
      const servesMs = Date.now()
      await decides()
      // A worker that just began counts no failure for the breaker.
      await eventually('the breaker works', () => Date.now() - servesMs > STARTING_MS)
    }, 30_000)
    afterAll(async () => {
      await tiers.stop()
      await agent.end()
    })

    /** Visits one after the other, from an address of their own. */
    async function visits(state: string): Promise<Seen> {
      visitor += 1
      const from = `127.0.2.${visitor}`
      const results = []
      for (let n = 0; n < VISITS; n += 1) results.push(await visit({ port: tiers.port, from }))
      const lines = await eventually('all are logged', () => {
        const own = tiers.front.lines.filter((line) => field(line, 'ci') === from)
        return own.length === VISITS ? own : undefined
      })
      const waits = lines.map((line) => Number(field(line, 'askms')) || 0)
      const faults = lines.map((line) => field(line, 'err') ?? '-').filter((code) => code !== '-')
      const seen = {
        failed: results.filter(({ status }) => status !== 200).length,
        decided: lines.filter((line) => field(line, 'pool') !== '-').length,
        unexplained: unexplained(lines, stamped),
        waited: waits.filter((ms) => ms > 20).length,
        slowestMs: Math.max(...waits),
        slowestVisitMs: Math.round(Math.max(...results.map(({ ms }) => ms))),
        faults: [...new Set(faults)],
      }
      // Whatever waits is let go long before inspect-delay (5 s) is over.
      expect(seen.slowestVisitMs).toBeLessThan(2_000)
      process.stderr.write(`${version}, ${state}: ${JSON.stringify(seen)}\n`)
      return seen
    }

    /** Resolves once a suspect is seen as such: the agent is asked, and answers. */
    function decides(): Promise<unknown> {
      const before = tiers.front.lines.length
      return eventually('the agent decides', async () => {
        await visit({ port: tiers.port, from: SUSPECT })
        return tiers.front.lines.slice(before).some((line) => field(line, 'pool') === 'mitigation')
      })
    }

    test('healthy: every connection is decided', async () => {
      const seen = await visits('healthy')
      expect(seen).toMatchObject({ failed: 0, unexplained: 0 })
      expect(seen.decided).toBeGreaterThan(0)
    })

    test('stopped (SIGSTOP): all are served, one waits, and later it decides again', async () => {
      agent.signal('SIGSTOP')
      const seen = await visits('stopped')
      expect(seen).toMatchObject({ failed: 0, decided: 0 })
      expect(seen.waited).toBeLessThanOrEqual(1)
      agent.signal('SIGCONT')
      await decides()
      expect(await visits('goes on')).toMatchObject({ failed: 0, unexplained: 0 })
    }, 20_000)

    test('killed (SIGKILL): all are served, at most one waits; restarted, it decides again', async () => {
      await agent.end()
      const seen = await visits('killed')
      expect(seen).toMatchObject({ failed: 0, decided: 0 })
      expect(seen.waited).toBeLessThanOrEqual(1)
      agent = await startAgentProcess(agentPort)
      await decides()
      expect(await visits('restarted')).toMatchObject({ failed: 0, unexplained: 0 })
    }, 30_000)

    test('ended in order (SIGTERM): all are served, at most one waits', async () => {
      await agent.end('SIGTERM')
      const seen = await visits('ended')
      expect(seen).toMatchObject({ failed: 0, decided: 0 })
      expect(seen.waited).toBeLessThanOrEqual(1)
    }, 20_000)

    test.each([
      ['garbage', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      ['a frame length of 4 GiB', Buffer.from('ffffffff65', 'hex')],
      ['silence', undefined],
    ])(
      'something else that answers %s: all are served',
      async (what, answer) => {
        const stranger = await startStranger(answer, agentPort)
        const seen = await visits(what)
        await stranger.stop()
        expect(seen).toMatchObject({ failed: 0, decided: 0 })
        expect(seen.waited).toBeLessThanOrEqual(1)
      },
      20_000,
    )

    test('answers after 200 ms: all are served, at most one waits for it', async () => {
      agent = await startAgentProcess()
      const link = await startSlowLink(agent.port, 200, agentPort)
      const seen = await visits('200 ms late')
      await link.stop()
      expect(seen).toMatchObject({ failed: 0, decided: 0 })
      expect(seen.waited).toBeLessThanOrEqual(1)
    }, 20_000)
  },
)

describeIf('two instances of the agent', () => {
  test('one is killed: all are served, and after the checks have seen it decided', async () => {
    const [first, second] = [await startAgentProcess(), await startAgentProcess()]
    const stamped: Stamped[] = []
    const logged = stampedInto(stamped)
    const tiers = await startTwoTiers({ agents: [first.port, second.port], logged })
    try {
      await eventually('both are up', async () => {
        await visit({ port: tiers.port, from: SUSPECT })
        return tiers.front.lines.some((line) => field(line, 'pool') === 'mitigation')
      })
      await first.end()
      await eventually('decided again', async () => {
        await visit({ port: tiers.port, from: '127.0.3.2' })
        const line = tiers.front.lines.findLast((one) => field(one, 'ci') === '127.0.3.2')
        return line !== undefined && field(line, 'pool') === 'primary'
      })
      for (let n = 0; n < 50; n += 1) {
        const { status } = await visit({ port: tiers.port, from: '127.0.3.3' })
        expect(status).toBe(200)
      }
      const lines = await eventually('all are logged', () => {
        const own = tiers.front.lines.filter((line) => field(line, 'ci') === '127.0.3.3')
        return own.length === 50 ? own : undefined
      })
      const undecided = lines.filter((line) => field(line, 'pool') === '-').length
      process.stderr.write(`one of two killed: ${undecided} of 50 undecided\n`)
      expect(unexplained(lines, stamped)).toBe(0)
    } finally {
      await tiers.stop()
      await first.end()
      await second.end()
    }
  }, 40_000)
})
