import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEventLog } from '../../io/event-log/open.ts'
import { openSecrets } from '../../io/secrets.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { encoded } from '../../lib/encoded.ts'
import { SILENT } from '../../lib/logger.ts'
import { webhookSignature } from '../../protocols/webhook-signature.ts'
import { type Contribution } from '../../schemas/generated/records.ts'
import { eventually } from '../support/eventually.ts'
import { exampleRecord } from '../support/example-record.ts'
import { startHook, type Hook } from '../support/hook.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { temporaryFolder } from '../support/programs.ts'
import { run } from '../support/run.ts'
import { startGate, type Gate } from '../support/ssh-gate.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'

const USER = process.env['USER'] ?? 'root'
const PROGRAM = join(import.meta.dirname, '../../bin/vestibule')
const folder = temporaryFolder('challenge')

let sshd: Sshd
let installation: Installation
let gate: Gate
let api: string
let hook: Hook
const syslog = createSocket('udp4')

beforeAll(async () => {
  const policy = join(folder.path, 'policy.yaml')
  hook = await startHook()
  syslog.bind(0, '127.0.0.1')
  await once(syslog, 'listening')
  const to = `udp://127.0.0.1:${syslog.address().port}`
  const alerts = `alerts: { syslog: { to: '${to}' }, webhook: { url: '${hook.url}' } }`
  // What the gate shows is not folded: a score put on the log stays what it is.
  const sensor = 'listeners: { ssh: { protocol: ssh, sensor: true } }'
  writeFileSync(policy, `shadow: false\n${alerts}\n${sensor}\n`)
  sshd = await startSshd()
  installation = await startInstallation({ policyFile: policy })
  api = `http://127.0.0.1:${installation.config.apiPort}`
  // On a busy machine an answer may take longer than a gate waits for it; that is another test's.
  const patient = { api: { url: api, timeoutMs: 10_000 } }
  gate = await startGate(sshd.port, api, {}, patient, installation.config.dataDir)
}, 60_000)

afterAll(async () => {
  await gate.stop()
  await installation.stop()
  await sshd.stop()
  hook.stop()
  syslog.close()
  folder.remove()
}, 30_000)

function ssh(from: string, helper: boolean, ...command: string[]): ReturnType<typeof run> {
  const connect = `${PROGRAM} ssh-connect --batch --state ${folder.path} %h %p`
  const proxy = helper ? ['-o', `ProxyCommand=${connect}`] : ['-b', from]
  const alias = ['-o', `HostKeyAlias=[127.0.0.1]:${sshd.port}`, '-p', String(gate.port)]
  return run('ssh', [
    '-o',
    'LogLevel=INFO',
    ...sshd.clientOptions,
    ...alias,
    ...proxy,
    `${USER}@127.0.0.1`,
    ...command,
  ])
}

interface Seen {
  readonly risk: number
  readonly band: string
  readonly action: string
}

async function post(path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return answer.json()
}

/** Reports incidents of a client until the API holds it for at least so risky. */
async function worsen(ip: string, risk: number): Promise<Seen> {
  for (;;) {
    await post('/v1/outcomes', {
      client: { ip },
      listener: 'ssh',
      result: 'incident',
      actor: 'test',
    })
    const before = await seen(ip)
    await eventually(
      'the incident counts',
      async () => (await seen(ip)).risk > before.risk,
      500,
    ).catch(() => false)
    const now = await seen(ip)
    if (now.risk >= risk) return now
  }
}

async function seen(ip: string): Promise<Seen> {
  const question = { client: { ip }, listener: 'ssh', identification: 'SSH-2.0-x', aware: false }
  return (await post('/v1/ssh/connections', question)) as Seen
}

