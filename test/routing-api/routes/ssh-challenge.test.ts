import { describe, expect, test } from '@jest/globals'
import { type z } from 'zod'
import { type Contribution } from '../../../schemas/generated/records.ts'
import { SILENT } from '../../../lib/logger.ts'
import { connectionBind } from '../../../protocols/challenge/bind.ts'
import { type ChallengeAnswer, type Hello } from '../../../protocols/challenge/messages.ts'
import {
  SshConnectionResponse,
  SshResponsesResponse,
} from '../../../routing-api/routes/response-schemas.ts'
import { sshConnections } from '../../../routing-api/routes/ssh-connections.ts'
import { sshResponses } from '../../../routing-api/routes/ssh-responses.ts'
import { answerPrograms } from '../../support/answer-challenge.ts'
import { CLIENT_LISTS, kexInitPayload } from '../../support/ssh-bytes.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { CODEC, testApi, type TestApi } from '../harness.ts'
import { control } from '../decisions/fixtures.ts'

const NOW = 1_800_000_000_000
const IDENTIFICATION = 'SSH-2.0-OpenSSH_9.2p1'
const KEXINIT = kexInitPayload({ lists: CLIENT_LISTS })
const BIND = connectionBind(Buffer.from(IDENTIFICATION), KEXINIT)
const HELLO: Hello = {
  type: 'hello',
  v: 1,
  client: 'test 1',
  kinds: ['mac', 'cookie', 'puzzle', 'question', 'totp', 'device'],
  interactive: true,
  consent: 'unasked',
  timestamp: NOW,
}
/** Puzzles of no time, so that tests take none. */
const QUICK =
  'puzzle: { hashesPerMs: 1, mediumMs: 100, mediumMostMs: 200, highMs: 300, highMostMs: 400 }'

type Asked = z.infer<typeof SshConnectionResponse>
type Judged = z.infer<typeof SshResponsesResponse>

/** One of the two independent voices that a critical risk takes. */
function voice(feature: string, nats: number): Contribution {
  const nothing = { value: 1, unit: '', baseline: null, oneIn: null, text: feature }
  return { ...nothing, feature, nats, points: 50 }
}

/** An API in force with a client at this evidence. */
function api(nats: number, over: Partial<TestApi> = {}, policy = ''): TestApi {
  const made = testApi({ now: () => NOW, ...over })
  const body = `shadow: false\nssh:\n  ${QUICK}\n${policy}`
  made.state.applyControl(control('policy', '1-x', { body }))
  const known = { kind: 'global', key: 'ssh', protocol: 'ssh', total: 10_000 } as const
  made.state.population.apply(exampleRecord('Population', known))
  if (nats > 0) {
    const record = exampleRecord('Score', {
      entity: 'ip:192.0.2.1#ssh',
      kind: 'ip',
      protocol: 'ssh',
      asOf: NOW * 1000,
      validUntil: (NOW + 3_600_000) * 1000,
      evidence: nats,
      halfLifeMs: 259_200,
      value: 50,
      lastSuccessAt: null,
      shared: false,
      cap: null,
      contributions:
        nats < 11.5 ? [] : [voice('s_fail_inv', nats / 2), voice('s_noauth', nats / 2)],
    })
    made.state.scores.put(record, CODEC.encode('Score', record))
  }
  return made
}

const call = (body: unknown) => ({
  params: new Map<string, string>(),
  query: new URLSearchParams(),
  body,
  caller: 'gate',
  requestId: '1',
})

async function ask(on: TestApi, over: object = {}): Promise<Asked> {
  const body = {
    client: { ip: '192.0.2.1', port: 40_000 },
    identification: IDENTIFICATION,
    kexInit: KEXINIT.toString('base64'),
    aware: true,
    hello: HELLO,
    ...over,
  }
  const reply = await sshConnections.run(call(body), on)
  return SshConnectionResponse.parse(reply.body)
}

async function respond(
  on: TestApi,
  connectionToken: string,
  responses: readonly ChallengeAnswer[],
  elapsedMs = 100,
): Promise<Judged> {
  const reply = await sshResponses.run(call({ connectionToken, responses, elapsedMs }), on)
  return SshResponsesResponse.parse(reply.body)
}

