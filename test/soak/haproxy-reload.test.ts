import { expect } from '@jest/globals'
import { type Stamped, stampedInto } from '../integration/haproxy/explained.ts'
import { reloadUnderLoad } from '../integration/haproxy/reload.ts'
import { startAgentProcess } from '../support/agent-processes.ts'
import { startTwoTiers } from '../support/two-tiers.ts'
import { setting, soak } from './soak.ts'

const RELOADS = setting('VESTIBULE_SOAK_RELOADS', 100)

soak(
  `HAProxy reloaded ${RELOADS} times under load fails no connection`,
  async () => {
    const agent = await startAgentProcess()
    const stamped: Stamped[] = []
    const logged = stampedInto(stamped)
    const tiers = await startTwoTiers({ agents: [agent.port], logged })
    try {
      const count = await reloadUnderLoad(tiers, RELOADS, stamped)
      process.stderr.write(`${JSON.stringify(count)}\n`)
      expect(count.failed).toBe(0)
    } finally {
      await tiers.stop()
      await agent.end()
    }
  },
  20 * 60_000,
)
