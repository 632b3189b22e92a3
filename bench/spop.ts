import { connect, type Socket } from 'node:net'
import { FrameSplitter } from '../protocols/spop/frame-splitter.ts'
import { text } from '../protocols/spop/typed-data.ts'
import { haproxyHello, type MessageSpec, notify } from '../test/protocols/spop/haproxy-side.ts'
import { browserHelloBytes } from './browser-hello.ts'
import { print, quantile } from './print.ts'
import { type BenchAgent, startBenchAgent } from './spop/bench-agent.ts'

const DISTINCT = 4_096
const ROUND_MS = 3_000
const CONNECTIONS = 4
/** Questions on their way at once over each connection. */
const WINDOW = 32

/**
 * The agent alone: NOTIFYs with distinct hellos over a few pipelined connections, its processor time for each
 * decision, and how many a core would make; then one question at a time, for the time of an answer.
 */
export async function run(): Promise<void> {
  for (const records of ['bare', 'records'] as const) await runWith(records)
}

/** `records`: decisions are written down and encoded for the log, in the same process; `bare`: they are not. */
async function runWith(records: 'records' | 'bare'): Promise<void> {
  const agent = await startBenchAgent(0, records)
  try {
    for (const [way, questions] of [
      ['handshake', handshakes()],
      ['data-server', dataServers()],
    ] as const) {
      await rounds(agent, questions, WINDOW, 1_000)
      const { acks, cpuUs, ms } = await rounds(agent, questions, WINDOW, ROUND_MS)
      print('spop', {
        ...{ way, records, decisions: acks, perSecond: Math.round((acks / ms) * 1_000) },
        cpuUsPerDecision: Number((cpuUs / acks).toFixed(1)),
        perSecondPerCore: Math.round((acks / cpuUs) * 1e6),
        load: `${CONNECTIONS} connections, ${WINDOW} questions in flight on each`,
      })
      const one = await rounds(agent, questions, 1, ROUND_MS)
      const sorted = one.times.sort((a, b) => a - b)
      const at = (share: number): number => Number(quantile(sorted, share).toFixed(3))
      print('spop', {
        ...{ way, records, p50ms: at(0.5), p99ms: at(0.99), p999ms: at(0.999) },
        load: `${CONNECTIONS} connections, one question at a time on each`,
      })
    }
  } finally {
    agent.stop()
  }
}

interface Rounds {
  readonly acks: number
  readonly cpuUs: number
  readonly ms: number
  readonly times: number[]
}

async function rounds(
  agent: BenchAgent,
  questions: readonly Uint8Array[],
  window: number,
  forMs: number,
): Promise<Rounds> {
  const before = await agent.cpuUs()
  const startedAt = performance.now()
  const lines = Array.from({ length: CONNECTIONS }, (_, n) =>
    line(agent.port, questions, n * 1_024, window, startedAt + forMs),
  )
  const times = (await Promise.all(lines)).flat()
  const ms = performance.now() - startedAt
  return { acks: times.length, cpuUs: (await agent.cpuUs()) - before, ms, times }
}

/** Keeps `window` questions on their way until it is time; milliseconds of each answer. */
function line(
  port: number,
  questions: readonly Uint8Array[],
  from: number,
  window: number,
  untilMs: number,
): Promise<number[]> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const splitter = new FrameSplitter(1 << 20)
  const sent: number[] = []
  const times: number[] = []
  let next = from
  let greeted = false
  const ask = (): void => {
    sent.push(performance.now())
    socket.write(questions[next % questions.length] ?? new Uint8Array())
    next += 1
  }
  socket.write(haproxyHello())
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.on('data', (chunk) => {
      const now = performance.now()
      socket.cork()
      for (const _ of splitter.push(chunk).frames) {
        if (greeted) times.push(now - (sent.shift() ?? now))
        if (greeted && now < untilMs) ask()
        if (!greeted) for (let n = 0; n < window; n += 1) ask()
        greeted = true
      }
      socket.uncork()
      if (sent.length > 0 || !greeted) return
      socket.destroy()
      resolve(times)
    })
  })
}

function handshakes(): readonly Uint8Array[] {
  const hello = browserHelloBytes()
  const record = Uint8Array.from([0x16, 3, 1, hello.length >> 8, hello.length & 0xff, ...hello])
  return Array.from({ length: DISTINCT }, (_, n) => {
    const own = record.slice()
    // The client random, behind record (5), message (4) and version (2).
    for (let i = 0; i < 32; i += 1)
      own[11 + i] = (Math.imul(n + 1, 2_654_435_761) >>> (i & 24)) & 0xff
    new DataView(own.buffer).setUint32(11, n)
    return notify(n, 1, [
      { name: 'handshake', args: { ...client(n), hello: { kind: 'binary', value: own } } },
    ])
  })
}

function dataServers(): readonly Uint8Array[] {
  return Array.from({ length: DISTINCT }, (_, n) => {
    const value = new Uint8Array(32)
    new DataView(value.buffer).setUint32(0, n)
    const args = {
      ...client(n),
      ...{ version: text('TLSv1.3'), cipher: text('TLS_AES_256_GCM_SHA384'), alpn: text('h2') },
      resumed: { kind: 'bool', value: false },
      random: { kind: 'binary', value },
      duration: { kind: 'int64', value: 4_000n },
    } as const satisfies MessageSpec['args']
    return notify(n, 1, [{ name: 'data-server', args }])
  })
}

function client(n: number): MessageSpec['args'] {
  return {
    client: { kind: 'ipv4', value: Uint8Array.of(10, 0, (n >> 8) & 255, n & 255) },
    port: { kind: 'int64', value: BigInt(1_024 + n) },
    listener: text('shop'),
    gate: text('front-1'),
  }
}
