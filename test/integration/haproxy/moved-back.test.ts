import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ClientResponse } from '../../../routing-api/routes/response-schemas.ts'
import { startStage, type Stage } from '../../../scripts/demo-lb/stage.ts'
import { eventually } from '../../support/eventually.ts'
import { field } from '../../support/haproxy.ts'
import { hasPrograms, temporaryFolder } from '../../support/programs.ts'
import { visit, type VisitOptions } from '../../support/tls-clients.ts'
import { vestibule } from '../../support/vestibule.ts'

const possible = hasPrograms('haproxy', 'openssl')
/** A client whose first tries fail: it offers what no server here has. */
const CLIENT = '127.0.5.1'

;(possible ? describe : describe.skip)('a client that is suspected wrongly', () => {
  const folder = temporaryFolder('moved-back')
  let stage: Stage

  beforeAll(async () => {
    stage = await startStage({ folder: folder.path, processingMs: 250 })
  }, 90_000)
  afterAll(async () => {
    await stage.stop()
    folder.remove()
  }, 30_000)

  const front = (): readonly string[] =>
    stage.lines.filter((line) => line.includes('tier=front') && field(line, 'ci') === CLIENT)

  async function poolOfNext(options: Partial<VisitOptions> = {}): Promise<string | undefined> {
    const before = front().length
    const { status } = await visit({ port: stage.tiers.port, from: CLIENT, ...options })
    expect(status).toBe(200)
    const line = await eventually('its line', () => front()[before])
    return field(line, 'pool')
  }

  async function client(): Promise<ReturnType<typeof ClientResponse.parse>> {
    return ClientResponse.parse(await stage.api.call('GET', `/v1/clients/${CLIENT}`))
  }

  test('is moved, is told what is missing, gets out by an authenticated exchange and not by waiting', async () => {
    await eventually('decided', async () => (await poolOfNext()) === 'primary', 20_000)
    const useless = { ciphers: 'AES128-SHA256', maxVersion: 'TLSv1.2' } as const
    for (let n = 0; n < 2; n += 1) {
      await visit({ port: stage.tiers.port, from: CLIENT, ...useless })
    }
    await eventually('moved', async () => (await poolOfNext()) === 'mitigation', 15_000)

    expect((await client()).wouldChange[0]).toEqual({
      what: 'one authenticated or application exchange',
      effect: expect.stringMatching(/^it takes 2\.9 nats off \d/),
    })
    // More exchanges without a proof, and time, change nothing.
    for (let n = 0; n < 5; n += 1) expect(await poolOfNext()).toBe('mitigation')

    const headers = { authorization: 'Bearer of-a-user-the-shop-knows' }
    expect(await poolOfNext({ headers })).toBe('mitigation')
    await eventually('back', async () => (await poolOfNext()) === 'primary', 15_000)
    expect(await poolOfNext()).toBe('primary')
    expect((await client()).wouldChange.map(({ what }) => what)).not.toContain(
      'one authenticated or application exchange',
    )
  }, 60_000)

  test('why tells the whole course, with what moved it, from history', async () => {
    const why = await eventually(
      'history has it',
      async () => {
        const { stdout } = await vestibule(['why', CLIENT], {
          VESTIBULE_API_PORT: String(stage.apiPort),
          VESTIBULE_CLICKHOUSE_URL: stage.clickhouseUrl,
        })
        return /mitigation[^]*proof[^]*primary/.test(stdout) ? stdout : undefined
      },
      20_000,
    )
    const words = why.split('\n').flatMap((line) => / shop {2}(\w+)/.exec(line)?.[1] ?? [])
    // A connection that came before the proof was known may stand between.
    expect(words.join(' ')).toMatch(/^primary mitigation proof (mitigation )?primary$/)
    expect(why).toMatch(/mitigation \(\d+ connections\): /)
    expect(why).toContain('proof: an authenticated exchange: told by shop-app')
    process.stderr.write(`${why}\n${tierLines().join('\n')}\n`)
  }, 40_000)

  /** One line of each tier for the moved and for the returned client. */
  function tierLines(): readonly string[] {
    const own = stage.lines.filter((line) => field(line, 'ci') === CLIENT)
    const of = (tier: string, last: boolean): string | undefined => {
      const lines = own.filter((line) => field(line, 'tier') === tier)
      return last ? lines.at(-1) : lines[0]
    }
    return [
      of('primary-error', false),
      ...[
        own.find((line) => field(line, 'pool') === 'mitigation'),
        of('mitigation', false),
        of('front', true),
        of('primary', true),
      ],
    ].filter((line) => line !== undefined)
  }
})
