import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { temporaryFolder } from '../support/programs.ts'
import { run } from '../support/run.ts'
import { startScriptedApi, type ScriptedApi } from '../support/scripted-api.ts'
import { isRunning, startGate, type Gate } from '../support/ssh-gate.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { startStampedLog, type StampedLog } from '../support/stamped-log.ts'

const USER = process.env['USER'] ?? 'root'

let log: StampedLog
let sshd: Sshd
let api: ScriptedApi
const gates: Gate[] = []
const folder = temporaryFolder('gate-proxy')
/** Somebody who types a wrong password, in the time people take. */
const wrongSlowly = join(folder.path, 'askpass')
writeFileSync(wrongSlowly, '#!/bin/sh\nsleep 0.4\necho wrong\n', { mode: 0o755 })

beforeAll(async () => {
  log = await startStampedLog()
  sshd = await startSshd({ program: log.program, config: ['PerSourceMaxStartups none'] })
  api = await startScriptedApi()
}, 30_000)

afterAll(async () => {
  await api.stop()
  await sshd.stop()
  log.stop()
  folder.remove()
})

beforeEach(() => {
  api.decide({})
  api.delay(0)
})

afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.stop()
})

async function gateBefore(listener: object = {}, more: object = {}): Promise<Gate> {
  // On a busy machine an answer may take longer than a gate waits for it; that is another test's.
  const patient = { api: { url: api.url, timeoutMs: 10_000 }, ...more }
  const gate = await startGate(sshd.port, api.url, { authLog: log.path, ...listener }, patient)
  gates.push(gate)
  return gate
}

function ssh(
  port: number,
  options: readonly string[],
  ...command: string[]
): ReturnType<typeof run> {
  const alias = ['-o', `HostKeyAlias=[127.0.0.1]:${sshd.port}`, '-o', 'BatchMode=yes']
  const all = [...options, ...sshd.clientOptions, ...alias, '-p', String(port)]
  const env = { SSH_ASKPASS: wrongSlowly, SSH_ASKPASS_REQUIRE: 'force' }
  return run('ssh', [...all, `${USER}@127.0.0.1`, ...command], { env })
}

function failures(): number {
  return log.text().split('Failed password').length - 1
}

/** Says something and gives all that comes back until the other side closes. */
function talk(port: number, bytes: string | Buffer, from = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket: Socket = connect({ port, host: '127.0.0.1', localAddress: from })
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(said)
    })
    if (bytes.length > 0) socket.write(bytes)
  })
}

describe('what an unmodified client meets', () => {
  test('medium with a brake: it logs in a little later', async () => {
    const gate = await gateBefore()
    api.decide({ band: 'medium', risk: 45, delayMs: 700 })
    const ran = await ssh(gate.port, [], 'echo in')
    expect([ran.code, ran.stdout]).toEqual([0, 'in\n'])
    expect(ran.ms).toBeGreaterThan(700)
  }, 20_000)

  test('critical: a sentence that says why, the reason code and whom to ask; sshd never hears of it', async () => {
    const gate = await gateBefore()
    api.decide({
      ...{ action: 'terminate', band: 'critical', risk: 97, code: 's_fail_inv' },
      ...{
        message: 'Refused: many failed logins came from your address.',
        contact: 'ops@example.org',
      },
    })
    expect((await ssh(gate.port, [], 'true')).code).toBe(255)
    const before = log.text().length
    const ran = await ssh(gate.port, ['-o', 'LogLevel=INFO'], 'true')
    expect(ran.code).toBe(255)
    expect(ran.stderr).toContain(
      'Refused: many failed logins came from your address. Reason: s_fail_inv. Ask ops@example.org.',
    )
    expect(log.text().slice(before)).toBe('')
    expect(gate.log()).toContain('connection refused')
  }, 20_000)

  test('high, and no server that could ask for more: refused with a sentence; medium: the brake', async () => {
    const gate = await gateBefore({}, { noStepUpBrakeMs: 400 })
    api.decide({ action: 'step-up', band: 'high', risk: 80 })
    const high = await ssh(gate.port, ['-o', 'LogLevel=INFO'], 'true')
    expect(high.stderr).toContain('needs one more proof')
    api.decide({ action: 'step-up', band: 'medium', risk: 50 })
    const medium = await ssh(gate.port, [], 'echo in')
    expect([medium.code, medium.stdout]).toEqual([0, 'in\n'])
    expect(medium.ms).toBeGreaterThan(400)
  }, 20_000)
})

