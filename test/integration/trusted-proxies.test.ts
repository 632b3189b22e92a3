import { beforeAll, describe, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEventLog } from '../../io/event-log/open.ts'
import { addressText } from '../../lib/client-entity.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { readConfig, type Config } from '../../lib/config.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { atTheEnd, ending, stopping } from '../support/endings.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { startHaproxy } from '../support/haproxy.ts'
import { mayCapture } from '../support/may-capture.ts'
import { hasPrograms, temporaryFolder } from '../support/programs.ts'
import { startService } from '../support/service.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { startTlsServer, type TlsServer } from '../support/tls-server.ts'

const possible = hasPrograms('haproxy', 'curl', 'ssh', 'sshd') && mayCapture().kind === 'yes'

/** Whence the proxy's inner side connects, PROXY header first. */
const PROXY = '127.0.0.40'
const CLIENT = '127.0.0.41'

/** In front a proxy that sends PROXY v2 headers, behind it one that takes them and hands on the rest. */
function proxies(ports: Readonly<Record<string, number>>): string {
  const line = (name: string, inner: string, server: string): string => `
listen ${name}
  bind 127.0.0.1:${ports[name] ?? 0}
  server inner 127.0.0.1:${ports[inner] ?? 0} send-proxy-v2 source ${PROXY}
listen ${inner}
  bind 127.0.0.1:${ports[inner] ?? 0} accept-proxy
  server real 127.0.0.1:${ports[server] ?? 0}
`
  const defaults = 'mode tcp\n  timeout connect 5s\n  timeout client 20s\n  timeout server 20s'
  return `defaults\n  ${defaults}\n${line('tls', 'tls-inner', 'web')}${line('ssh', 'ssh-inner', 'sshd')}`
}

/** A policy as the routing API puts it on the control topic. */
function policy(counter: number, body: string): Control {
  const observedAt = Date.now() * 1000
  const stamp = { eventId: new Uint8Array(16).fill(counter), observedAt, ingestedAt: observedAt }
  const word = { actor: 'anna', reason: 'test', deleted: false, sensor: 'api', site: 'default' }
  return { ...stamp, ...word, kind: 'policy', id: `${counter}-abc`, body }
}

/** Runs a program to its end, whatever that is. */
function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve()
    }
    ending(execFile(command, args, { timeout: 10_000 }, done))
  })
}

;(possible ? describe : describe.skip)('connections that come through a proxy', () => {
  const folder = temporaryFolder('proxies')
  atTheEnd(folder.remove)
  const codec = singleObjectCodec()
  const inner: Record<string, number> = {}
  let config: Config
  let log: EventLog
  let tls: TlsServer
  let sshd: Sshd
  let policies = 0

  /** Who the newest connection to a listener was of, as the log has it. */
  async function newestClient(type: 'TlsHello' | 'SshConnection', port: number, after: number) {
    const clients: string[] = []
    const stop = AbortSignal.timeout(10_000)
    const from = 'start'
    for await (const batch of log.follow({ topics: ['client-events'], from, signal: stop })) {
      for (const { value } of batch.records) {
        const any = value === null ? undefined : codec.decode(value)
        if (any?.kind !== 'record' || any.type !== type) continue
        const { serverPort, clientAddress } = any.record
        if (serverPort === port) clients.push(addressText(clientAddress))
      }
      if (clients.length > after) return clients
    }
    return clients
  }

  async function say(body: string): Promise<void> {
    policies += 1
    const value = codec.encode('Control', policy(policies, body))
    await log.append('control', [{ key: `policy/${policies}-abc`, value, timestampMs: Date.now() }])
  }

  const look = (): Promise<void> =>
    run('curl', ['-sk', '--interface', CLIENT, `https://127.0.0.1:${inner['tls'] ?? 0}/`])
  const knock = (): Promise<void> =>
    run('ssh', [
      ...['-b', CLIENT, '-o', 'BatchMode=yes', ...sshd.clientOptions],
      ...['-o', 'StrictHostKeyChecking=no', '-p', String(inner['ssh'] ?? 0), '127.0.0.1', 'true'],
    ])

  beforeAll(async () => {
    sshd = stopping(await startSshd())
    tls = stopping(await startTlsServer())
    for (const name of ['tls', 'tls-inner', 'ssh', 'ssh-inner']) inner[name] = await freePort()
    const configuration = join(folder.path, 'haproxy.cfg')
    writeFileSync(configuration, proxies({ ...inner, web: tls.port, sshd: sshd.port }))
    stopping(await startHaproxy({ configuration, environment: {} }))
    const read = readConfig({}, { dataDir: folder.path })
    if (read.kind === 'fault') throw new Error(read.message)
    config = read.config
    const environment = { VESTIBULE_DATA: folder.path, VESTIBULE_TRUSTED_PROXIES: PROXY }
    startService(['log'], environment)
    await eventually('the log serves', () => existsSync(config.logSocket))
    log = await openEventLog(config, { logger: SILENT })
    atTheEnd(() => log.close())
    const filter = 'tcp portrange 1024-65535'
    const said = startService(['capture', '-i', 'lo', '--filter', filter], environment)
    await eventually('it captures', () => said().includes('capturing on'), 20_000)
  }, 60_000)

  test('are their clients’, by the start value, before any policy is known', async () => {
    await look()
    expect(await newestClient('TlsHello', inner['tls-inner'] ?? 0, 0)).toEqual([CLIENT])
    await knock()
    expect(await newestClient('SshConnection', inner['ssh-inner'] ?? 0, 0)).toEqual([CLIENT])
  }, 30_000)

  test('are the proxy’s as soon as a policy does not name it', async () => {
    await say('shadow: true\n')
    let seen = 1
    await eventually('the policy holds', async () => {
      await look()
      const clients = await newestClient('TlsHello', inner['tls-inner'] ?? 0, seen)
      seen = clients.length
      return clients.at(-1) === PROXY
    })
    await knock()
    const ssh = await newestClient('SshConnection', inner['ssh-inner'] ?? 0, 1)
    expect(ssh).toEqual([CLIENT, PROXY])
  }, 30_000)

  test('are their clients’ again when the policy names the proxy’s network', async () => {
    await say('trustedProxies: [127.0.0.40/30]\n')
    let seen = (await newestClient('TlsHello', inner['tls-inner'] ?? 0, 0)).length
    await eventually('the policy holds', async () => {
      await look()
      const clients = await newestClient('TlsHello', inner['tls-inner'] ?? 0, seen)
      seen = clients.length
      return clients.at(-1) === CLIENT
    })
    await knock()
    const ssh = await newestClient('SshConnection', inner['ssh-inner'] ?? 0, 2)
    expect(ssh).toEqual([CLIENT, PROXY, CLIENT])
  }, 30_000)
})
