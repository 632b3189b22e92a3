import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createClient, type ClientOptions, type VestibuleClient } from '../../gates/client.ts'
import { startApiProcess, type ApiProcess } from '../support/api-process.ts'
import { eventually } from '../support/eventually.ts'

const POLICY = `
shadow: false
servers:
  - { id: p1, pool: primary, host: 192.0.2.1, port: 443 }
  - { id: m1, pool: mitigation, host: 192.0.2.2, port: 443 }
  - { id: d1, pool: data, host: 192.0.2.3, port: 80 }
`
const ORDINARY = { ip: '198.51.100.1', port: 4000 }
const DENIED = { ip: '203.0.113.9' }

let api: ApiProcess
const ends: (() => unknown)[] = []

beforeAll(async () => {
  api = await startApiProcess(POLICY)
  const listed = async (): Promise<boolean> => {
    const deny = { reason: 'test', actor: 'test' }
    return (await api.call('PUT', `/v1/lists/deny/${DENIED.ip}%2F32`, deny)).status === 200
  }
  await eventually('the deny list holds it', listed)
  // Ready is who has read the log; the policy's seed comes right behind it.
  const served = async (): Promise<boolean> => {
    const asked = createClient({ url: api.url, timeoutMs: 1_000 })
    const { server } = await asked.handshake({ client: ORDINARY })
    asked.close()
    return server !== null
  }
  await eventually("the policy's servers are known", served)
}, 60_000)
afterAll(async () => {
  await api.stop()
}, 30_000)
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

function client(options: Partial<ClientOptions> = {}): VestibuleClient {
  const made = createClient({ url: api.url, timeoutMs: 1_000, ...options })
  ends.push(() => {
    made.close()
  })
  return made
}