describe('attempts of the log', () => {
  test('become those of the real client, and its connection is reported as logged in', async () => {
    const gate = await gateBefore()
    await eventually('the log is followed', async () => (await gate.metric('ssh_gate')) >= 0)
    const ran = await ssh(gate.port, ['-b', '127.0.0.31'], 'true')
    expect(ran.code).toBe(0)
    const outcome = await eventually('the outcome is told', () =>
      api.of('/v1/outcomes').find(({ client }) => (client as { ip: string }).ip === '127.0.0.31'),
    )
    expect(outcome).toMatchObject({
      result: 'completed',
      authenticated: true,
      terminationState: 'served',
    })
    expect(await gate.metric('ssh_gate_attempts_total', 'accepted', 'own')).toBe(1)
  }, 20_000)

  test('a source that fails too often is refused for a while, others are not', async () => {
    const gate = await gateBefore()
    const wrong = ['-b', '127.0.0.32', '-o', 'PubkeyAuthentication=no', '-o', 'BatchMode=no']
    for (let i = 0; i < 4; i += 1) {
      const args = ['-p', 'wrong', 'ssh', ...sshd.clientOptions]
      const more = [
        '-o',
        `HostKeyAlias=[127.0.0.1]:${sshd.port}`,
        '-o',
        'NumberOfPasswordPrompts=1',
      ]
      await run('sshpass', [
        ...args,
        ...more,
        '-p',
        String(gate.port),
        ...wrong,
        `${USER}@127.0.0.1`,
        'true',
      ])
    }
    await eventually('the source is penalised', () =>
      gate.log().includes('source refused for a while'),
    )
    const refused = await ssh(gate.port, ['-b', '127.0.0.32', '-o', 'LogLevel=INFO'], 'true')
    expect(refused.stderr).toContain('too many failures from this address')
    const other = await ssh(gate.port, ['-b', '127.0.0.33'], 'echo in')
    expect(other.stdout).toBe('in\n')
  }, 30_000)
})

describe('a source that is refused', () => {
  test('loses the connections it has not logged in on, and keeps those it has', async () => {
    const gate = await gateBefore()
    const from = ['-b', '127.0.0.36']
    const held = ssh(gate.port, from, 'echo started; sleep 4; echo finished')
    await eventually(
      'the session runs',
      async () => (await gate.metric('ssh_gate_attempts_total', 'accepted', 'own')) === 1,
    )
    const before = failures()
    // Six tries on one connection are what sshd allows; fifteen seconds of penalty are gathered after four.
    const only = ['-o', 'PreferredAuthentications=password', '-o', 'BatchMode=no']
    const six = ['-o', 'NumberOfPasswordPrompts=6', '-o', 'LogLevel=INFO']
    const guessing = await ssh(gate.port, [...from, ...only, ...six], 'true')
    expect(guessing.code).toBe(255)
    expect(guessing.stderr).toContain('Connection closed by 127.0.0.1')
    expect(gate.log()).toMatch(/"cut":1/)
    expect(failures() - before).toBe(4)
    expect((await held).stdout).toBe('started\nfinished\n')
  }, 30_000)
})

describe('what does not speak SSH', () => {
  test('hears what sshd would say, and is closed', async () => {
    const gate = await gateBefore()
    const said = await talk(gate.port, 'GET / HTTP/1.1\r\n\r\n')
    expect(said).toMatch(
      /^X-VESTIBULE-GATE 1 [^\n]*\r\nSSH-2\.0-OpenSSH_\S+[^\n]*\r\nInvalid SSH identification string\.\r\n$/,
    )
    expect(await gate.metric('ssh_gate_connections_total', 'not-ssh')).toBe(1)
  }, 20_000)

  test('silence is ended in time, and a place is free again', async () => {
    const gate = await gateBefore({}, { limits: { handshakeMs: 300, halfOpenPerSource: 2 } })
    const silent = [talk(gate.port, ''), talk(gate.port, 'SSH-2.0-slow')]
    await eventually(
      'both wait',
      async () => (await gate.metric('ssh_gate_open_connections')) === 2,
    )
    expect(await talk(gate.port, 'SSH-2.0-x\r\n')).toContain('Too many connections')
    for (const said of await Promise.all(silent)) expect(said).toContain('did not begin in time')
    expect(await gate.metric('ssh_gate_connections_total', 'handshake-timeout')).toBe(2)
    const ran = await ssh(gate.port, ['-b', '127.0.0.35'], 'echo in')
    expect(ran.stdout).toBe('in\n')
  }, 20_000)
})

