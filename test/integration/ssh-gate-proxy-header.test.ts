import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { startHaproxy, type Haproxy } from '../support/haproxy.ts'
import { hasPrograms, temporaryFolder } from '../support/programs.ts'
import { run } from '../support/run.ts'
import { startScriptedApi, type ScriptedApi } from '../support/scripted-api.ts'
import { startGate, type Gate } from '../support/ssh-gate.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'

const present = hasPrograms('haproxy', 'ssh', 'sshd')
const USER = process.env['USER'] ?? 'root'
const folder = temporaryFolder('proxy-header')

let sshd: Sshd
let api: ScriptedApi
let gate: Gate | undefined
let haproxy: Haproxy | undefined

beforeAll(async () => {
  sshd = await startSshd()
  api = await startScriptedApi()
}, 30_000)

afterEach(async () => {
  await haproxy?.stop()
  await gate?.stop()
  haproxy = undefined
  gate = undefined
})

afterAll(async () => {
  await api.stop()
  await sshd.stop()
  folder.remove()
})

/** HAProxy that passes connections on, and says of each from where it came. */
async function startBalancer(bind: string, server: string): Promise<number> {
  const port = await freePort()
  const file = join(folder.path, `${port}.cfg`)
  const lines = [
    ...['global', '  log stdout format raw local0'],
    ...[
      'defaults',
      '  mode tcp',
      '  timeout connect 5s',
      '  timeout client 60s',
      '  timeout server 60s',
    ],
    ...['listen balancer', '  log global', '  log-format "from=%ci"'],
    ...[`  bind 127.0.0.1:${port} ${bind}`, `  server behind ${server}`, ''],
  ]
  writeFileSync(file, lines.join('\n'))
  haproxy = await startHaproxy({ configuration: file, environment: {} })
  return port
}

function ssh(port: number, from: string, command: string): ReturnType<typeof run> {
  const options = [...sshd.clientOptions, '-o', `HostKeyAlias=[127.0.0.1]:${sshd.port}`]
  return run('ssh', [...options, '-b', from, '-p', String(port), `${USER}@127.0.0.1`, command])
}

function askedAbout(ip: string): boolean {
  return api.of('/v1/ssh/connections').some(({ client }) => (client as { ip: string }).ip === ip)
}

;(present ? describe : describe.skip)('the PROXY protocol', () => {
  test.each(['send-proxy', 'send-proxy-v2'])(
    'a balancer that says %s: the API is asked about the client behind it',
    async (words) => {
      gate = await startGate(sshd.port, api.url, { proxyFrom: ['127.0.0.1'] })
      const port = await startBalancer('', `127.0.0.1:${gate.port} ${words}`)
      const from = words === 'send-proxy' ? '127.0.0.51' : '127.0.0.52'
      const ran = await ssh(port, from, 'echo in')
      expect([ran.code, ran.stdout]).toEqual([0, 'in\n'])
      expect(askedAbout(from)).toBe(true)
    },
    30_000,
  )

  test('who is no balancer of ours is not believed: its header is no SSH', async () => {
    gate = await startGate(sshd.port, api.url, { proxyFrom: ['127.0.0.1'] })
    const said = await talk(gate.port, '127.0.0.53', 'PROXY TCP4 198.51.100.7 127.0.0.1 1 22\r\n')
    expect(said).toContain('Invalid SSH identification string.')
    expect(askedAbout('198.51.100.7')).toBe(false)
  }, 30_000)

  test('a balancer that sends no header is not served', async () => {
    gate = await startGate(sshd.port, api.url, { proxyFrom: ['127.0.0.1'] })
    expect(await talk(gate.port, '127.0.0.1', 'SSH-2.0-OpenSSH_9.2\r\n')).toBe('')
    expect(await gate.metric('ssh_gate_connections_total', 'bad-proxy-header')).toBe(1)
  }, 30_000)

  test('what stands behind the gate is told the client by a header of the gate', async () => {
    const port = await startBalancer('accept-proxy', `127.0.0.1:${sshd.port}`)
    gate = await startGate(port, api.url, { sendProxy: 'v2' })
    const ran = await ssh(gate.port, '127.0.0.54', 'echo in')
    expect([ran.code, ran.stdout]).toEqual([0, 'in\n'])
    const { lines = [] } = haproxy ?? {}
    await eventually('the balancer tells', () => lines.includes('from=127.0.0.54'))
  }, 30_000)
})

/** Says something from an address and gives all that comes back. */
function talk(port: number, from: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect({ port, host: '127.0.0.1', localAddress: from })
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
    socket
      .on('error', () => undefined)
      .on('close', () => {
        resolve(said)
      })
    socket.write(bytes)
  })
}
