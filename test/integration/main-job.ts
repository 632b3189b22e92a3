import { beforeAll, describe, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createClient, type ClickHouseClient } from '@clickhouse/client'
import { atTheEnd, ending } from '../support/endings.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { temporaryFolder } from '../support/programs.ts'

const ROOT = join(import.meta.dirname, '../..')

/**
 * The main job as a new user sees it: `up` on the recording, its table, its history, its answers, its end. The same
 * must be seen wherever the event log is: `environment` says where.
 */
export function mainJob(title: string, environment: Readonly<Record<string, string>>): void {
  const folder = temporaryFolder('main-job')
  atTheEnd(folder.remove)
  let up: ChildProcess
  let output = ''
  let apiPort: number
  let clickhousePort: number
  let clickhouse: ClickHouseClient

  /** Runs the command line beside the running installation. */
  async function vestibule(
    ...args: readonly string[]
  ): Promise<{ code: number | null; text: string }> {
    const child = spawn(join(ROOT, 'bin/vestibule'), args, {
      env: {
        ...process.env,
        ...environment,
        VESTIBULE_API_PORT: String(apiPort),
        VESTIBULE_DATA: folder.path,
        VESTIBULE_CLICKHOUSE_URL: `http://127.0.0.1:${clickhousePort}`,
      },
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, text }
  }

  beforeAll(async () => {
    apiPort = await freePort()
    clickhousePort = await freePort()
    up = spawn(
      join(ROOT, 'bin/vestibule'),
      [
        ...['up', '--data', folder.path, '--port', String(apiPort)],
        ...['--clickhouse-port', String(clickhousePort)],
        ...['--replay', join(ROOT, 'corpus/demo/demo.pcap.gz'), '--speed', '10'],
        ...['--replay-log', join(ROOT, 'corpus/demo/demo.auth.log')],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
    )
    ending(up, 'SIGINT')
    for (const stream of [up.stdout, up.stderr]) {
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    }
    clickhouse = createClient({ url: `http://127.0.0.1:${clickhousePort}`, database: 'vestibule' })
    atTheEnd(() => clickhouse.close())
    await eventually('the replay has ended', () => output.includes('replay ended'), 60_000)
  }, 90_000)

  describe(`vestibule up ${title}`, () => {
    test('shows scanners and guessers suspected, and ordinary clients not', async () => {
      const decisionOf = (address: string): string =>
        output
          .split('\n')
          .filter((line) => line.includes(` ${address} `))
          .at(-1) ?? ''
      await eventually('sslscan goes to mitigation', () =>
        decisionOf('203.0.113.66').includes('mitigation'),
      )
      await eventually('hydra would be terminated', () =>
        decisionOf('203.0.113.67').includes('terminate'),
      )
      for (const ordinary of ['198.51.100.10', '198.51.100.11', '198.51.100.14']) {
        expect(decisionOf(ordinary)).toContain('primary')
      }
      expect(decisionOf('198.51.100.20')).toContain('pass')
    })

    test('why explains a suspect and an ordinary client', async () => {
      const suspect = await vestibule('why', '203.0.113.66')
      expect(suspect.text).toContain('sends the same client random on different connections')
      expect(suspect.text).toContain('what would change the answer')
      const ordinary = await vestibule('why', '198.51.100.10')
      expect(ordinary.text).toMatch(/^198\.51\.100\.10: low/)
    })

    test('history holds every hello of the recording, once', async () => {
      const count = async (): Promise<number> => {
        const result = await clickhouse.query({
          query: 'SELECT count() AS hellos FROM tls_hello FINAL',
          format: 'JSONEachRow',
        })
        const [row] = await result.json<{ hellos: string | number }>()
        return Number(row?.hellos)
      }
      expect(
        await eventually('296 hellos', async () => ((await count()) === 296 ? 296 : undefined)),
      ).toBe(296)
      const history = await vestibule('history', '203.0.113.67', '--limit', '5')
      expect(history.text.trimEnd().split('\n')).toHaveLength(5)
    })

    test('the API answers a load balancer with a pool, a score and reasons', async () => {
      const answer = await fetch(`http://127.0.0.1:${apiPort}/v1/handshakes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ client: { ip: '203.0.113.66' } }),
      })
      expect(await answer.json()).toMatchObject({
        pool: 'primary',
        wouldBe: 'mitigation',
        shadow: true,
      })
    })

    test('history holds the decisions, with reasons for the suspects', async () => {
      const decided = async (): Promise<readonly unknown[]> => {
        const result = await clickhouse.query({
          query: `SELECT DISTINCT client, wouldBe, notEmpty(reasonCodes) AS reasoned FROM decision_outcome
                WHERE (client, wouldBe) IN (('203.0.113.66', 'mitigation'), ('203.0.113.67', 'terminate'),
                                            ('198.51.100.10', 'primary'))
                  AND (wouldBe = 'primary' OR reasoned) ORDER BY client`,
          format: 'JSONEachRow',
        })
        return result.json()
      }
      await eventually('three decisions', async () => (await decided()).length === 3)
      expect(await decided()).toMatchObject([
        { client: '198.51.100.10', wouldBe: 'primary' },
        { client: '203.0.113.66', wouldBe: 'mitigation', reasoned: 1 },
        { client: '203.0.113.67', wouldBe: 'terminate', reasoned: 1 },
      ])
    })

    test('doctor finds the installation whole', async () => {
      const { text } = await vestibule('doctor', '--data', folder.path)
      expect(text).toContain('ready at')
      expect(text).toMatch(/ok {4}history +296 hellos/)
      expect(text).not.toContain('BAD')
    })

    test('Ctrl-C ends everything in under three seconds', async () => {
      const startedAt = Date.now()
      up.kill('SIGINT')
      await new Promise((resolve) => up.once('exit', resolve))
      expect(Date.now() - startedAt).toBeLessThan(3_000)
      expect(output).toContain('vestibule: stopped')
    })
  })
}
