import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { closedLoop, openLoop, type Round } from './api/load.ts'
import { browserHelloBytes } from './browser-hello.ts'
import { print } from './print.ts'

const ROUND_MS = 2_000
const ROUNDS = 3

/**
 * POST /v1/handshakes against a bare node:http handler that parses the same request and stringifies
 * the same answer, turn and turn about, each server in a process of its own: the ratio is the figure.
 * Then the times at half of the rate it saturates at, requests starting by the clock.
 */
export async function run(): Promise<void> {
  const client = { ip: '192.0.2.7', port: 4000 }
  const clientHello = Buffer.from(browserHelloBytes()).toString('base64')
  const bodies = {
    facts: JSON.stringify({ client, listener: 'shop', ja4: 't13d', sni: 'a.test' }),
    hello: JSON.stringify({ client, clientHello }),
  }
  const api = await started(['api'])
  for (const [way, body] of Object.entries(bodies)) {
    const bare = await started(['bare', await once(api.port, body)])
    try {
      await compare(way, body, api, bare)
    } finally {
      bare.child.kill()
    }
  }
  api.child.kill()
}

async function compare(way: string, body: string, api: Started, bare: Started): Promise<void> {
  const rates: { ours: Measured[]; bare: Measured[] } = { ours: [], bare: [] }
  await measured(api, body)
  await measured(bare, body)
  for (let i = 0; i < ROUNDS; i += 1) {
    rates.ours.push(await measured(api, body))
    rates.bare.push(await measured(bare, body))
  }
  const [ours, other] = [median(rates.ours), median(rates.bare)]
  const ratio = Math.round((ours.rate / other.rate) * 100) / 100
  const load = 'closed loop, 16 connections, three processes'
  print('api', { way, perSecond: ours.rate, barePerSecond: other.rate, ratio, load })
  const cpuRatio = Math.round((other.cpuUs / ours.cpuUs) * 100) / 100
  print('api', { way, cpuUs: ours.cpuUs, bareCpuUs: other.cpuUs, cpuRatio, load })
  const offered = Math.floor(ours.rate / 2)
  for (const [name, server] of [
    ['ours', api],
    ['bare', bare],
  ] as const) {
    const { rate, p50, p99, p999 } = await openLoop(server.port, body, offered, 2 * ROUND_MS)
    const half = 'open loop at half of our saturation'
    print('api', {
      way,
      server: name,
      perSecond: rate,
      p50ms: p50,
      p99ms: p99,
      p999ms: p999,
      load: half,
    })
  }
}

/** A round of load, and the server's processor time for one request, microseconds. */
interface Measured extends Round {
  readonly cpuUs: number
}

async function measured({ child, port }: Started, body: string): Promise<Measured> {
  const before = await cpuOf(child)
  const round = await closedLoop(port, body, ROUND_MS)
  const spent = (await cpuOf(child)) - before
  return { ...round, cpuUs: Math.round((spent / ((round.rate * ROUND_MS) / 1000)) * 10) / 10 }
}

function cpuOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', ({ user, system }: NodeJS.CpuUsage) => {
      resolve(user + system)
    })
    child.send('cpu')
  })
}

interface Started {
  readonly child: ChildProcess
  readonly port: number
}

function started(args: readonly string[]): Promise<Started> {
  const child = fork(fileURLToPath(new URL('api/server-process.ts', import.meta.url)), args)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('message', (port) => {
      resolve({ child, port: Number(port) })
    })
  })
}

async function once(port: number, body: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/handshakes`, { method: 'POST', body })
  return answer.text()
}

function median(rounds: readonly Measured[]): Measured {
  const sorted = [...rounds].sort((a, b) => a.cpuUs - b.cpuUs)
  return sorted[Math.floor(sorted.length / 2)] ?? { rate: 0, p50: 0, p99: 0, p999: 0, cpuUs: 0 }
}
