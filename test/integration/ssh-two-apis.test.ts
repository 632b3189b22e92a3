import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntilReady } from '../../cli/up/readiness.ts'
import { servicesOf } from '../../cli/up/services.ts'
import { supervise, type Supervised } from '../../io/supervisor.ts'
import { connectionBind } from '../../protocols/challenge/bind.ts'
import {
  SshConnectionResponse,
  SshResponsesResponse,
} from '../../routing-api/routes/response-schemas.ts'
import { answerPrograms } from '../support/answer-challenge.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { temporaryFolder } from '../support/programs.ts'
import { CLIENT_LISTS, kexInitPayload } from '../support/ssh-bytes.ts'
import { type z } from 'zod'

const folder = temporaryFolder('two-apis')
const CLIENT = { ip: '192.0.2.7', port: 40_001 }
const IDENTIFICATION = 'SSH-2.0-test'
const KEXINIT = kexInitPayload({ lists: CLIENT_LISTS })
const BIND = connectionBind(Buffer.from(IDENTIFICATION), KEXINIT)
const hello = {
  ...{ type: 'hello', v: 1, client: 'test 1', kinds: ['cookie', 'puzzle'], interactive: false },
  ...{ consent: 'unasked', timestamp: Date.now() },
}

let installation: Installation
let second: Supervised
let one: string
let other: string

beforeAll(async () => {
  const policyFile = join(folder.path, 'policy.yaml')
  writeFileSync(policyFile, 'shadow: false\n')
  installation = await startInstallation({ policyFile })
  const config = { ...installation.config, apiPort: await freePort() }
  const none = { interfaces: [], replay: [], replayLog: undefined, followLogs: [] }
  const service = servicesOf(config, none).find(({ ready }) => ready === 'api-readyz')
  if (service === undefined) throw new Error('no service is the API')
  second = supervise(service.spec, { started: () => undefined, ended: () => undefined })
  if (!(await waitUntilReady(service, config, () => false, second.saidReady))) {
    throw new Error('the second API did not become ready')
  }
  one = `http://127.0.0.1:${installation.config.apiPort}`
  other = `http://127.0.0.1:${config.apiPort}`
}, 60_000)

afterAll(async () => {
  await second.stop(2_000)
  await installation.stop()
  folder.remove()
}, 30_000)

async function post(url: string, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return answer.json()
}

type Asked = z.infer<typeof SshConnectionResponse>

async function ask(url: string): Promise<Asked> {
  const kexInit = Buffer.from(KEXINIT).toString('base64')
  const body = { client: CLIENT, listener: 'ssh', identification: IDENTIFICATION, kexInit }
  return SshConnectionResponse.parse(
    await post(url, '/v1/ssh/connections', { ...body, aware: true, hello }),
  )
}

test('one process asks, the other judges, and what it gives holds at both', async () => {
  // Seen once, so that an incident is somebody's; one is enough for more than a cookie to be asked.
  await ask(one)
  const incident = { client: { ip: CLIENT.ip }, listener: 'ssh', result: 'incident', actor: 'test' }
  await eventually('the client is known', async () => {
    const rows = await installation.rows('SELECT count() AS n FROM ssh_connection')
    return Number(rows[0]?.['n']) > 0
  })
  await post(one, '/v1/outcomes', incident)
  await eventually('both hold it for risky', async () =>
    [(await ask(one)).band, (await ask(other)).band].every((band) => band !== 'low'),
  )
  const asked = await ask(one)
  expect(asked).toMatchObject({
    action: 'challenge',
    challenges: [{ kind: 'cookie' }, { kind: 'puzzle' }],
  })
  if (asked.challenge === null) throw new Error('nothing was asked')
  const responses = answerPrograms(asked.challenge, BIND)
  const answer = { connectionToken: asked.connectionToken, responses, elapsedMs: 120 }
  const judged = SshResponsesResponse.parse(await post(other, '/v1/ssh/responses', answer))
  expect(judged).toMatchObject({ action: 'proceed', decisionId: asked.decisionId })
  expect(judged.results.map(({ kind, result }) => [kind, result])).toEqual([
    ['cookie', 'passed'],
    ['puzzle', 'passed'],
  ])
  // The pass was given by one process and is known to the other by the log alone.
  await eventually('the pass holds at the process that asked', async () => {
    const again = await ask(one)
    return again.action === 'pass' && again.reasons.some(({ code }) => code === 'challenge-pass')
  })
}, 60_000)
