import { Agent, createServer, request, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { keyChecker } from '../io/http/api-keys.ts'
import { createHttpServer } from '../io/http/server.ts'
import { createMetrics } from '../io/metrics.ts'
import { freshId } from '../io/fresh-id.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { SILENT } from '../lib/logger.ts'
import { buildApi } from '../routing-api/build-api.ts'
import { ROUTES } from '../routing-api/routes/table.ts'
import { browserHelloBytes } from './browser-hello.ts'
import { print } from './print.ts'

const CONNECTIONS = 16
const ROUND_MS = 2_000
const ROUNDS = 3

/**
 * POST /v1/handshakes against a bare node:http handler that parses the same request and stringifies
 * the same answer, turn and turn about, load generator in the same process: the ratio is the figure.
 */
export async function run(): Promise<void> {
  const api = await apiServer()
  const bodies = {
    facts: JSON.stringify({
      client: { ip: '192.0.2.7', port: 4000 },
      listener: 'shop',
      ja4: 't13d',
      sni: 'a.test',
    }),
    hello: JSON.stringify({
      client: { ip: '192.0.2.7', port: 4000 },
      clientHello: Buffer.from(browserHelloBytes()).toString('base64'),
    }),
  }
  for (const [way, body] of Object.entries(bodies)) {
    const answer = await once(api.url, body)
    const bare = await bareServer(answer)
    const rates: { ours: Round[]; bare: Round[] } = { ours: [], bare: [] }
    await load(api.url, body)
    await load(bare.url, body)
    for (let i = 0; i < ROUNDS; i += 1) {
      rates.ours.push(await load(api.url, body))
      rates.bare.push(await load(bare.url, body))
    }
    const [ours, other] = [median(rates.ours), median(rates.bare)]
    print('api', {
      way,
      perSecond: ours.rate,
      barePerSecond: other.rate,
      ratio: Math.round((ours.rate / other.rate) * 100) / 100,
      p50ms: ours.p50,
      p99ms: ours.p99,
      p999ms: ours.p999,
      bareP50ms: other.p50,
      bareP99ms: other.p99,
      load: `closed loop, ${CONNECTIONS} connections, same process`,
    })
    bare.server.closeAllConnections()
    bare.server.close()
  }
  api.stop()
}

async function apiServer(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const metrics = createMetrics()
  const stop = new AbortController()
  const { api, outbox } = buildApi({
    log: { append: () => Promise.resolve(), follow: () => nothing() },
    codec: singleObjectCodec(),
    metrics,
    logger: SILENT,
    site: 'bench',
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    freshId,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  })
  api.state.caughtUp()
  void outbox.run(stop.signal)
  const server = createHttpServer({
    routes: ROUTES,
    api,
    logger: SILENT,
    metrics,
    access: keyChecker([]),
    keyless: true,
  })
  const url = await listening(server)
  return {
    url,
    stop: () => {
      stop.abort()
      server.closeAllConnections()
      server.close()
    },
  }
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* nothing(): AsyncGenerator<never> {
  yield* []
}

/** Parses the same request and stringifies the same answer, and nothing else. */
async function bareServer(
  answer: unknown,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString('utf8'))
      const text = JSON.stringify(answer)
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      })
      response.end(text)
    })
  })
  return { url: await listening(server), server }
}

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/handshakes`)
    })
  })
}

async function once(url: string, body: string): Promise<unknown> {
  return (await fetch(url, { method: 'POST', body })).json()
}

interface Round {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

async function load(url: string, body: string): Promise<Round> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const times: number[] = []
  const startedAt = performance.now()
  const worker = async (): Promise<void> => {
    while (performance.now() - startedAt < ROUND_MS) {
      const begun = performance.now()
      await post(url, body, agent)
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  agent.destroy()
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((times[Math.floor(times.length * share)] ?? 0) * 100) / 100
  return {
    rate: Math.round((times.length / ROUND_MS) * 1000),
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
  }
}

function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', resolve)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function median(rounds: readonly Round[]): Round {
  const sorted = [...rounds].sort((a, b) => a.rate - b.rate)
  return sorted[Math.floor(sorted.length / 2)] ?? { rate: 0, p50: 0, p99: 0, p999: 0 }
}
