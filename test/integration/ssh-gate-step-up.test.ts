import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBase32, totpCode } from '../../routing-api/enrolments/totp.ts'
import { eventually } from '../support/eventually.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { temporaryFolder } from '../support/programs.ts'
import { run } from '../support/run.ts'
import { startGate, type Gate } from '../support/ssh-gate.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { canStepUp, startStepUpSshd } from '../support/step-up-sshd.ts'

const USER = process.env['USER'] ?? 'root'
const FROM = '127.0.0.71'
const possible = canStepUp()
const folder = temporaryFolder('step-up-test')
const socket = join(folder.path, 'gate.sock')
const askpass = join(folder.path, 'askpass')
const prompts = join(folder.path, 'prompts')

let usual: Sshd
let stepUp: Sshd
let installation: Installation
let gate: Gate
let api: string

beforeAll(async () => {
  if (!possible) return
  const policy = join(folder.path, 'policy.yaml')
  writeFileSync(
    policy,
    'shadow: false\nssh: { questions: { enabled: true, triesPerClient: 20 } }\n',
  )
  usual = await startSshd()
  stepUp = await startStepUpSshd(usual, socket)
  installation = await startInstallation({ policyFile: policy })
  api = `http://127.0.0.1:${installation.config.apiPort}`
  gate = await startGate(
    usual.port,
    api,
    { stepUp: `127.0.0.1:${stepUp.port}` },
    // On a busy machine an answer may take longer than a gate waits for it; that is another test's.
    {
      ...{ api: { url: api, timeoutMs: 10_000 }, stepUpSocket: socket },
      penalties: { exempt: ['127.0.0.0/8'] },
    },
    installation.config.dataDir,
  )
  await enrol({ kind: 'question', name: 'school', question: 'Which school?', answer: "St. Mary's" })
  await worsen(FROM)
}, 120_000)

afterAll(async () => {
  if (possible) {
    await gate.stop()
    await installation.stop()
    await stepUp.stop()
    await usual.stop()
  }
  folder.remove()
}, 30_000)

async function send(method: string, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${api}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await answer.json()) as Record<string, unknown>
}

function enrol(what: object): Promise<Record<string, unknown>> {
  return send('PUT', '/v1/enrolments', { user: USER, reason: 'test', ...what })
}

/** Reports incidents of a client until the API would ask more of it than a key. */
async function worsen(ip: string): Promise<void> {
  await eventually('it is sent to the step-up server', async () => {
    await send('POST', '/v1/outcomes', {
      client: { ip },
      listener: 'ssh',
      result: 'incident',
      actor: 't',
    })
    const question = { client: { ip }, listener: 'ssh', identification: 'SSH-2.0-x', aware: false }
    return (await send('POST', '/v1/ssh/connections', question))['action'] === 'step-up'
  })
}