describe('the gate, the API and the helper together, enforcing', () => {
  test('a low-risk client with the helper answers the first challenge and logs in', async () => {
    const ran = await ssh('127.0.0.1', true, 'echo in')
    expect([ran.code, ran.stdout]).toEqual([0, 'in\n'])
    expect(await gate.metric('ssh_gate_decisions_total', 'action="challenge"')).toBe(1)
    expect(await gate.metric('ssh_gate_challenges_total', 'cookie', 'passed')).toBe(1)
  }, 30_000)

  test('an unmodified one beside it notices nothing', async () => {
    const ran = await ssh('127.0.0.61', false, 'echo in')
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, 'in\n', ''])
  }, 30_000)

  test('a medium one with the helper solves a puzzle and logs in', async () => {
    expect(await worsen('127.0.0.1', 30)).toMatchObject({ band: 'medium', action: 'step-up' })
    const ran = await ssh('127.0.0.1', true, 'echo in')
    expect([ran.code, ran.stdout]).toEqual([0, 'in\n'])
    expect(await gate.metric('ssh_gate_challenges_total', 'puzzle', 'passed')).toBe(1)
  }, 60_000)

  test('one on the deny list reads why it is refused, and the code opens the explanation', async () => {
    const env = { VESTIBULE_API_URL: api, USER: 'anna' }
    await run(PROGRAM, ['deny', '127.0.0.66', '--reason', 'test'], { env })
    await eventually(
      'it is in force',
      async () => (await seen('127.0.0.66')).action === 'terminate',
    )
    const refused = await ssh('127.0.0.66', false, 'true')
    expect(refused.code).toBe(255)
    const code = /Connection refused \(([\w-]+)\)/.exec(refused.stderr)?.[1] ?? refused.stderr
    const why = await run(PROGRAM, ['why', code], { env })
    expect([code, why.code]).toEqual([expect.any(String), 0])
    const other = await ssh('127.0.0.67', false, 'echo in')
    expect(other.stdout).toBe('in\n')
  }, 60_000)

  test('a critical one is terminated, and topic, history, syslog and webhook tell of it', async () => {
    const heard = once(syslog, 'message')
    await becomeCritical('127.0.0.99')
    const refused = await ssh('127.0.0.99', false, 'true')
    expect([refused.code, refused.stderr]).toEqual([255, expect.stringContaining('refused')])
    const line = String((await heard)[0])
    expect(line).toMatch(
      /^<82>1 \S+ \S+ vestibule \d+ terminated \[.*entity="ip:127\.0\.0\.99#ssh"/,
    )
    const told = await eventually('the webhook is told', () => hook.asked[0])
    const { webhookKey } = openSecrets(installation.config.dataDir)
    const signature = String(told.headers['x-vestibule-signature'])
    const seconds = Number(/^t=(\d+),/.exec(signature)?.[1])
    expect(signature).toBe(webhookSignature(Buffer.from(webhookKey, 'hex'), seconds, told.body))
    expect(JSON.parse(told.body)).toMatchObject({ kind: 'terminated', severity: 'critical' })
    await eventually('history has it', async () => {
      const rows = await installation.rows(
        "SELECT count() AS n FROM alert WHERE kind = 'terminated'",
      )
      return Number(rows[0]?.['n']) === 1
    })
    expect(hook.asked).toHaveLength(1)
  }, 60_000)
})

/** Puts a score on the log that no login and no cap speaks against. */
async function becomeCritical(ip: string): Promise<void> {
  const log = await openEventLog(installation.config, { logger: SILENT })
  const now = Date.now()
  const voice = (feature: string): Contribution => ({
    ...{ feature, value: 1, unit: '', baseline: null, oneIn: null, nats: 8, points: 50 },
    text: feature,
  })
  const record = exampleRecord('Score', {
    ...{ entity: `ip:${ip}#ssh`, kind: 'ip', protocol: 'ssh', evidence: 16, value: 99 },
    ...{ asOf: now * 1_000, validUntil: (now + 3_600_000) * 1_000, halfLifeMs: 86_400_000 },
    ...{ lastSuccessAt: null, shared: false, cap: null },
    contributions: [voice('s_fail_inv'), voice('s_noauth')],
  })
  const population = exampleRecord('Population', {
    ...{ kind: 'global', key: 'ssh', protocol: 'ssh', total: 10_000 },
  })
  const codec = singleObjectCodec()
  await log.append('population', [encoded({ type: 'Population', record: population }, codec)])
  await log.append('scores', [encoded({ type: 'Score', record }, codec)])
  await log.close()
  await eventually('it is critical', async () => (await seen(ip)).band === 'critical')
}
