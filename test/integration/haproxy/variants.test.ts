import { describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startAgent } from '../../routing-api/spop/agent.ts'
import { type TestApi } from '../../routing-api/harness.ts'
import { atTheEnd } from '../../support/endings.ts'
import { eventually } from '../../support/eventually.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { field } from '../../support/haproxy.ts'
import { haproxies } from '../../support/haproxy-versions.ts'
import { hasPrograms, temporaryFolder } from '../../support/programs.ts'
import { suspectApi } from '../../support/suspect-api.ts'
import { visit, type VisitOptions } from '../../support/tls-clients.ts'
import { startTwoTiers, type TwoTiers } from '../../support/two-tiers.ts'

const possible = hasPrograms('haproxy', 'openssl')

;(possible ? describe : describe.skip).each(possible ? haproxies() : [])(
  'what the comments of gates/haproxy offer, $version',
  ({ program }) => {
    async function started(
      edit: (name: string, text: string) => string,
      prepare: (api: TestApi, tiers: TwoTiers) => void = () => undefined,
    ): Promise<{ readonly api: TestApi; readonly tiers: TwoTiers }> {
      const api = suspectApi()
      const agent = await startAgent(api)
      const options = { agents: [agent.port], program, processingMs: 250, edit }
      const tiers = await startTwoTiers(options)
      atTheEnd(async () => {
        await tiers.stop()
        await agent.close()
      })
      prepare(api, tiers)
      await eventually('decided', async () => {
        await visit({ port: tiers.port, from: '127.0.15.9' })
        return tiers.front.lines.some((line) => field(line, 'pool') === 'primary')
      })
      return { api, tiers }
    }

    test('set-dst: a data server that HAProxy does not know by name is reached by its address', async () => {
      const setting = (name: string, text: string): string =>
        name === 'primary'
          ? text
              .replace('    default_backend data\n', `${setDst(text)}    default_backend data\n`)
              .replace(/^ {4}(?:use-server|server data-).*\n/gm, '')
              .replace('    #   server any', '    server any')
          : text
      // Only the third one is up, at an address that no configuration holds.
      const { tiers } = await started(setting, (api, { data }) => {
        for (const { id, port } of data) {
          const state = id === 'data-3' ? 'up' : 'down'
          const server = { serverId: id, pool: 'data', host: '127.0.0.1', port, state } as const
          api.state.servers.apply(
            exampleRecord('Server', {
              ...{ ...server, heartbeatMs: 0, capacity: 100, load: 0, configured: false },
            }),
          )
        }
      })
      for (let n = 0; n < 4; n += 1) {
        const { body } = await visit({ port: tiers.port, from: '127.0.15.1' })
        expect(JSON.parse(body)).toMatchObject({ server: 'data-3' })
      }
    }, 30_000)

    test('client certificates: verified is proof, another one is served and told, none is none', async () => {
      const folder = temporaryFolder('client-certificates')
      atTheEnd(folder.remove)
      const [known, strange] = ['known', 'strange'].map((name) =>
        makeCertificate(folder.path, name),
      )
      const { api, tiers } = await started((name, text) =>
        name === 'front'
          ? text
          : text.replaceAll(
              ' accept-proxy ssl ',
              ` accept-proxy ssl ca-file ${join(folder.path, 'known.pem')} verify optional crt-ignore-err all ca-ignore-err all `,
            ),
      )
      const told = async (from: string, own: Partial<VisitOptions>): Promise<unknown> => {
        expect((await visit({ port: tiers.port, from, ...own })).status).toBe(200)
        const record = await eventually('its handshake', () =>
          api.published.find(
            (any) =>
              any.type === 'TlsHandshake' &&
              [...any.record.clientAddress.slice(-4)].join('.') === from,
          ),
        )
        const line = await eventually('its line', () =>
          tiers.primaries.flatMap(({ lines }) => lines).find((one) => field(one, 'ci') === from),
        )
        const { clientCertificate } = { clientCertificate: '', ...record.record }
        return [clientCertificate, field(line, 'crt'), field(line, 'verify') === '0']
      }
      expect(await told('127.0.15.2', known ?? {})).toEqual(['verified', '1', true])
      expect(await told('127.0.15.3', strange ?? {})).toEqual(['presented', '1', false])
      expect(await told('127.0.15.4', {})).toEqual(['none', '0', true])
    }, 30_000)

    test('ticket keys that the servers share: resumption with them, and without', async () => {
      const rate = async (tiers: TwoTiers): Promise<number> => {
        let session: Buffer | undefined
        let resumed = 0
        for (let n = 0; n < 13; n += 1) {
          const one = await visit({
            port: tiers.port,
            from: '127.0.15.5',
            ...(session ? { session } : {}),
          })
          resumed += one.resumed ? 1 : 0
          session = one.session ?? session
        }
        return resumed / 12
      }
      const shared = await rate((await started((_, text) => text)).tiers)
      const own = await rate(
        (await started((_, text) => text.replace(/ tls-ticket-keys "[^\n]*"/, ''))).tiers,
      )
      process.stderr.write(
        `resumed with shared ticket keys: ${shared.toFixed(2)}, without: ${own.toFixed(2)}\n`,
      )
      expect(shared).toBe(1)
      expect(own).toBeLessThan(1)
    }, 40_000)
  },
)

/** The two lines that a comment of the configuration offers for the frontend. */
function setDst(text: string): string {
  const lines = [...text.matchAll(/^ +# +(tcp-request content set-dst.*)$/gm)]
  return lines.map(([, line]) => `    ${line ?? ''}\n`).join('')
}

function makeCertificate(folder: string, name: string): Partial<VisitOptions> {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key]
  execFileSync(
    'openssl',
    ['req', '-x509', '-days', '2', '-subj', `/CN=${name}`, ...made, '-out', cert],
    {
      stdio: 'pipe',
    },
  )
  return { key: readFileSync(key), cert: readFileSync(cert) }
}
