import { startSlowLink, startStranger, type Meddler } from '../test/support/agent-processes.ts'
import { startApiProcess, type ApiProcess } from '../test/support/api-process.ts'
import { eventually } from '../test/support/eventually.ts'
import { freePort } from '../test/support/free-port.ts'
import {
  DENIED,
  haproxy,
  httpClient,
  nginx,
  sshGate,
  type Adapter,
  type Met,
} from './fail-open/adapters.ts'
import { print } from './print.ts'

const CONNECTIONS = 12

/**
 * What a client meets behind each adapter when what the adapter, or the API, depends on is slow, stopped,
 * gone or lying. The client is one that the API denies, so that decided and default answers differ.
 */
export async function run(): Promise<void> {
  const [spopPort, atHttp, atSpop] = [await freePort(), await freePort(), await freePort()]
  const policy = 'shadow: false\nfailStatic: { action: pass }\n'
  const api = await startApiProcess(policy, { spopPort })
  const links = new Links(api, spopPort, atHttp, atSpop)
  await links.healthy()
  const word = { reason: 'bench', actor: 'bench' }
  await eventually('the deny list holds it', async () => {
    return (
      (await api.call('PUT', `/v1/lists/deny/${encodeURIComponent(DENIED)}`, word)).status === 200
    )
  })
  for (const start of [httpClient, haproxy, nginx, sshGate]) {
    const adapter = await start(atHttp, atSpop)
    for (const state of STATES) {
      await links.healthy()
      const decided = async (): Promise<boolean> => (await adapter.connect()).answer === 'decided'
      // A breaker that was open waits longer and longer.
      await eventually(`${adapter.name} is decided about`, decided, 60_000)
      const undo = await state.make(links, api)
      await measure(adapter, state.name)
      await undo()
    }
    await adapter.stop()
  }
  await links.stop()
  await api.stop()
}

async function measure(adapter: Adapter, dependency: string): Promise<void> {
  const met: Met[] = []
  for (let n = 0; n < CONNECTIONS; n += 1) met.push(await adapter.connect())
  const times = met.map(({ ms }) => ms).sort((a, b) => a - b)
  const count = (answer: Met['answer']): number => met.filter((one) => one.answer === answer).length
  print('fail-open', {
    ...{ dependency, adapter: adapter.name, connections: CONNECTIONS },
    ...{ decided: count('decided'), default: count('default'), failed: count('failed') },
    ...{
      medianMs: Math.round(times[CONNECTIONS >> 1] ?? 0),
      slowestMs: Math.round(times.at(-1) ?? 0),
    },
  })
}

interface State {
  readonly name: string
  /** Brings it about; gives what ends it. */
  readonly make: (links: Links, api: ApiProcess) => Promise<() => Promise<void>>
}

const nothing = (): Promise<void> => Promise.resolve()

function stopping(name: 'log' | 'serve'): State['make'] {
  return (_links, api) => {
    const pid = api.pid(name)
    process.kill(pid, 'SIGSTOP')
    return Promise.resolve(() => {
      process.kill(pid, 'SIGCONT')
      return Promise.resolve()
    })
  }
}

const meddled =
  (make: (links: Links) => Promise<void>): State['make'] =>
  async (links) => {
    await make(links)
    return nothing
  }

const STATES: readonly State[] = [
  // Nobody started one: the API never asks it.
  { name: 'nothing; ClickHouse is not there', make: () => Promise.resolve(nothing) },
  { name: 'event log stopped (SIGSTOP)', make: stopping('log') },
  { name: 'API 200 ms late', make: meddled((links) => links.late(200)) },
  { name: 'API stopped (SIGSTOP)', make: stopping('serve') },
  { name: 'API gone (refused)', make: meddled((links) => links.gone()) },
  { name: 'garbage instead of the API', make: meddled((links) => links.garbage()) },
]

/** What lies between the adapters and the API. */
class Links {
  readonly #to: readonly (readonly [from: number, port: number])[]
  #open: Meddler[] = []

  constructor(api: ApiProcess, spopPort: number, atHttp: number, atSpop: number) {
    this.#to = [
      [atHttp, api.config.apiPort],
      [atSpop, spopPort],
    ]
  }

  healthy(): Promise<void> {
    return this.late(0)
  }

  async late(ms: number): Promise<void> {
    await this.gone()
    for (const [from, port] of this.#to) this.#open.push(await startSlowLink(port, ms, from))
  }

  async garbage(): Promise<void> {
    await this.gone()
    const bytes = Buffer.from('\0\0\0\x05no such thing\r\n\r\n')
    for (const [from] of this.#to) this.#open.push(await startStranger(bytes, from))
  }

  async gone(): Promise<void> {
    for (const link of this.#open.splice(0)) await link.stop()
  }

  stop(): Promise<void> {
    return this.gone()
  }
}