/** Answers the n-th prompt with the n-th line, and notes what it was asked. */
function answering(...answers: readonly string[]): Record<string, string> {
  writeFileSync(prompts, '')
  const lines = answers.map((answer, n) => `${n + 1}) printf '%s\\n' "${answer}";;`).join(' ')
  const script = `#!/bin/sh\necho "$1" >>${prompts}\ncase $(wc -l <${prompts}) in ${lines} *) exit 1;; esac\n`
  writeFileSync(askpass, script)
  chmodSync(askpass, 0o755)
  return { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' }
}

function client(
  program: 'ssh' | 'scp' | 'sftp',
  env: Record<string, string>,
  args: readonly string[],
  input = '',
): ReturnType<typeof run> {
  const port = program === 'ssh' ? '-p' : '-P'
  const bind = ['-o', `BindAddress=${FROM}`, '-o', `HostKeyAlias=[127.0.0.1]:${usual.port}`]
  const all = [...usual.clientOptions, ...bind, port, String(gate.port), ...args]
  return run(program, all, { env, input, timeoutMs: 30_000 })
}

const here = possible ? describe : describe.skip

here('an unaware client at risk, and the step-up server behind the gate', () => {
  test('ssh asks the question of the API after the key exchange, and a right answer lets in', async () => {
    const ran = await client('ssh', answering('st marks', 'st marys'), [
      `${USER}@127.0.0.1`,
      'echo in',
    ])
    // The first answer is wrong, and it is asked again.
    expect([ran.code, ran.stdout]).toEqual([0, 'in\n'])
    const again = await client('ssh', answering('st marys'), [`${USER}@127.0.0.1`, 'echo in'])
    expect([again.code, again.stdout, again.stderr]).toEqual([0, 'in\n', ''])
    expect(readFileSync(prompts, 'utf8')).toContain('Which school?')
    expect(await gate.metric('ssh_gate_step_ups_total', 'allowed')).toBe(2)
  }, 60_000)

  test('scp and sftp carry a file there and back after the same question', async () => {
    const [sent, got, back] = ['sent', 'got', 'back'].map((name) => join(folder.path, name))
    if (sent === undefined || got === undefined || back === undefined) throw new Error('no names')
    writeFileSync(sent, randomBytes(1 << 20))
    const up = await client('scp', answering('st marys'), [sent, `${USER}@127.0.0.1:${got}`])
    expect([up.code, up.stderr]).toEqual([0, ''])
    const commands = `get ${got} ${back}\n`
    const down = await client(
      'sftp',
      answering('st marys'),
      ['-o', 'BatchMode=no', '-b', '-', `${USER}@127.0.0.1`],
      commands,
    )
    expect([down.code, down.stderr]).toEqual([0, ''])
    expect(readFileSync(back).equals(readFileSync(sent))).toBe(true)
  }, 60_000)

  test('three wrong answers end it with the reason, and no other key opens it', async () => {
    const ran = await client('ssh', answering('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'), [
      ...['-o', 'NumberOfPasswordPrompts=1', `${USER}@127.0.0.1`, 'echo in'],
    ])
    expect([ran.code, ran.stdout]).toEqual([255, ''])
    expect(await gate.metric('ssh_gate_step_ups_total', 'denied')).toBeGreaterThan(0)
    const outcome = await eventually('history tells how the question ended', async () => {
      const rows = await installation.rows(
        "SELECT arrayMap(c -> tupleElement(c, 'result'), challenges) AS results FROM outcome WHERE length(challenges) > 1",
      )
      return rows[0]
    })
    expect(outcome['results']).toEqual(expect.arrayContaining(['wrong']))
  }, 60_000)

  test('who enrolled one-time codes is asked for one, and each opens once', async () => {
    const { secret } = await enrol({ kind: 'totp' })
    const key = fromBase32(/secret=([A-Z2-7]+)/.exec(String(secret))?.[1] ?? '') ?? Buffer.alloc(0)
    const code = totpCode(key, Math.floor(Date.now() / 30_000))
    const ran = await client('ssh', answering(code), [`${USER}@127.0.0.1`, 'echo in'])
    expect([ran.code, ran.stdout]).toEqual([0, 'in\n'])
    expect(readFileSync(prompts, 'utf8')).toContain('One-time code:')
    const again = await client('ssh', answering(code), [`${USER}@127.0.0.1`, 'echo in'])
    expect(again.code).toBe(255)
  }, 60_000)

  test('the socket is for root and the gate alone; what knocks there past the gate is turned away', async () => {
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    const alias = ['-o', `HostKeyAlias=[127.0.0.1]:${usual.port}`, '-p', String(stepUp.port)]
    const past = await run(
      'ssh',
      [...usual.clientOptions, ...alias, `${USER}@127.0.0.1`, 'echo in'],
      { env: answering('st marys') },
    )
    expect([past.code, past.stdout]).toEqual([255, ''])
    expect(await gate.metric('ssh_gate_step_ups_total', 'unknown-peer')).toBeGreaterThan(0)
  }, 30_000)

  test('the API away: nobody gets in by the step-up server', async () => {
    await eventually('it is still sent there', async () => {
      await worsen(FROM)
      return true
    })
    await gate.stop()
    const closed = 'http://127.0.0.1:9'
    const more = { stepUpSocket: socket, static: { action: 'step-up', brakeMs: 0 } }
    gate = await startGate(usual.port, closed, { stepUp: `127.0.0.1:${stepUp.port}` }, more)
    const ran = await client('ssh', answering('st marys'), [`${USER}@127.0.0.1`, 'echo in'])
    expect([ran.code, ran.stdout]).toEqual([255, ''])
    expect(await gate.metric('ssh_gate_step_ups_total', 'no-verdict')).toBeGreaterThan(0)
  }, 60_000)
})
