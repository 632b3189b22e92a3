import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type SpopServer } from '../../../io/spop/server.ts'
import { browserHelloBytes } from '../../../bench/browser-hello.ts'
import { startAgent } from '../../routing-api/spop/agent.ts'
import { type TestApi } from '../../routing-api/harness.ts'
import { eventually } from '../../support/eventually.ts'
import { field, type Haproxy } from '../../support/haproxy.ts'
import { haproxies } from '../../support/haproxy-versions.ts'
import { hasPrograms } from '../../support/programs.ts'
import { SUSPECT, suspectApi } from '../../support/suspect-api.ts'
import { program, sendRaw, visit } from '../../support/tls-clients.ts'
import { startTwoTiers, type TwoTiers } from '../../support/two-tiers.ts'

const possible = hasPrograms('haproxy', 'curl', 'openssl')

/** The newest line of a tier with this client address, once there is one. */
function lineOf(tiers: readonly Haproxy[], address: string, skip = 0): Promise<string> {
  return eventually(
    `a line of ${address}`,
    () => tiers.flatMap(({ lines }) => lines.filter((line) => field(line, 'ci') === address))[skip],
  )
}

/** A TLS record around a handshake message. */
function recordOf(message: Uint8Array): Uint8Array {
  const head = [0x16, 3, 1, message.length >> 8, message.length & 0xff]
  return Uint8Array.from([...head, ...message])
}

