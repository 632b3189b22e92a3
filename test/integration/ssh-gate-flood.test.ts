import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { flood } from '../support/flood.ts'
import { run } from '../support/run.ts'
import { startScriptedApi, type ScriptedApi } from '../support/scripted-api.ts'
import { startGate, type Gate } from '../support/ssh-gate.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'

const USER = process.env['USER'] ?? 'root'
let sshd: Sshd
let api: ScriptedApi
beforeAll(async () => {
  sshd = await startSshd()
  api = await startScriptedApi()
}, 30_000)
afterAll(async () => {
  await api.stop()
  await sshd.stop()
})

function login(gate: Gate): ReturnType<typeof run> {
  const alias = ['-o', `HostKeyAlias=[127.0.0.1]:${sshd.port}`, '-p', String(gate.port)]
  return run('ssh', [...sshd.clientOptions, ...alias, `${USER}@127.0.0.1`, 'echo in'])
}

test('a flood fills the table and pushes out its own oldest; honest logins go on beside it', async () => {
  const patient = { api: { url: api.url, timeoutMs: 10_000 } }
  const limits = { halfOpen: 200, halfOpenPerSource: 50, handshakeMs: 20_000 }
  const gate = await startGate(sshd.port, api.url, {}, { ...patient, limits })
  const attackers = await flood(gate.port, 600)
  try {
    const logins = await Promise.all([login(gate), login(gate), login(gate)])
    expect(logins.map(({ code, stdout }) => [code, stdout])).toEqual(Array(3).fill([0, 'in\n']))
    expect(await gate.metric('ssh_gate_evicted_total')).toBeGreaterThan(300)
    expect(attackers.open()).toBeLessThanOrEqual(600)
  } finally {
    attackers.stop()
    await gate.stop()
  }
}, 60_000)

test('whoever trickles bytes, or begins a packet and never ends it, is ended in time, and sshd never hears of it', async () => {
  const gate = await startGate(sshd.port, api.url, {}, { limits: { handshakeMs: 1_500 } })
  const before = sshd.readLog().split('Connection from').length
  const attackers = await flood(gate.port, 30)
  try {
    await eventually(
      'each is ended',
      async () => (await gate.metric('ssh_gate_connections_total', 'handshake-timeout')) >= 30,
    )
    // The gate's own look at the server is one.
    expect(sshd.readLog().split('Connection from').length - before).toBeLessThanOrEqual(1)
  } finally {
    attackers.stop()
    await gate.stop()
  }
}, 30_000)
