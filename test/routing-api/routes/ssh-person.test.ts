import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { sshStepUp } from '../../../routing-api/routes/ssh-step-up.ts'
import { putEnrolment, listEnrolments } from '../../../routing-api/routes/enrolments.ts'
import { fromBase32, totpCode } from '../../../routing-api/enrolments/totp.ts'
import { testApi, type TestApi } from '../harness.ts'
import { control } from '../decisions/fixtures.ts'

const NOW = 1_800_000_000_000
const ENABLED = 'ssh:\n  questions: { enabled: true, triesPerClient: 4, triesPerUser: 6 }\n'

function api(): TestApi {
  let n = 0
  const freshId = (): Uint8Array => Buffer.alloc(16, (n += 1))
  const made = testApi({ now: () => NOW, freshId })
  made.state.applyControl(control('policy', '1-x', { body: ENABLED }))
  return made
}

const call = (body: unknown) => ({
  params: new Map<string, string>(),
  query: new URLSearchParams(),
  body,
  caller: 'local',
  requestId: '1',
})
const word = { reason: 'test', actor: 'me' }
const Step = z.looseObject({
  action: z.string(),
  token: z.string(),
  prompt: z.string().optional(),
  code: z.string().optional(),
})

async function enrol(
  on: TestApi,
  body: object,
): Promise<{ id: string; secret?: string | undefined }> {
  const reply = await putEnrolment.run(call({ ...word, ...body }), on)
  expect(reply.status).toBe(200)
  return z.looseObject({ id: z.string(), secret: z.string().optional() }).parse(reply.body)
}

async function step(on: TestApi, body: object): Promise<z.infer<typeof Step>> {
  return Step.parse((await sshStepUp.run(call(body), on)).body)
}

const QUESTION = {
  kind: 'question',
  user: 'bob',
  name: 'school',
  question: 'Which school?',
  answer: "St. Mary's",
}
const from = (ip: string) => ({ client: { ip }, user: 'bob' })

describe('questions and one-time codes after the key exchange', () => {
  test('a right answer lets in, whatever its spelling, at another instance too', async () => {
    const [one, other] = [api(), api()]
    await enrol(one, QUESTION)
    for (const record of one.published) {
      if (record.type === 'Control') other.state.applyControl(record.record)
    }
    const asked = await step(one, from('192.0.2.1'))
    expect(asked).toMatchObject({ action: 'ask', prompt: 'Which school? ' })
    const allowed = await step(other, { token: asked.token, answer: 'st marys' })
    expect(allowed.action).toBe('allow')
  })

  test('nothing of what is enrolled can be read on the log', async () => {
    const on = api()
    await enrol(on, QUESTION)
    await enrol(on, { kind: 'totp', user: 'bob' })
    const text = JSON.stringify(on.published)
    for (const secret of ['Mary', 'mary', 'school?', '"bob"']) expect(text).not.toContain(secret)
  })

  test('three wrong answers end a conversation; a client and a user are closed after theirs, over instances', async () => {
    const on = api()
    await enrol(on, QUESTION)
    let asked = await step(on, from('192.0.2.1'))
    for (let i = 0; i < 2; i += 1) asked = await step(on, { token: asked.token, answer: 'no' })
    expect(asked.action).toBe('ask')
    expect(await step(on, { token: asked.token, answer: 'no' })).toMatchObject({ action: 'deny' })
    asked = await step(on, from('192.0.2.1'))
    await step(on, { token: asked.token, answer: 'no' })
    const locked = { action: 'deny', code: 'question-locked' }
    expect(await step(on, from('192.0.2.1'))).toMatchObject(locked)
    // Another address may still try, until the user's own limit.
    let other = await step(on, from('192.0.2.2'))
    for (let i = 0; i < 2; i += 1) other = await step(on, { token: other.token, answer: 'no' })
    expect(await step(on, from('192.0.2.3'))).toMatchObject(locked)
    const restarted = api()
    for (const record of on.published) {
      if (record.type === 'Control') restarted.state.applyControl(record.record)
    }
    expect(await step(restarted, from('192.0.2.4'))).toMatchObject(locked)
  })

  test('many guesses at once are no more than the limit', async () => {
    const on = api()
    await enrol(on, QUESTION)
    const { token } = await step(on, from('192.0.2.1'))
    const guesses = Array.from({ length: 12 }, (_, i) => step(on, { token, answer: `guess ${i}` }))
    await Promise.all(guesses)
    const counted = on.published.filter(
      (one) =>
        one.type === 'Control' && one.record.kind === 'tries' && one.record.id.startsWith('user:'),
    )
    expect(counted.length).toBeLessThanOrEqual(4)
  })

  test('a one-time code lets in once', async () => {
    const on = api()
    const { secret = '' } = await enrol(on, { kind: 'totp', user: 'bob' })
    const key = fromBase32(new URL(secret).searchParams.get('secret') ?? '') ?? Buffer.alloc(0)
    const code = totpCode(key, Math.floor(NOW / 30_000))
    const [one, again] = [await step(on, from('192.0.2.1')), await step(on, from('192.0.2.1'))]
    expect(one.prompt).toBe('One-time code: ')
    expect((await step(on, { token: one.token, answer: code })).action).toBe('allow')
    expect((await step(on, { token: again.token, answer: code })).action).toBe('ask')
  })

  test('questions of a directory wait for the user to consent, and go when everything is withdrawn', async () => {
    const on = api()
    on.state.applyControl(
      control('policy', '2-x', {
        body: 'ssh: { questions: { enabled: true, directory: true } }\n',
      }),
    )
    await enrol(on, { ...QUESTION, source: 'directory' })
    expect(await step(on, from('192.0.2.1'))).toMatchObject({
      action: 'deny',
      code: 'no-question-store',
    })
    await enrol(on, { kind: 'consent', user: 'bob', to: 'directory', text: 'I agree.' })
    expect((await step(on, from('192.0.2.1'))).action).toBe('ask')
    await enrol(on, { kind: 'withdraw', user: 'bob' })
    expect((await step(on, from('192.0.2.1'))).action).toBe('deny')
    const list = await listEnrolments.run(
      { ...call(undefined), query: new URLSearchParams('user=bob') },
      on,
    )
    expect(list.body).toEqual({ total: 0, entries: [], consents: [] })
  })
})