const describeIf = possible ? describe : describe.skip
describeIf.each(possible ? haproxies() : [])('two tiers of $version', ({ program: haproxy }) => {
  let api: TestApi
  let agent: SpopServer
  let tiers: TwoTiers

  beforeAll(async () => {
    api = suspectApi()
    agent = await startAgent(api)
    tiers = await startTwoTiers({ agents: [agent.port], program: haproxy, processingMs: 250 })
  }, 30_000)
  afterAll(async () => {
    await tiers.stop()
    await agent.close()
  })

  test('a client is served through both tiers, under its own address and one reference', async () => {
    const { status, body } = await visit({ port: tiers.port, from: '127.0.0.2' })
    expect(status).toBe(200)
    const front = await lineOf([tiers.front], '127.0.0.2')
    const tier = await lineOf(tiers.primaries, '127.0.0.2')
    expect(field(front, 'pool')).toBe('primary')
    expect(field(front, 'ref')).toMatch(/^[0-9a-f]{32}-[0-9a-f]{32}-t13d/)
    expect(field(tier, 'ref')).toBe(field(front, 'ref'))
    const port = field(front, 'cp') ?? ''
    expect(JSON.parse(body)).toEqual({ server: field(tier, 'srv'), client: `127.0.0.2:${port}` })
    const kinds = api.published.filter(
      ({ record }) => 'clientPort' in record && record.clientPort === Number(port),
    )
    expect(kinds.map(({ type }) => type)).toEqual([
      'TlsHello',
      'Decision',
      'Decision',
      'TlsHandshake',
    ])
  })

  test('the server that the agent names is the one that serves', async () => {
    for (let n = 0; n < 6; n += 1) await visit({ port: tiers.port, from: '127.0.0.3' })
    await lineOf([tiers.front], '127.0.0.3', 5)
    const named = api.published.flatMap(({ type, record }) =>
      type === 'Decision' && 'kind' in record && record.kind === 'handshake' ? [record] : [],
    )
    const lines = tiers.front.lines.filter((line) => field(line, 'ci') === '127.0.0.3')
    for (const line of lines) {
      const port = Number(field(line, 'cp'))
      const decision = named.find((one) => 'clientPort' in one && one.clientPort === port)
      expect(decision).toMatchObject({ server: field(line, 'srv') })
    }
  })

  test('a suspect is moved to mitigation, made to retry its hello, and served all the same', async () => {
    const { status, group } = await visit({ port: tiers.port, from: SUSPECT })
    expect(status).toBe(200)
    const front = await lineOf([tiers.front], SUSPECT)
    expect([field(front, 'pool'), field(front, 'check')]).toEqual(['mitigation', 'retry'])
    expect(field(front, 'be')).toBe('mitigation_retry')
    const tier = await lineOf([tiers.mitigation], SUSPECT)
    expect([field(tier, 'check'), field(tier, 'resumed')]).toEqual(['retry', '0'])
    expect(field(tier, 'why')).not.toContain('client-random-changed')
    expect(group).toBe('secp384r1')
    const handshake = api.published.find(
      ({ type, record }) => type === 'TlsHandshake' && 'helloRetry' in record && record.helloRetry,
    )
    expect(handshake?.record).toMatchObject({ helloCount: 2, result: 'finished' })
  })

  test('a suspect whose hello would not survive the retry meets the ordinary groups', async () => {
    const only = { port: tiers.port, from: SUSPECT, ecdhCurve: 'X25519' }
    expect((await visit(only)).status).toBe(200)
    const line = await eventually('its line', () =>
      tiers.front.lines.find(
        (one) => field(one, 'ci') === SUSPECT && field(one, 'check') === 'full',
      ),
    )
    expect(field(line, 'be')).toBe('mitigation')
  })

  test('in mitigation nobody resumes; in primary everybody may, whichever server they met', async () => {
    const resumptions = async (from: string): Promise<number> => {
      let session: Buffer | undefined
      let resumed = 0
      for (let n = 0; n < 8; n += 1) {
        const one = await visit({ port: tiers.port, from, ...(session ? { session } : {}) })
        expect(one.status).toBe(200)
        resumed += one.resumed ? 1 : 0
        session = one.session ?? session
      }
      return resumed
    }
    expect(await resumptions(SUSPECT)).toBe(0)
    expect(await resumptions('127.0.0.4')).toBe(7)
    const met = tiers.primaries.map(({ lines }) =>
      lines.some((line) => field(line, 'ci') === '127.0.0.4'),
    )
    expect(met).toEqual([true, true])
  })

  test.each([3, 60, -10])(
    'a hello cut at %i, its rest 300 ms later, is decided whole',
    async (at) => {
      const address = `127.0.1.${at < 0 ? 99 : at}`
      const hello = recordOf(browserHelloBytes())
      const answer = sendRaw(tiers.port, [hello.slice(0, at), hello.slice(at)], 300, address)
      const line = lineOf([tiers.front], address)
      expect((await answer)[0]).toBe(0x16)
      expect(field(await line, 'ref')).toMatch(/-t13d/)
    },
  )

  test('bytes that are no TLS go on to the default pool, undecided', async () => {
    await sendRaw(tiers.port, [Buffer.from('GET / HTTP/1.0\r\n\r\n')], 0, '127.0.0.5')
    const line = await lineOf([tiers.front], '127.0.0.5')
    expect([field(line, 'be'), field(line, 'pool')]).toEqual(['primary', '-'])
  }, 15_000)

  test('a hello too long for any buffer is not waited for beyond inspect-delay', async () => {
    const message = new Uint8Array(20_000)
    message.set([1, 0, 0x4e, 0x1c, 3, 3])
    const records = [0, 16_000].map((from) => recordOf(message.slice(from, from + 16_000)))
    await sendRaw(tiers.port, records, 0, '127.0.0.6')
    expect(field(await lineOf([tiers.front], '127.0.0.6'), 'be')).toBe('primary')
  }, 15_000)

  test('curl over HTTP/2 and openssl over TLS 1.2 are served', async () => {
    const url = `https://localhost:${tiers.port}/`
    const curl = await program('curl', ['-sS', '--cacert', tiers.certificatePath, '--http2', url])
    expect(JSON.parse(curl.output)).toHaveProperty('server')
    const { status } = await visit({ port: tiers.port, maxVersion: 'TLSv1.2' })
    expect(status).toBe(200)
  })
})
