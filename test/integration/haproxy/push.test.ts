import { describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tellHaproxy } from '../../../io/haproxy-runtime.ts'
import { NO_METRICS } from '../../../lib/metrics.ts'
import { SILENT } from '../../../lib/logger.ts'
import { runPush } from '../../../routing-api/push/push-loop.ts'
import { PushedVerdicts } from '../../../routing-api/push/pushed-verdicts.ts'
import { sleep } from '../../../io/sleep.ts'
import { startAgent } from '../../routing-api/spop/agent.ts'
import { atTheEnd } from '../../support/endings.ts'
import { eventually } from '../../support/eventually.ts'
import { field } from '../../support/haproxy.ts'
import { haproxies } from '../../support/haproxy-versions.ts'
import { hasPrograms } from '../../support/programs.ts'
import { SUSPECT, suspectApi } from '../../support/suspect-api.ts'
import { visit } from '../../support/tls-clients.ts'
import { startTwoTiers } from '../../support/two-tiers.ts'

const possible = hasPrograms('haproxy', 'openssl')

;(possible ? describe : describe.skip).each(possible ? haproxies() : [])(
  'push mode of $version',
  ({ program }) => {
    test('who has a verdict is moved without a question, the others are asked for; a reload loses nothing', async () => {
      const api = suspectApi()
      const agent = await startAgent(api)
      atTheEnd(() => agent.close())
      const tiers = await startTwoTiers({ agents: [agent.port], program, processingMs: 250 })
      atTheEnd(() => tiers.stop())
      const over = new AbortController()
      atTheEnd(() => {
        over.abort()
      })
      const verdicts = new PushedVerdicts(api.state, 'shop')
      const settings = { sockets: [tiers.adminSocket], map: join(tiers.folder, 'verdicts.map') }
      const ports = { tell: tellHaproxy, now: Date.now, sleep, metrics: NO_METRICS, logger: SILENT }
      const pushing = runPush(verdicts, settings, ports, over.signal)

      const lineOfNext = async (from: string): Promise<string> => {
        const before = tiers.front.lines.length
        expect((await visit({ port: tiers.port, from })).status).toBe(200)
        return eventually('its line', () =>
          tiers.front.lines.slice(before).find((line) => field(line, 'ci') === from),
        )
      }
      const isPushed = async (): Promise<boolean> => {
        const line = await lineOfNext(SUSPECT)
        return field(line, 'pool') === 'mitigation' && field(line, 'askms') === '-'
      }
      await eventually('the verdict arrives', isPushed)
      const ordinary = await lineOfNext('127.0.6.1')
      expect([field(ordinary, 'pool'), field(ordinary, 'askms') === '-']).toEqual([
        'primary',
        false,
      ])

      // The new worker begins with the file, which is empty.
      await tiers.front.reload()
      expect(readFileSync(settings.map, 'utf8')).toBe('')
      await eventually('the new worker has it too', isPushed)

      const taken = api.state.applyControl({ ...denied(api), deleted: true })
      expect(taken).toBeUndefined()
      over.abort()
      await pushing
      // Nobody renews it: an entry is good for a while only.
      await tellHaproxy(tiers.adminSocket, `set map ${settings.map} ${SUSPECT}/32 1\n`)
      await eventually('it is asked for again', async () => !(await isPushed()))
    }, 60_000)
  },
)

function denied(api: ReturnType<typeof suspectApi>): Parameters<typeof api.state.applyControl>[0] {
  const [entry] = [...api.state.lists.entries('deny')]
  const stamp = { observedAt: 0, ingestedAt: 0, sensor: '', site: '', eventId: new Uint8Array(16) }
  const { cidr = '', actor = '', reason = '' } = entry ?? {}
  return { ...stamp, kind: 'deny', id: cidr, body: '{}', deleted: false, actor, reason }
}
