import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type ConnectionOptions } from 'node:tls'
import { apiClient } from '../cli/api-client.ts'
import { waitUntilReady } from '../cli/up/readiness.ts'
import { servicesOf } from '../cli/up/services.ts'
import { supervise, type Supervised } from '../io/supervisor.ts'
import { readConfig } from '../lib/config.ts'
import { startTlsServer } from '../test/support/tls-server.ts'
import { freePort } from '../test/support/free-port.ts'
import { benchBroker, type BenchBroker } from './bench-broker.ts'
import { type BenchOptions } from './bench-options.ts'
import { print, quantile } from './print.ts'

const SAMPLES = 300

/**
 * Wire → score usable in the API: real handshakes on loopback from a new address each, captured live,
 * through log, fold and scores topic, until GET /v1/clients answers with a score. Milliseconds from the
 * client's hello to that answer. Over Kafka with `--kafka`, or where VESTIBULE_KAFKA_BROKERS is set.
 */
export async function run({ kafka }: BenchOptions): Promise<void> {
  const given = process.env['VESTIBULE_KAFKA_BROKERS'] ?? ''
  const broker = kafka || given !== '' ? await benchBroker() : undefined
  try {
    await measure(broker)
  } finally {
    await broker?.end()
  }
}

async function measure(broker: BenchBroker | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-latency-'))
  const running: Supervised[] = []
  const server = await startTlsServer()
  try {
    const read = readConfig(
      {},
      {
        ...{ dataDir: folder, apiPort: await freePort() },
        ...(broker && { kafkaBrokers: broker.brokers, kafkaPrefix: `latency-${process.pid}-` }),
      },
    )
    if (read.kind === 'fault') throw new Error(read.message)
    const { config } = read
    const services = servicesOf(config, {
      ...{ interfaces: ['lo'], replay: [], replayLog: undefined, followLogs: [] },
    }).filter(({ spec }) => !['clickhouse', 'sink'].includes(spec.name))
    for (const service of services) {
      const child = supervise(service.spec, { started: () => undefined, ended: () => undefined })
      running.push(child)
      if (!(await waitUntilReady(service, config, () => false, child.saidReady))) {
        throw new Error(`${service.title} is not ready`)
      }
    }
    const { port } = server
    const api = apiClient(`http://127.0.0.1:${config.apiPort}`)
    const times: number[] = []
    for (let n = -20; n < SAMPLES; n += 1) {
      const address = `127.77.${(n + 20) >> 8}.${(n + 20) & 255 || 1}`
      const ms = await oneHandshake(api, port, address)
      if (n >= 0 && ms !== undefined) times.push(ms)
      await sleep(20)
    }
    const sorted = times.sort((a, b) => a - b)
    print('latency', {
      what: 'hello on the wire to a score in the API, milliseconds',
      log: broker === undefined ? 'embedded' : `Kafka ${broker.version}`,
      samples: sorted.length,
      lost: SAMPLES - sorted.length,
      p50: quantile(sorted, 0.5),
      p90: quantile(sorted, 0.9),
      p99: quantile(sorted, 0.99),
    })
  } finally {
    await server.stop()
    for (const child of running.reverse()) await child.stop(1_000)
    rmSync(folder, { recursive: true, force: true })
  }
}

async function oneHandshake(
  api: ReturnType<typeof apiClient>,
  port: number,
  address: string,
): Promise<number | undefined> {
  const from: ConnectionOptions & { localAddress: string } = {
    ...{ port, host: '127.0.0.1', localAddress: address, rejectUnauthorized: false },
  }
  const socket = connect(from)
  const startedAt = await new Promise<number>((resolve) =>
    socket.once('connect', () => {
      resolve(performance.now())
    }),
  )
  socket.on('error', () => undefined)
  const deadline = startedAt + 3_000
  while (performance.now() < deadline) {
    const answer = (await api.call('GET', `/v1/clients/${address}`)) as { scores: unknown[] }
    if (answer.scores.length > 0) {
      socket.destroy()
      return Number((performance.now() - startedAt).toFixed(2))
    }
  }
  socket.destroy()
  return undefined
}
