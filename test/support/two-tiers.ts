import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDataServer, type DataServer, type DataServerOptions } from './data-server.ts'
import { eventually } from './eventually.ts'
import { freePort, isListening } from './free-port.ts'
import { startHaproxy, type Haproxy } from './haproxy.ts'
import { temporaryFolder } from './programs.ts'

const GATES = join(import.meta.dirname, '../../gates/haproxy')

/** gates/haproxy as it is: front tier, two primary and one mitigation handshake server, three data servers. */
export interface TwoTiers {
  /** Folder of spoe.conf, verdicts.map, tickets.keys. */
  readonly folder: string
  readonly certificatePath: string
  readonly port: number
  readonly front: Haproxy
  readonly primaries: readonly Haproxy[]
  readonly primaryPorts: readonly number[]
  readonly mitigation: Haproxy
  readonly data: readonly DataServer[]
  readonly adminSocket: string
  stop(): Promise<void>
}

export interface TwoTiersOptions {
  /** Ports of the agents on 127.0.0.1; one or two. */
  readonly agents: readonly number[]
  readonly program?: readonly string[] | undefined
  /** Changes a configuration before it is started: what its comments tell people to change. */
  readonly edit?: ((name: string, text: string) => string) | undefined
  /** How long HAProxy waits for an answer; default as in gates/haproxy. What is not about time waits longer. */
  readonly processingMs?: number | undefined
  /** Of the three data servers. */
  readonly data?: readonly DataServerOptions[]
  /** Is given each line that one of the tiers logs. */
  readonly logged?: ((line: string) => void) | undefined
}

export async function startTwoTiers(options: TwoTiersOptions): Promise<TwoTiers> {
  const folder = temporaryFolder('tiers')
  const certificatePath = makeGateFiles(folder.path, options.processingMs)
  const data = await Promise.all(
    [1, 2, 3].map((n) => startDataServer(`data-${n}`, options.data?.[n - 1])),
  )
  const ports = await Promise.all(Array.from({ length: 5 }, () => freePort()))
  const [front = 0, primary1 = 0, primary2 = 0, mitigation = 0, retry = 0] = ports
  const local = (port: number): string => `127.0.0.1:${port}`
  const [agent1 = 0, agent2 = agent1] = options.agents
  const shared = {
    VESTIBULE_CONF: folder.path,
    VESTIBULE_CERT: join(folder.path, 'server.pem'),
    VESTIBULE_AGENT_1: local(agent1),
    VESTIBULE_AGENT_2: local(agent2),
    VESTIBULE_FRONT_ADDRESS: '127.0.0.1',
    VESTIBULE_PRIMARY_1: local(primary1),
    VESTIBULE_PRIMARY_2: local(primary2),
    VESTIBULE_MITIGATION_1: local(mitigation),
    VESTIBULE_MITIGATION_1_RETRY: local(retry),
    VESTIBULE_BIND_RETRY: local(retry),
    ...Object.fromEntries(data.map(({ port }, n) => [`VESTIBULE_DATA_${n + 1}`, local(port)])),
  }
  const started: Haproxy[] = []
  const tier = async (name: string, bind: number, at: string): Promise<Haproxy> => {
    const environment = {
      ...shared,
      VESTIBULE_BIND: local(bind),
      VESTIBULE_FRONT_BIND: local(bind),
      VESTIBULE_ADMIN_SOCKET: join(folder.path, `${at}.sock`),
    }
    const configuration = fileOf(name, folder.path, options.edit)
    const program = options.program === undefined ? {} : { program: options.program }
    const { logged } = options
    const one = await startHaproxy({ configuration, environment, logged, ...program })
    started.push(one)
    await eventually(`${name} listens`, () => isListening(bind))
    return one
  }
  const stop = async (): Promise<void> => {
    for (const one of [...started].reverse()) await one.stop()
    await Promise.all(data.map((one) => one.stop()))
    folder.remove()
  }
  try {
    const first = await tier('primary', primary1, 'primary-1')
    const second = await tier('primary', primary2, 'primary-2')
    const suspects = await tier('mitigation', mitigation, 'mitigation')
    return {
      folder: folder.path,
      certificatePath,
      port: front,
      primaries: [first, second],
      primaryPorts: [primary1, primary2],
      mitigation: suspects,
      front: await tier('front', front, 'front'),
      data,
      adminSocket: join(folder.path, 'front.sock'),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function fileOf(name: string, folder: string, edit: TwoTiersOptions['edit']): string {
  const original = join(GATES, `${name}.cfg`)
  if (edit === undefined) return original
  const changed = join(folder, `${name}.cfg`)
  writeFileSync(changed, edit(name, readFileSync(original, 'utf8')))
  return changed
}

/** spoe.conf, an empty map, ticket keys, a certificate for localhost; gives the certificate to trust. */
export function makeGateFiles(folder: string, processingMs = 25): string {
  const spoe = readFileSync(join(GATES, 'spoe.conf'), 'utf8')
  const waits = `timeout processing ${processingMs}ms`
  writeFileSync(join(folder, 'spoe.conf'), spoe.replace('timeout processing 25ms', waits))
  writeFileSync(join(folder, 'verdicts.map'), '')
  const keys = [1, 2, 3].map(() =>
    execFileSync('openssl', ['rand', '-base64', '80'], { encoding: 'utf8' }).replaceAll('\n', ''),
  )
  writeFileSync(join(folder, 'tickets.keys'), `${keys.join('\n')}\n`)
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'trust.pem')]
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const request = ['req', '-x509', '-days', '2', ...name, ...made, '-out', certificate]
  execFileSync('openssl', request, { stdio: 'pipe' })
  writeFileSync(
    join(folder, 'server.pem'),
    readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'),
  )
  return certificate
}
