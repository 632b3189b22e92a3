import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { eventually } from '../../test/support/eventually.ts'
import { freePort, isListening } from '../../test/support/free-port.ts'
import { field, type Haproxy, startHaproxy } from '../../test/support/haproxy.ts'
import { temporaryFolder } from '../../test/support/programs.ts'
import { makeGateFiles } from '../../test/support/two-tiers.ts'
import { type BenchAgent, startBenchAgent } from '../spop/bench-agent.ts'

const GATES = join(import.meta.dirname, '../../gates/haproxy')
/** Their verdict is in the map: nobody is asked for them. Many, for the mitigation pool limits each. */
export const PUSHED = Array.from({ length: 250 }, (_, n) => `127.0.8.${n + 1}`)
export const ASKED = '127.0.7.1'

/** One tier of gates/haproxy as it is, and the same without consultation, before a server that costs nothing. */
export interface Ground {
  readonly agent: BenchAgent
  readonly asking: Tier
  readonly plain: Tier
  stop(): Promise<void>
}

export interface Tier {
  readonly port: number
  /** Connections logged and how many of those that asked were not answered, since the last call. */
  count(): { readonly logged: number; readonly undecided: number }
  /** User and system time of the process so far, microseconds. */
  cpuUs(): number
}

export async function startGround(name: 'front' | 'primary'): Promise<Ground> {
  const folder = temporaryFolder('bench-haproxy')
  makeGateFiles(folder.path)
  writeFileSync(join(folder.path, 'verdicts.map'), '127.0.8.0/24 4102444800\n')
  const agent = await startBenchAgent()
  const server = await startServer()
  const started: Haproxy[] = []
  const tier = async (which: string, edit: (text: string) => string): Promise<Tier> => {
    const file = join(folder.path, `${which}.cfg`)
    writeFileSync(file, edit(unchecked(readFileSync(join(GATES, `${name}.cfg`), 'utf8'))))
    const port = await freePort()
    const environment = environmentOf(folder.path, which, port, agent.port, server.port)
    const one = await startHaproxy({ configuration: file, environment })
    started.push(one)
    await eventually(`${which} listens`, () => isListening(port))
    return tierOf(one, port)
  }
  const stop = async (): Promise<void> => {
    for (const one of started) await one.stop()
    await server.stop()
    agent.stop()
    folder.remove()
  }
  try {
    const asking = await tier('asking', (text) => text)
    return { agent, asking, plain: await tier('plain', withoutQuestions), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The server of the bench speaks no TLS: its health is not what is measured. */
function unchecked(text: string): string {
  return text.replaceAll(/ check check-ssl verify none inter 1s| check inter 1s/g, '')
}

function withoutQuestions(text: string): string {
  const lines = text.split('\n')
  return lines.filter((line) => !/^\s+(?:filter spoe|.*send-spoe-group)/.test(line)).join('\n')
}

function environmentOf(
  folder: string,
  which: string,
  port: number,
  agentPort: number,
  serverPort: number,
): Readonly<Record<string, string>> {
  const server = `127.0.0.1:${serverPort}`
  const agent = `127.0.0.1:${agentPort}`
  const names = [
    'PRIMARY_1',
    'PRIMARY_2',
    'MITIGATION_1',
    'MITIGATION_1_RETRY',
    'DATA_1',
    'DATA_2',
    'DATA_3',
  ]
  return {
    VESTIBULE_CONF: folder,
    VESTIBULE_CERT: join(folder, 'server.pem'),
    VESTIBULE_ADMIN_SOCKET: join(folder, `${which}.sock`),
    VESTIBULE_FRONT_BIND: `127.0.0.1:${port}`,
    VESTIBULE_BIND: `127.0.0.1:${port}`,
    VESTIBULE_FRONT_ADDRESS: '127.0.0.1',
    VESTIBULE_AGENT_1: agent,
    VESTIBULE_AGENT_2: agent,
    ...Object.fromEntries(names.map((name) => [`VESTIBULE_${name}`, server])),
  }
}

/** Answers the first bytes behind the PROXY header and closes. */
async function startServer(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let held = 0
    socket.on('data', (chunk: Buffer) => {
      // Header and hello may come apart; a header alone is shorter than a hello.
      held += chunk.length
      if (held > LONGEST_HEADER) socket.end(ANSWER)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const LONGEST_HEADER = 240
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'

function tierOf(haproxy: Haproxy, port: number): Tier {
  let read = 0
  return {
    port,
    count(): { logged: number; undecided: number } {
      const lines = haproxy.lines.slice(read).filter((line) => line.startsWith('vst1 '))
      read = haproxy.lines.length
      const undecided = lines.filter(
        (line) => field(line, 'ci') === ASKED && field(line, 'why') === '-',
      )
      return { logged: lines.length, undecided: undecided.length }
    },
    cpuUs: () => workersOf(haproxy.master).reduce((sum, pid) => sum + cpuOf(pid), 0),
  }
}

const TICK_US = 10_000

/** User and system time of a process (proc(5): fields 14 and 15 of stat). */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

function workersOf(master: number): readonly number[] {
  const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim()
  return children === '' ? [master] : children.split(' ').map(Number)
}
