import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Relay } from '../../../scripts/demo-lb/relay.ts'
import { startStage, type Stage } from '../../../scripts/demo-lb/stage.ts'
import { type Standing, Standings } from '../../../scripts/demo-lb/standings.ts'
import { tableOf } from '../../../scripts/demo-lb/table.ts'
import { type Visitor, visitorsOf } from '../../../scripts/demo-lb/visitors.ts'
import { eventually } from '../../support/eventually.ts'
import { field } from '../../support/haproxy.ts'
import { hasPrograms, temporaryFolder } from '../../support/programs.ts'
import { visit } from '../../support/tls-clients.ts'

const possible = hasPrograms('haproxy', 'openssl', 'curl', 'python3', 'sslscan', 'nmap')
/** Scanners of TLS; a fuzzer of HTTP speaks TLS as anybody does. */
const SCANNERS = ['sslscan', 'nmap']
const CROWD = 8
/** What takes long to start is in the demonstration only. */
const LEFT_OUT = new Set(['java', 'chromium', 'testssl'])

;(possible ? describe : describe.skip)('two tiers, ordinary and hostile clients at once', () => {
  const folder = temporaryFolder('end-to-end')
  const relays: Relay[] = []
  const over = new AbortController()
  const attackOver = new AbortController()
  let stage: Stage
  let standings: Standings
  let running: Promise<void>[] = []
  let read = 0

  beforeAll(async () => {
    stage = await startStage({ folder: folder.path, processingMs: 250 })
    const { port } = stage.tiers
    const { visitors } = visitorsOf({ port, folder: folder.path, relays })
    const here = visitors.filter(({ name }) => !LEFT_OUT.has(name))
    standings = new Standings(here)
    running = here.map((one: Visitor) =>
      one.run(one.kind === 'hostile' ? attackOver.signal : over.signal),
    )
  }, 90_000)
  afterAll(async () => {
    attackOver.abort()
    over.abort()
    await Promise.all(running)
    await Promise.all(relays.map((relay) => relay.stop()))
    await stage.stop()
    folder.remove()
  }, 60_000)

  async function crowd(from: string): Promise<void> {
    while (!over.signal.aborted) {
      await visit({ port: stage.tiers.port, from })
      await sleep(100)
    }
  }

  function now(): ReadonlyMap<string, Standing> {
    for (; read < stage.lines.length; read += 1) standings.take(stage.lines[read] ?? '')
    return new Map(standings.all().map((one) => [one.visitor.name, one]))
  }

  test('scanners are moved to mitigation while they are at work', async () => {
    const after = await eventually(
      'both are moved',
      () => {
        const moved = SCANNERS.map((name) => now().get(name)?.movedAfterMs)
        return moved.includes(undefined) ? undefined : moved
      },
      60_000,
    )
    process.stderr.write(`moved after ${SCANNERS.join(', ')}: ${after.join(', ')} ms\n`)
  }, 70_000)

  test('ordinary clients stay in primary, and find the servers that suit them', async () => {
    const share = (name: string): number => {
      const one = now().get(name)
      const all = [...(one?.servers.values() ?? [])].reduce((sum, n) => sum + n, 0)
      return all < 3 ? 0 : (one?.servers.get(one.visitor.wants ?? '') ?? 0) / all
    }
    const wanted = ['curl bulk', 'curl h2']
    await eventually(
      'each has the server it wants most of the time',
      () => wanted.every((name) => share(name) > 0.5),
      60_000,
    )
    const ordinary = [...now().values()].filter(({ visitor }) => visitor.kind === 'ordinary')
    expect(ordinary.filter(({ pool }) => pool === 'mitigation')).toEqual([])
    process.stderr.write(`${tableOf(standings.all(), new Set(), false).join('\n')}\n`)
  }, 70_000)

  test('a data server that turns bad loses its clients within seconds', async () => {
    attackOver.abort()
    now()
    const [busiest] = [...standings.loads()].toSorted((a, b) => b[1] - a[1])
    const bad = stage.tiers.data.find(({ id }) => id === busiest?.[0])
    bad?.turn('bad')
    const turnedMs = Date.now()
    // What takes minutes with a few clients takes seconds with a crowd: reputation goes by connections.
    running.push(...Array.from({ length: CROWD }, (_, n) => crowd(`127.0.13.${n + 1}`)))
    // Of the ordinary connections of the newest two seconds, how many it still gets.
    const share = (): number => {
      const lines = stage.lines
        .slice(-400)
        .filter((line) => field(line, 'tier') === 'primary' && field(line, 'why') !== '-')
        .filter(
          (line) => Number(field(line, 'at')) * 1_000 > Math.max(turnedMs, Date.now() - 2_000),
        )
      return lines.length < 5
        ? 1
        : lines.filter((line) => field(line, 'srv') === bad?.id).length / lines.length
    }
    await eventually(`${bad?.id ?? ''} is left`, () => share() <= 0.1, 60_000)
    const seconds = ((Date.now() - turnedMs) / 1_000).toFixed(1)
    process.stderr.write(`${bad?.id ?? ''} lost its clients after ${seconds} s\n`)
  }, 70_000)
})