function solved(asked: { challenge: Asked['challenge'] }): readonly ChallengeAnswer[] {
  if (asked.challenge === null) throw new Error('nothing was asked')
  return answerPrograms(asked.challenge, BIND)
}

describe('a challenge over the routes', () => {
  test('a stranger gets a cookie, gives it back and proceeds', async () => {
    const on = api(0)
    const asked = await ask(on)
    expect([asked.action, asked.challenges]).toEqual(['challenge', [{ kind: 'cookie' }]])
    expect(asked.challenge?.token).toBe(asked.connectionToken)
    expect(asked.challenge?.expiresAt).toBe(NOW + 30_000)
    const judged = await respond(on, asked.connectionToken, solved(asked))
    expect(judged).toMatchObject({
      action: 'proceed',
      results: [{ kind: 'cookie', result: 'passed', elapsedMs: 100 }],
    })
  })

  test('medium gets a puzzle besides, and a right and quick solution lowers the risk', async () => {
    const on = api(5)
    const asked = await ask(on)
    expect(asked.challenges).toEqual([{ kind: 'cookie' }, { kind: 'puzzle' }])
    const judged = await respond(on, asked.connectionToken, solved(asked))
    expect(judged.action).toBe('proceed')
    expect(judged.risk).toBeLessThan(asked.risk)
  })

  test('another instance judges what this one asked', async () => {
    const asked = await ask(api(5))
    const judged = await respond(api(5), asked.connectionToken, solved(asked))
    expect(judged.action).toBe('proceed')
  })

  test('a wrong puzzle, a wrong cookie and no answer end it', async () => {
    const on = api(5)
    const asked = await ask(on)
    const [cookie, puzzle] = solved(asked)
    if (cookie === undefined || puzzle?.kind !== 'puzzle') throw new Error('no answers')
    const wrong = { ...puzzle, solution: 'A'.repeat(puzzle.solution.length) }
    const end = { action: 'terminate', code: 'challenge-failed' }
    expect(await respond(on, asked.connectionToken, [cookie, wrong])).toMatchObject(end)
    const other = { kind: 'cookie' as const, cookie: 'A'.repeat(43) }
    expect(await respond(on, asked.connectionToken, [other, puzzle])).toMatchObject(end)
    expect(await respond(on, asked.connectionToken, [])).toMatchObject(end)
    expect(await respond(on, asked.connectionToken, [puzzle])).toMatchObject(end)
  })

  test('an answer cannot be moved to another connection, another client or another round', async () => {
    const on = api(5)
    const [one, other] = [await ask(on), await ask(on, { client: { ip: '192.0.2.9' } })]
    expect(await respond(on, other.connectionToken, solved(one))).toMatchObject({
      action: 'terminate',
    })
    const again = await ask(on)
    expect(await respond(on, again.connectionToken, solved(one))).toMatchObject({
      action: 'terminate',
    })
  })

  test('a token that was altered, cut or made elsewhere is no token', async () => {
    const on = api(5)
    const { connectionToken } = await ask(on)
    const flipped = `${connectionToken.slice(0, -2)}${connectionToken.at(-2) === 'A' ? 'B' : 'A'}${connectionToken.slice(-1)}`
    for (const token of [flipped, connectionToken.slice(0, 40), '', '1.t2.AAAA', '..']) {
      expect(await respond(on, token, [])).toMatchObject({
        action: 'terminate',
        code: 'token-invalid',
      })
    }
  })

  test('an answer after its time is asked anew, harder for its riskier client; clocks may be 5 s apart', async () => {
    const asked = await ask(api(5))
    const at = (ms: number) => api(5, { now: () => NOW + ms })
    const late = await respond(at(35_001), asked.connectionToken, solved(asked))
    expect([late.action, late.challenge?.round]).toEqual(['challenge', 2])
    expect(late.risk).toBeGreaterThan(asked.risk)
    expect((await respond(at(34_999), asked.connectionToken, solved(asked))).action).toBe('proceed')
    expect((await respond(at(-4_999), asked.connectionToken, solved(asked))).action).toBe('proceed')
    const early = await respond(at(-5_001), asked.connectionToken, solved(asked))
    expect(early).toMatchObject({ action: 'terminate', code: 'token-invalid' })
  })

  test('high without a question store gets a harder puzzle, and the answer says so', async () => {
    const on = api(8)
    const asked = await ask(on)
    expect(asked.challenges).toEqual([{ kind: 'cookie' }, { kind: 'puzzle' }])
    expect(asked.reasons.map(({ code }) => code)).toContain('no-question-store')
    expect((await respond(on, asked.connectionToken, solved(asked))).action).toBe('proceed')
  })

  test('a client that knows no puzzles is sent where it can be asked', async () => {
    const asked = await ask(api(5), { hello: { ...HELLO, kinds: ['cookie'] } })
    expect(asked.action).toBe('challenge')
    const judged = await respond(api(5), asked.connectionToken, solved(asked))
    expect(judged).toMatchObject({ action: 'step-up' })
  })

  test('a loaded gate asks for more', async () => {
    const target = async (gateLoad: number): Promise<number> => {
      const { challenge } = await ask(api(5), { gateLoad })
      const puzzle = challenge?.steps.find((step) => step.kind === 'puzzle')
      return puzzle?.kind === 'puzzle' ? puzzle.target : 0
    }
    const ratio = (await target(0)) / (await target(1))
    expect(ratio).toBeGreaterThan(1.9)
    expect(ratio).toBeLessThan(2.1)
  })

  test('a gate that asks before it reads a byte is answered by address alone, with a stamp', async () => {
    const answer = await ask(api(0), {
      identification: undefined,
      kexInit: undefined,
      aware: false,
      hello: undefined,
    })
    expect(answer).toMatchObject({ action: 'pass', fingerprint: null, stamp: { timestamp: NOW } })
    expect(answer.stamp.mac).toMatch(/^[\w-]{16}$/)
  })

  test('shadow asks nothing and says what would have been asked', async () => {
    const on = api(5)
    on.state.applyControl(control('policy', '2-x', { body: 'shadow: true\n' }))
    expect(await ask(on)).toMatchObject({ action: 'pass', wouldBe: 'challenge', challenge: null })
  })
})

