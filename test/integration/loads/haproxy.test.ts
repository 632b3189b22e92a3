import { afterEach, describe, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { askAgent } from '../../../io/agent-check.ts'
import { readStats } from '../../../io/haproxy-stats.ts'
import {
  abilityOf,
  FRESH_AGENT,
  parseAgentCheck,
  said,
} from '../../../routing-api/loads/agent-check.ts'
import { parseStats, type ServerLine } from '../../../routing-api/loads/haproxy-stats.ts'
import { startApiProcess } from '../../support/api-process.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/free-port.ts'
import { startHaproxy } from '../../support/haproxy.ts'
import { startDataServer } from '../../support/data-server.ts'
import { hasPrograms, temporaryFolder } from '../../support/programs.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const NEVER = new AbortController().signal

/** An agent that says what it is told to. */
async function agent(): Promise<{ readonly port: number; readonly say: (line: string) => void }> {
  let line = 'ready up 100%'
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(`${line}\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  const say = (next: string): void => {
    line = next
  }
  return { port: (server.address() as AddressInfo).port, say }
}

interface Balancer {
  readonly socket: string
  readonly http: string
}

/** A real HAProxy in front of one data server, which asks that agent. */
async function balancer(agentPort: number): Promise<Balancer> {
  const folder = temporaryFolder('stats')
  ends.push(() => {
    folder.remove()
  })
  const data = await startDataServer('d1')
  ends.push(() => data.stop())
  const [port, stats] = [await freePort(), await freePort()]
  const socket = join(folder.path, 'admin.sock')
  const file = join(folder.path, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  stats socket ${socket} mode 600 level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 30s
  timeout server 30s
frontend in
  bind 127.0.0.1:${port}
  default_backend data
backend data
  server d1 127.0.0.1:${data.port} weight 100 agent-check agent-port ${agentPort} agent-inter 50ms
listen stats
  mode http
  bind 127.0.0.1:${stats}
  stats enable
  stats uri /stats
`,
  )
  const haproxy = await startHaproxy({ configuration: file, environment: {} })
  ends.push(() => haproxy.stop())
  return { socket, http: `http://127.0.0.1:${stats}/stats;csv` }
}

async function lineOf(address: string): Promise<ServerLine | undefined> {
  const heard = await readStats(address, NEVER)
  if (heard.kind === 'fault') throw new Error(heard.message)
  const stats = parseStats(heard.text)
  if (stats.kind !== 'stats') throw new Error(stats.code)
  return stats.lines.find(({ server }) => server === 'd1')
}

const describeIf = hasPrograms('haproxy') ? describe : describe.skip

describeIf('with a real HAProxy', () => {
  test('an agent is understood as HAProxy understands it, and its statistics over socket and HTTP', async () => {
    const { port, say } = await agent()
    const { socket, http } = await balancer(port)
    let state = FRESH_AGENT
    const answers = [
      'up 75%',
      'drain',
      'up',
      'ready',
      'down # no database',
      'ready',
      'up',
      'maint',
      'up 50%',
      'ready,up,100%',
      '0%',
      '100%',
      'stopped',
      'failed 10%',
      'up 100%',
    ]
    const seen: string[] = []
    for (const answer of answers) {
      say(answer)
      const heard = await askAgent('127.0.0.1', port, NEVER)
      const read = parseAgentCheck(heard.kind === 'text' ? heard.text : '')
      if (read.kind !== 'word') throw new Error(`${answer}: ${read.code}`)
      state = said(state, read.word)
      const ours = abilityOf(state)
      await eventually(`HAProxy finds ${ours} after ${answer}`, async () => {
        return (await lineOf(socket))?.state === ours
      })
      expect((await lineOf(http))?.state).toBe(ours)
      seen.push(ours)
    }
    expect(seen.join(' ')).toBe(
      'up draining draining up down down up down down up draining up down down up',
    )
  }, 60_000)

  test('the API takes both as sources of load: a server that drains gets no more connections', async () => {
    const { port, say } = await agent()
    const { socket } = await balancer(port)
    const api = await startApiProcess(`
servers:
  - { id: d1, pool: data, host: 127.0.0.1, port: 1, capacity: 100, agentPort: ${port} }
  - { id: d2, pool: data, host: 127.0.0.1, port: 2, capacity: 100 }
loads: { everyMs: 100, haproxy: [{ address: ${socket}, backends: [data] }] }
`)
    ends.push(() => api.stop())
    const d1 = async (): Promise<Record<string, unknown> | undefined> => {
      const { body } = await api.call('GET', '/v1/servers')
      const { servers } = body as { servers: Record<string, unknown>[] }
      return servers.find(({ id }) => id === 'd1')
    }
    say('up 40%')
    await eventually('the weight is known', async () => (await d1())?.['capacity'] === 40)
    expect(await d1()).toMatchObject({ state: 'up', activeConnections: 0, healthy: true })
    say('drain')
    await eventually('it drains', async () => (await d1())?.['state'] === 'draining')
    const client = { ip: '198.51.100.1' }
    for (let i = 0; i < 5; i += 1) {
      const { body } = await api.call('POST', '/v1/data-servers', { client, handshake: {} })
      expect(body).toMatchObject({ server: { id: 'd2' } })
    }
    say('ready')
    await eventually('it is back', async () => (await d1())?.['healthy'] === true)
  }, 60_000)
})
