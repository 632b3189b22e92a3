import { describe, expect, test } from '@jest/globals'
import { startAgentProcess } from '../../support/agent-processes.ts'
import { eventually } from '../../support/eventually.ts'
import { field } from '../../support/haproxy.ts'
import { haproxies } from '../../support/haproxy-versions.ts'
import { hasPrograms } from '../../support/programs.ts'
import { visit } from '../../support/tls-clients.ts'
import { startTwoTiers } from '../../support/two-tiers.ts'
import { type Stamped, stampedInto } from './explained.ts'
import { reloadUnderLoad } from './reload.ts'

const possible = hasPrograms('haproxy', 'openssl')

;(possible ? describe : describe.skip).each(possible ? haproxies() : [])(
  'reloads of $version under load',
  ({ version, program }) => {
    test('no connection fails; what is undecided was late, came while the breaker was open, or as a worker began', async () => {
      const agent = await startAgentProcess()
      const stamped: Stamped[] = []
      const logged = stampedInto(stamped)
      const tiers = await startTwoTiers({ agents: [agent.port], program, logged })
      try {
        await eventually('decided', async () => {
          await visit({ port: tiers.port })
          return tiers.front.lines.some((line) => field(line, 'pool') === 'primary')
        })
        const count = await reloadUnderLoad(tiers, 5, stamped)
        process.stderr.write(`${version}: ${JSON.stringify(count)}\n`)
        expect(count.failed).toBe(0)
        // A worker that is just beginning may serve a connection before it asks anybody: one a reload at most.
        expect(count.unexplained).toBeLessThanOrEqual(count.reloads)
      } finally {
        await tiers.stop()
        await agent.end()
      }
    }, 60_000)
  },
)
