import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { fileURLToPath } from 'node:url'
import { readCaptureFile } from '../../io/capture/read-capture-file.ts'
import { sharedMemoryLog } from '../../io/event-log/memory.ts'
import { sleep } from '../../io/sleep.ts'
import { addressText, clientEntity, isIpv4, parseAddress } from '../../lib/client-entity.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { SILENT } from '../../lib/logger.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { encoded } from '../../lib/encoded.ts'
import { createOutbox } from '../../lib/outbox.ts'
import { privacyOf, type AddressMap } from '../../lib/pseudonym.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { clientProcessor } from '../../processors/client-fold/client-processor.ts'
import { runProcessor } from '../../processors/run.ts'
import { createObserver } from '../../producers/observe.ts'
import { ClientResponse, HandshakeResponse } from '../../routing-api/routes/response-schemas.ts'
import { STATE_TOPICS } from '../../routing-api/state/api-state.ts'
import { TOPIC_NAMES } from '../../schemas/topics.ts'
import { CODEC, run, testApi, type Running } from './harness.ts'

const DEMO = fileURLToPath(new URL('../../corpus/demo/demo.pcap.gz', import.meta.url))
const { addresses } = privacyOf('name key', new Uint8Array(32).fill(7))

interface Scene {
  readonly running: Running
  readonly log: EventLog
  readonly clients: readonly string[]
  readonly close: () => Promise<void>
}

async function observed(map?: AddressMap): Promise<AnyRecord[]> {
  const observer = createObserver({
    ...{ sensor: 'tap', site: 'lab', source: 'tap', hashSeed: 1 },
    addresses: map,
  })
  let lastAt = 0
  for await (const item of readCaptureFile(DEMO)) {
    if (item.kind !== 'frames') continue
    for (const frame of item.frames) {
      observer.packet(frame)
      lastAt = frame.capturedAt
    }
  }
  observer.end(lastAt)
  return observer.take()
}

/** The demonstration from the wire to the API, with pseudonyms in every record. */
async function play(): Promise<Scene> {
  const log = sharedMemoryLog().connect()
  const ports = { log, codec: CODEC, metrics: NO_METRICS, logger: SILENT, sleep }
  const outbox = createOutbox({ ...ports, stage: 'capture' })
  const records = await observed(addresses)
  for (const record of records) outbox.put(record)
  await outbox.run(AbortSignal.abort())
  const nowMs = Math.max(...records.map(({ record }) => record.observedAt)) / 1000
  await folded(log, { ...ports, now: () => nowMs })
  const api = testApi({
    addresses,
    now: () => nowMs,
    append: (any) => log.append('control', [encoded(any, CODEC)]),
  })
  for (const topic of STATE_TOPICS)
    for (const stored of await all(log, topic)) api.state.apply(stored)
  const running = await run(api)
  const close = async (): Promise<void> => {
    await running.close()
    await log.close()
  }
  return { running, log, clients: clientsOf(await observed()), close }
}

async function folded(log: EventLog, ports: Parameters<typeof runProcessor>[0]): Promise<void> {
  const stop = new AbortController()
  const limits = { clients: 1000, pairs: 1000 }
  const running = runProcessor(ports, clientProcessor(CODEC, limits), stop.signal)
  const deadline = AbortSignal.timeout(20_000)
  const ends = await log.ends('client-events')
  for (;;) {
    const committed = await log.committed('client-fold', 'client-events')
    if (ends.every((end, i) => end === 0 || committed[i] === end)) break
    deadline.throwIfAborted()
    await sleep(5, deadline)
  }
  stop.abort()
  await running
}

async function all(log: EventLog, topic: (typeof TOPIC_NAMES)[number]) {
  const stop = new AbortController()
  const found = []
  for await (const { records, caughtUp } of log.follow({
    topics: [topic],
    from: 'start',
    signal: stop.signal,
  })) {
    found.push(...records)
    if (caughtUp) stop.abort()
  }
  return found
}

/** Clients that are nobody's server, in clear. */
function clientsOf(records: readonly AnyRecord[]): readonly string[] {
  const clients = new Set<string>()
  const servers = new Set<string>()
  for (const any of records) {
    if (any.type !== 'TlsHello' && any.type !== 'SshConnection') continue
    clients.add(addressText(any.record.clientAddress))
    servers.add(addressText(any.record.serverAddress))
  }
  return [...clients].filter((client) => !servers.has(client))
}

function pseudonymOf(client: string): string {
  return clientEntity(addresses.of(parseAddress(client) ?? new Uint8Array(16)))
}

let scene: Scene
beforeAll(async () => {
  scene = await play()
}, 60_000)
afterAll(() => scene.close())

describe('an installation with pseudonyms', () => {
  test('answers a clear address from the score of its pseudonym', async () => {
    const { running, clients } = scene
    const answers = await Promise.all(
      clients.map(async (client) => {
        const { body } = await running.call('GET', `/v1/clients/${client}`)
        return { client, scores: ClientResponse.parse(body).scores }
      }),
    )
    const scored = answers.filter(({ scores }) => scores.some(({ kind }) => kind === 'ip'))
    expect(scored.length).toBeGreaterThan(3)
    for (const { client, scores } of scored) {
      for (const { entity } of scores) expect(entity).toContain(pseudonymOf(client))
      const asked = { client: { ip: client } }
      const { body } = await running.call('POST', '/v1/handshakes', asked)
      const tls = scores.some(({ kind, protocol }) => kind === 'ip' && protocol === 'tls')
      expect(HandshakeResponse.parse(body).decidedBy === 'ip').toBe(tls)
    }
  })

  test('a network allowed in clear is allowed for the clients in it, and leaves by its clear name', async () => {
    const { running, clients } = scene
    const client = clients.find((text) => !text.includes(':')) ?? ''
    const network = `${client.slice(0, client.lastIndexOf('.'))}.0/24`
    const word = { reason: 'ours', actor: 'test' }
    const path = `/v1/lists/allow/${encodeURIComponent(network)}`
    expect((await running.call('PUT', path, word)).status).toBe(200)
    const { body } = await running.call('POST', '/v1/handshakes', { client: { ip: client } })
    expect(HandshakeResponse.parse(body).reasons[0]?.code).toBe('list-allow')
    expect((await running.call('DELETE', path)).status).toBe(200)
  })

  test('no record on any topic holds the address of a client', async () => {
    const { log, clients } = scene
    const forbidden = clients.flatMap((client) => {
      const address = parseAddress(client) ?? new Uint8Array(16)
      return [Buffer.from(client), Buffer.from(isIpv4(address) ? address.subarray(8) : address)]
    })
    let records = 0
    for (const topic of TOPIC_NAMES) {
      for (const { key, value } of await all(log, topic)) {
        records += 1
        const bytes = Buffer.concat([Buffer.from(`${key}\0`), value ?? new Uint8Array(0)])
        expect(forbidden.filter((text) => bytes.includes(text)).map(String)).toEqual([])
      }
    }
    expect(records).toBeGreaterThan(100)
  })
})