describe('when something is down', () => {
  test('an API that hangs is waited for once or thrice, then not at all, and asked again later', async () => {
    api.delay(Infinity)
    const gate = await gateBefore(
      {},
      { api: { url: api.url, timeoutMs: 200 }, static: { brakeMs: 0 } },
    )
    for (let i = 0; i < 3; i += 1) await talk(gate.port, clientOpening(), `127.0.0.4${i}`)
    expect(gate.log()).toContain('the static policy decides until it does')
    await talk(gate.port, clientOpening(), '127.0.0.44')
    expect(await gate.metric('ssh_gate_static_total', 'circuit-open')).toBeGreaterThan(0)
    api.delay(0)
    // From another address each time: one alone would soon be refused for not logging in.
    let tries = 0
    await eventually('the API is asked again', async () => {
      tries += 1
      await talk(gate.port, clientOpening(), `127.0.${2 + (tries >> 7)}.${1 + (tries & 127)}`)
      return gate.log().includes('the routing API answers again')
    })
  }, 20_000)

  test('a server that is away: the client is told so', async () => {
    const gate = await startGate(await freePort(), api.url)
    gates.push(gate)
    const ran = await ssh(gate.port, ['-o', 'LogLevel=INFO'], 'true')
    expect(ran.stderr).toContain('The server behind this gate does not answer')
  }, 20_000)

  test('a gate that is stopped takes no more connections and serves those it has to the last', async () => {
    const gate = await gateBefore()
    const held = ssh(gate.port, [], 'echo started; sleep 2; echo finished')
    await eventually(
      'the session runs',
      async () => (await gate.metric('ssh_gate_attempts_total', 'accepted')) > 0,
    )
    gate.drain()
    await eventually('it has ended', () => gate.ended())
    expect(await talk(gate.port, '')).toBe('')
    const [serving = 0] = gate.serving()
    expect(isRunning(serving)).toBe(true)
    expect((await held).stdout).toBe('started\nfinished\n')
    await eventually('nobody serves any more', () => !isRunning(serving))
  }, 20_000)

  test('a new process takes the listening socket over: no login is refused, and old sessions go on', async () => {
    const gate = await gateBefore()
    const held = ssh(gate.port, [], 'echo started; sleep 4; echo finished')
    await eventually(
      'the session runs',
      async () => (await gate.metric('ssh_gate_attempts_total', 'accepted')) > 0,
    )
    gate.reload()
    const codes: number[] = []
    for (let i = 0; gate.serving().length < 2; i += 1) {
      codes.push((await ssh(gate.port, ['-b', `127.0.1.${i}`], 'true')).code)
    }
    codes.push((await ssh(gate.port, ['-b', '127.0.1.200'], 'true')).code)
    expect(new Set(codes)).toEqual(new Set([0]))
    const [old = 0, fresh = 0] = gate.serving()
    expect([isRunning(old), isRunning(fresh)]).toEqual([true, true])
    expect((await held).stdout).toBe('started\nfinished\n')
    await eventually('the old one has ended', () => !isRunning(old))
  }, 30_000)

  test('sessions do not notice that the API is gone', async () => {
    const gate = await gateBefore()
    const held = ssh(gate.port, [], 'echo started; sleep 1; echo finished')
    await eventually(
      'the session runs',
      async () => (await gate.metric('ssh_gate_attempts_total', 'accepted')) > 0,
    )
    await api.stop()
    expect((await held).stdout).toBe('started\nfinished\n')
    expect((await ssh(gate.port, [], 'echo in')).stdout).toBe('in\n')
    api = await startScriptedApi()
  }, 30_000)
})

/** Identification and a KEXINIT with nothing in common with any server: sshd ends the connection at once. */
function clientOpening(): Buffer {
  const lists = Array.from({ length: 10 }, () => Buffer.from([0, 0, 0, 1, 0x78]))
  const payload = Buffer.concat([Buffer.of(20), Buffer.alloc(16), ...lists, Buffer.alloc(5)])
  const padding = 8 - ((5 + payload.length) % 8) + 8
  const head = Buffer.alloc(5)
  head.writeUInt32BE(1 + payload.length + padding)
  head[4] = padding
  return Buffer.concat([Buffer.from('SSH-2.0-test\r\n'), head, payload, Buffer.alloc(padding)])
}
