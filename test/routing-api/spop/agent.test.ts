import { afterEach, describe, expect, test } from '@jest/globals'
import { connect } from 'node:net'
import { parseReference } from '../../../lib/decision-reference.ts'
import { type TypedData } from '../../../protocols/spop/typed-data.ts'
import { text } from '../../../protocols/spop/typed-data.ts'
import { browserHelloBytes } from '../../../bench/browser-hello.ts'
import { type MessageSpec, notify } from '../../protocols/spop/haproxy-side.ts'
import { eventually } from '../../support/eventually.ts'
import { testApi, type TestApi } from '../harness.ts'
import { connectBalancer, startAgent, textOf, type Balancer } from './agent.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const CLIENT = {
  client: { kind: 'ipv4', value: Uint8Array.of(192, 0, 2, 7) },
  port: { kind: 'int64', value: 40_000n },
  listener: text('shop'),
} as const

function handshake(args: Readonly<Record<string, TypedData>> = {}): MessageSpec {
  const hello = { kind: 'binary', value: browserHelloBytes() } as const
  return { name: 'handshake', args: { ...CLIENT, hello, ...args } }
}

async function opened(api: TestApi = testApi()): Promise<{ api: TestApi; balancer: Balancer }> {
  const agent = await startAgent(api)
  ends.push(() => agent.close())
  const balancer = await connectBalancer(agent.port)
  ends.push(() => balancer.socket.destroy())
  return { api, balancer }
}

describe('the agent of the routing API', () => {
  test('a ClientHello gets a pool, a reference and reasons, and is published like over HTTP', async () => {
    const { api, balancer } = await opened()
    const answer = await balancer.ask(notify(1, 1, [handshake()]), '1/1')
    expect([textOf(answer, 'pool'), textOf(answer, 'check')]).toEqual(['primary', 'none'])
    expect(textOf(answer, 'why').split(',')).toContain('no-server')
    const reference = parseReference(textOf(answer, 'ref'))
    expect(reference?.fingerprint).toMatch(/^t13d/)
    expect(reference?.connectionId).toHaveLength(32)
    expect(api.published.map(({ type }) => type)).toEqual(['TlsHello', 'Decision'])
    const decision = api.published.find(({ type }) => type === 'Decision')
    expect(decision?.record).toMatchObject({
      gate: 'haproxy',
      listener: 'shop',
      clientPort: 40_000,
    })
  })

  test('after the handshake the client certificate is published as proof', async () => {
    const { api, balancer } = await opened()
    const first = await balancer.ask(notify(1, 1, [handshake()]), '1/1')
    const asked: MessageSpec = {
      name: 'data-server',
      args: {
        ...CLIENT,
        ref: text(textOf(first, 'ref')),
        version: text('TLSv1.3'),
        cipher: text('TLS_AES_128_GCM_SHA256'),
        resumed: { kind: 'bool', value: false },
        duration: { kind: 'int64', value: 3_500n },
        'cert-presented': { kind: 'bool', value: true },
        'cert-verify': { kind: 'int64', value: 0n },
      },
    }
    const answer = await balancer.ask(notify(2, 1, [asked]), '2/1')
    expect(textOf(answer, 'ref')).toBe(textOf(first, 'ref'))
    const ended = api.published.find(({ type }) => type === 'TlsHandshake')
    expect(ended?.record).toMatchObject({
      result: 'finished',
      clientCertificate: 'verified',
      handshakeMs: 3.5,
      serverVersion: 0x0304,
    })
  })

  test('a random that changed within the handshake, and a version below the offer, are told', async () => {
    const { balancer } = await opened()
    const first = await balancer.ask(notify(1, 1, [handshake()]), '1/1')
    const random = { kind: 'binary', value: new Uint8Array(32).fill(9) } as const
    const args = { ...CLIENT, ref: text(textOf(first, 'ref')), version: text('TLSv1.2'), random }
    const answer = await balancer.ask(notify(2, 1, [{ name: 'data-server', args }]), '2/1')
    expect(textOf(answer, 'why').split(',').slice(0, 2)).toEqual([
      'client-random-changed',
      'version-below-offer',
    ])
  })

  test('questions without a client, of another name, or with values of another type are acknowledged', async () => {
    const { balancer } = await opened()
    const noClient = { name: 'handshake', args: { port: text('x') } }
    expect((await balancer.ask(notify(1, 1, [noClient]), '1/1')).size).toBe(0)
    const stranger = { name: 'check-ip', args: {} }
    expect((await balancer.ask(notify(2, 1, [stranger]), '2/1')).size).toBe(0)
    const odd = handshake({ port: text('1'), hello: { kind: 'null' }, listener: { kind: 'null' } })
    expect(textOf(await balancer.ask(notify(3, 1, [odd]), '3/1'), 'pool')).toBe('primary')
  })

  test('a fault inside a decision gives the configured default, in time', async () => {
    const broken = testApi({
      put: (type) => {
        if (type === 'TlsHello') throw new Error('no room today')
      },
    })
    const { balancer } = await opened(broken)
    const answer = await balancer.ask(notify(1, 1, [handshake()]), '1/1')
    expect(textOf(answer, 'pool')).toBe('primary')
    expect(textOf(answer, 'why').split(',')).toContain('internal-fault')
  })

  test('a fault even of the default is acknowledged without an action', async () => {
    const { balancer } = await opened(
      testApi({
        now: () => {
          throw new Error('no clock today')
        },
      }),
    )
    expect((await balancer.ask(notify(1, 1, [handshake()]), '1/1')).size).toBe(0)
  })

  test('a hundred questions on one connection are all answered', async () => {
    const { balancer } = await opened()
    for (let id = 1; id <= 100; id += 1) balancer.socket.write(notify(id, 1, [handshake()]))
    await eventually('all are answered', () => balancer.acks.size === 100)
  })

  test('what is no SPOP ends its connection and no other', async () => {
    const api = testApi()
    const agent = await startAgent(api)
    ends.push(() => agent.close())
    const good = await connectBalancer(agent.port)
    const bad = await connectBalancer(agent.port)
    bad.socket.write('GET / HTTP/1.1\r\n\r\n')
    await eventually('it is closed', () => bad.socket.destroyed || bad.socket.readableEnded)
    expect(bad.types).toEqual([101, 102])
    expect((await good.ask(notify(1, 1, [handshake()]), '1/1')).size).toBeGreaterThan(0)
    good.socket.destroy()
    expect(await api.metrics.text()).toContain('vestibule_spop_closes_total{status="tooBig"} 1')
  })

  test('on close every connection is told goodbye', async () => {
    const agent = await startAgent(testApi())
    const balancer = await connectBalancer(agent.port)
    await agent.close()
    await eventually('goodbye', () => balancer.types.at(-1) === 102)
  })

  test('connections beyond the bound are closed as they come', async () => {
    const api = testApi()
    const agent = await startAgent(api, 1)
    ends.push(() => agent.close())
    const first = await connectBalancer(agent.port)
    ends.push(() => first.socket.destroy())
    const second = connect(agent.port, '127.0.0.1')
    second.on('error', () => undefined)
    second.resume()
    await eventually('it is closed', () => second.readableEnded || second.destroyed)
    expect(await api.metrics.text()).toContain(
      'spop_connections_dropped_total{reason="too-many"} 1',
    )
  })
})