/** Answers every connection with these bytes. */
async function something(answer: string, then: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => {
      socket.write(answer)
      then(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const keepOpen = (): undefined => undefined

describe('the client for balancers, with the real API', () => {
  test('asks for both decisions and tells the outcome', async () => {
    const asking = client()
    const answer = await asking.handshake({ client: ORDINARY, sni: 'shop.example.org' })
    expect(answer).toMatchObject({
      ...{ pool: 'primary', by: 'api', fault: null },
      server: { id: 'p1', host: '192.0.2.1', port: 443 },
    })
    expect(answer.reasons.length).toBeGreaterThan(0)
    expect(await asking.handshake({ client: DENIED })).toMatchObject({
      pool: 'mitigation',
      server: { id: 'm1' },
    })
    const { decisionId } = answer
    if (decisionId === null) throw new Error('no decision')
    const data = await asking.dataServer({
      client: ORDINARY,
      decisionId,
      handshake: { alpn: 'h2' },
    })
    expect(data).toMatchObject({ server: { id: 'd1' }, by: 'api' })
    asking.outcome({ decisionId, result: 'completed', server: 'd1', bytesOut: 5 })
    expect(asking.counts()).toEqual({ api: 3 })
  })

  test('an API that is stopped costs three questions their time limit and no other anything', async () => {
    const said: string[] = []
    const onChange: ClientOptions['onChange'] = (state, why) => said.push(`${state}: ${why}`)
    const asking = client({ timeoutMs: 60, probeMs: 20, longestProbeMs: 50, onChange })
    await asking.handshake({ client: DENIED })
    const pid = api.pid('serve')
    process.kill(pid, 'SIGSTOP')
    const waits: number[] = []
    const faults: unknown[] = []
    try {
      for (let i = 0; i < 20; i += 1) {
        const startedAt = performance.now()
        const { pool, by, fault } = await asking.handshake({ client: DENIED })
        waits.push(performance.now() - startedAt)
        faults.push(fault)
        // Who was sent to mitigation does not get out of it because the API is stopped.
        expect([pool, by]).toEqual(['mitigation', 'memory'])
      }
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    expect(faults.slice(0, 4)).toEqual(['timeout', 'timeout', 'timeout', 'breaker-open'])
    expect(waits.filter((ms) => ms > 50).length).toBe(3)
    await eventually('the API is asked again', async () => {
      return (await asking.handshake({ client: ORDINARY })).by === 'api'
    })
    expect(said).toEqual([
      'open: 3 questions in a row failed, the last by timeout',
      'closed: the API answers again',
    ])
  })

  test('an API that is killed is found again when it is back', async () => {
    const asking = client({ timeoutMs: 500, probeMs: 20, longestProbeMs: 100 })
    await asking.handshake({ client: ORDINARY })
    const restarted = api.kill('serve')
    const { by } = await asking.handshake({ client: { ip: '198.51.100.77' } })
    expect(by).toBe('default')
    expect(await asking.handshake({ client: ORDINARY })).toMatchObject({
      ...{ pool: 'primary', by: 'memory', fault: 'unreachable' },
      server: { id: 'p1' },
      decisionId: null,
    })
    await restarted
    await eventually('it answers', async () => {
      return (await asking.handshake({ client: ORDINARY })).by === 'api'
    })
  }, 30_000)
})

describe('the client for balancers, with what is not the API', () => {
  const page = '<html></html>'
  const length = (text: string): string => `content-length: ${text.length}\r\n\r\n${text}`
  const lying = '{"decisionId":"x","pool":"elsewhere","server":null}'
  const endless = `HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n${'x'.repeat(300_000)}`
  test.each([
    ['a page', `HTTP/1.1 200 OK\r\n${length(page)}`, 'bad-answer'],
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'bad-answer'],
    ['an answer that lies', `HTTP/1.1 200 OK\r\n${length(lying)}`, 'bad-answer'],
    ['an answer of no end', endless, 'bad-answer'],
    ['a fault of its own', `HTTP/1.1 500 No\r\n${length('{}')}`, 'bad-answer'],
    ['a refusal', `HTTP/1.1 401 No\r\n${length('{}')}`, 'refused'],
    ['headers and then silence', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{', 'timeout'],
  ])('%s: the static default', async (_what, answer, fault) => {
    const url = await something(answer, keepOpen)
    const defaults = { pool: 'mitigation', server: null } as const
    const asking = client({ url, timeoutMs: 300, defaults })
    expect(await asking.handshake({ client: ORDINARY })).toEqual({
      ...{ pool: 'mitigation', server: null, by: 'default', fault },
      ...{ decisionId: null, reasons: [] },
    })
  })

  test('an answer byte by byte ends at the time limit', async () => {
    const url = await something('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n', (socket) => {
      const drip = setInterval(() => socket.write('x'), 5)
      socket.once('close', () => {
        clearInterval(drip)
      })
    })
    const startedAt = performance.now()
    const { fault } = await client({ url, timeoutMs: 100 }).handshake({ client: ORDINARY })
    expect(fault).toBe('timeout')
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })

  test('refusals open no breaker, and more than it may have under way are not asked', async () => {
    const url = await something(`HTTP/1.1 400 No\r\n${length('{}')}`, keepOpen)
    const asking = client({ url, inFlight: 2, timeoutMs: 300 })
    const at = (n: number): Promise<unknown> => asking.handshake({ client: { ip: `192.0.2.${n}` } })
    await Promise.all([at(1), at(2), at(3), at(4)])
    for (let i = 0; i < 5; i += 1) await at(i)
    const counts = asking.counts()
    expect(counts).toMatchObject({ busy: 2, default: 9 })
    expect(counts['breaker-open']).toBeUndefined()
  })

  test('answers are remembered for so many clients and so long', async () => {
    const asking = client({ remembered: 2, rememberMs: 60_000 })
    for (const ip of ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
      await asking.handshake({ client: { ip } })
    const restarted = api.kill('serve')
    const by = async (ip: string): Promise<string> =>
      (await asking.handshake({ client: { ip } })).by
    expect([await by('192.0.2.1'), await by('192.0.2.2'), await by('192.0.2.3')]).toEqual([
      'default',
      'memory',
      'memory',
    ])
    await restarted
  }, 30_000)
})
