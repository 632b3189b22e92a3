import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { gateLoad } from '../../../gates/ssh/gate-load.ts'
import { connectionQuestion } from '../../../gates/ssh/question.ts'
import { connectionBind } from '../../../protocols/challenge/bind.ts'
import { type Hello } from '../../../protocols/challenge/messages.ts'
import {
  SshConnectionResponse,
  SshResponsesResponse,
} from '../../../routing-api/routes/response-schemas.ts'
import { sshConnections } from '../../../routing-api/routes/ssh-connections.ts'
import { sshResponses } from '../../../routing-api/routes/ssh-responses.ts'
import { control } from '../../routing-api/decisions/fixtures.ts'
import { testApi } from '../../routing-api/harness.ts'
import { answerPrograms } from '../../support/answer-challenge.ts'
import { CLIENT_LISTS, kexInitPayload } from '../../support/ssh-bytes.ts'

const CLIENT = {
  address: Buffer.from('00000000000000000000ffffc0000201', 'hex'),
  ...{ port: 40_000, ip: '192.0.2.1', listener: 'ssh' },
}
const KEXINIT = kexInitPayload({ lists: CLIENT_LISTS })
const hello: Hello = {
  ...{ type: 'hello', v: 1, client: 'test 1', kinds: ['cookie'], interactive: false },
  ...{ consent: 'unasked', timestamp: 1_800_000_000_000 },
}
const call = (body: unknown) => ({
  ...{ params: new Map<string, string>(), query: new URLSearchParams(), body },
  ...{ caller: 'gate', requestId: '1' },
})

/** What API and client make of it when the client identifies itself with these bytes. */
async function challenged(identification: Uint8Array): Promise<readonly [string, string]> {
  const api = testApi({ now: () => 1_800_000_000_000 })
  api.state.applyControl(control('policy', '1-x', { body: 'shadow: false' }))
  const opening = { identification, kexInit: KEXINIT, hello }
  // As it goes over the wire, in UTF-8.
  const sent = Buffer.from(JSON.stringify(connectionQuestion(CLIENT, opening, 'gate', 0.25)))
  const reply = await sshConnections.run(call(JSON.parse(sent.toString('utf8'))), api)
  const { challenge, connectionToken } = SshConnectionResponse.parse(reply.body)
  if (challenge === null) throw new Error('nothing was asked')
  const responses = answerPrograms(challenge, connectionBind(identification, KEXINIT))
  const judged = await sshResponses.run(call({ connectionToken, responses, elapsedMs: 5 }), api)
  const record = api.published.find(({ type }) => type === 'SshConnection')
  const text = record?.type === 'SshConnection' ? record.record.clientIdentification : null
  return [SshResponsesResponse.parse(judged.body).action, text ?? '']
}

describe('a challenge is bound to the very bytes of the identification', () => {
  test('beyond ASCII too; records and logs show them escaped', async () => {
    const bytes = Buffer.from('SSH-2.0-caf\u00e9_\u0000\u0080\u00ff', 'latin1')
    expect(await challenged(bytes)).toEqual(['proceed', 'SSH-2.0-caf\\xe9_\\x00\\x80\\xff'])
  })

  test('whatever they are', async () => {
    const rest = fc.uint8Array({ minLength: 1, maxLength: 247 })
    await fc.assert(
      fc.asyncProperty(rest, async (bytes) => {
        const [action] = await challenged(Buffer.concat([Buffer.from('SSH-2.0-'), bytes]))
        expect(action).toBe('proceed')
      }),
      { numRuns: 40 },
    )
  })
})

describe('the load that a gate tells', () => {
  const idle = { connections: 0, mostConnections: 100, halfOpen: 0, mostHalfOpen: 50, busy: 0.1 }
  test.each([
    ['idle', {}, 0],
    ['half its connections', { connections: 50 }, 0.5],
    ['all its half-open places', { halfOpen: 50 }, 1],
    ['a process that is busy for three quarters of its time', { busy: 0.75 }, 0.5],
    ['busier than there is time', { busy: 1.2 }, 1],
  ])('%s', (_name, over, load) => {
    expect(gateLoad({ ...idle, ...over })).toBe(load)
  })

  test('goes with the question', () => {
    expect(connectionQuestion(CLIENT, undefined, 'gate', 0.25)).toMatchObject({ gateLoad: 0.25 })
  })
})
