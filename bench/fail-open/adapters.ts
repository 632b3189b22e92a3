import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { createClient } from '../../gates/client.ts'
import { field } from '../../test/support/haproxy.ts'
import { eventually } from '../../test/support/eventually.ts'
import { startNginx } from '../../test/support/nginx.ts'
import { run } from '../../test/support/run.ts'
import { startGate } from '../../test/support/ssh-gate.ts'
import { startSshd } from '../../test/support/sshd.ts'
import { visit } from '../../test/support/tls-clients.ts'
import { startTwoTiers } from '../../test/support/two-tiers.ts'

/** What one connection of a denied client met. */
export interface Met {
  /** As the API would have it, the configured default, or no service at all. */
  readonly answer: 'decided' | 'default' | 'failed'
  readonly ms: number
}

/** Something in the traffic that asks the API. */
export interface Adapter {
  readonly name: string
  readonly connect: () => Promise<Met>
  readonly stop: () => Promise<void>
}

/** Who is denied at the API: sent to mitigation, refused at the SSH gate. */
export const DENIED = '127.0.66.0/24'

let last = 0

/** Another of them each time: the SSH gate holds a refusal against its address. */
function denied(): string {
  last = (last % 254) + 1
  return `127.0.66.${last}`
}

export async function httpClient(apiPort: number): Promise<Adapter> {
  const client = createClient({ url: `http://127.0.0.1:${apiPort}`, timeoutMs: 25, remembered: 0 })
  return Promise.resolve({
    name: 'gates/client.ts',
    async connect(): Promise<Met> {
      const startedAt = performance.now()
      const { by } = await client.handshake({ client: { ip: denied() } })
      const ms = performance.now() - startedAt
      return { answer: by === 'api' ? 'decided' : 'default', ms }
    },
    stop(): Promise<void> {
      client.close()
      return Promise.resolve()
    },
  })
}

export async function haproxy(_apiPort: number, agentPort: number): Promise<Adapter> {
  const tiers = await startTwoTiers({ agents: [agentPort] })
  return {
    name: 'HAProxy (SPOE)',
    async connect(): Promise<Met> {
      const before = tiers.front.lines.length
      const from = denied()
      const { status, ms } = await visit({ port: tiers.port, from })
      if (status !== 200) return { answer: 'failed', ms }
      const line = await eventually('it is logged', () => {
        return tiers.front.lines.slice(before).find((one) => field(one, 'ci') === from)
      })
      return { answer: field(line, 'pool') === 'mitigation' ? 'decided' : 'default', ms }
    },
    stop: () => tiers.stop(),
  }
}

export async function nginx(apiPort: number): Promise<Adapter> {
  const pools = [await named('primary'), await named('mitigation')]
  const [primary = 0, mitigation = 0] = pools.map((pool) => (pool.address() as AddressInfo).port)
  const apiUrl = `http://127.0.0.1:${apiPort}`
  const server = await startNginx({ apiUrl, primary, mitigation })
  return {
    name: 'nginx (njs)',
    async connect(): Promise<Met> {
      const startedAt = performance.now()
      const pool = await answerOf(server.tcpPort)
      const ms = performance.now() - startedAt
      const answer = pool === 'mitigation' ? 'decided' : pool === 'primary' ? 'default' : 'failed'
      return { answer, ms }
    },
    async stop(): Promise<void> {
      await server.stop()
      for (const pool of pools) pool.close()
    },
  }
}

export async function sshGate(apiPort: number): Promise<Adapter> {
  const sshd = await startSshd({ config: ['PerSourceMaxStartups none'] })
  const gate = await startGate(sshd.port, `http://127.0.0.1:${apiPort}`)
  const alias = ['-o', `HostKeyAlias=[127.0.0.1]:${sshd.port}`, '-o', 'BatchMode=yes']
  const to = [...sshd.clientOptions, ...alias, '-p', String(gate.port)]
  const user = process.env['USER'] ?? 'root'
  return {
    name: 'SSH gate',
    async connect(): Promise<Met> {
      const ran = await run('ssh', [...to, '-b', denied(), `${user}@127.0.0.1`, 'true'])
      const refused = ran.stderr.includes('refused (')
      return { answer: ran.code === 0 ? 'default' : refused ? 'decided' : 'failed', ms: ran.ms }
    },
    async stop(): Promise<void> {
      await gate.stop()
      await sshd.stop()
    },
  }
}

async function named(name: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(name)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function answerOf(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: denied() })
    let answer = ''
    socket.on('data', (data: Buffer) => (answer += data.toString()))
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      resolve(answer)
    })
    socket.write('hello')
  })
}