describe('a critical risk', () => {
  const alertsOf = (on: TestApi): readonly object[] =>
    on.published.flatMap(({ type, record }) => (type === 'Alert' ? [record] : []))

  test('is an alert and a log line, once for many connections, with the count in the next one', async () => {
    let now = NOW
    const logged: string[] = []
    const logger = { ...SILENT, warn: (message: string) => logged.push(message) }
    const policy = 'alerts: { perClientMinutes: 0.01 }'
    const on = api(14, { now: () => now, logger }, policy)
    for (let n = 0; n < 5; n += 1) expect((await ask(on)).action).toBe('terminate')
    now += 600
    await ask(on)
    expect(alertsOf(on)).toMatchObject([
      { kind: 'terminated', severity: 'critical', entity: 'ip:192.0.2.1#ssh' },
      { kind: 'terminated', message: expect.stringContaining('and 4 more since the last alert') },
    ])
    expect(logged).toHaveLength(2)
    expect(logged[0]).toMatch(/^SSH connection of 192\.0\.2\.1 to \S+ was terminated: risk \d+ \(/)
  })

  test('in shadow is a warning of what would have been', async () => {
    const on = api(14)
    on.state.applyControl(control('policy', '2-x', { body: 'shadow: true' }))
    expect(await ask(on)).toMatchObject({ action: 'pass', wouldBe: 'terminate' })
    expect(alertsOf(on)).toMatchObject([{ kind: 'critical-risk', severity: 'warning' }])
  })

  test('a client on the deny list is no news to who put it there', async () => {
    const on = api(0)
    on.state.applyControl(control('deny', '192.0.2.1/32', {}))
    expect((await ask(on)).action).toBe('terminate')
    expect(alertsOf(on)).toEqual([])
  })

  test('reached by answers that came too late it is one too', async () => {
    let now = NOW
    const on = api(9.15, { now: () => now })
    const asked = await ask(on)
    const answers = solved(asked)
    now += 40_000
    const judged = await respond(on, asked.connectionToken, answers)
    expect(judged).toMatchObject({ action: 'terminate', code: 'challenge-critical' })
    expect(alertsOf(on)).toMatchObject([
      { kind: 'terminated', message: expect.stringContaining('(challenge-critical)') },
    ])
  })
})
