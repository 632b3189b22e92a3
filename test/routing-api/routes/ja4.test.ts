import { afterEach, describe, expect, test } from '@jest/globals'
import { ipFpEntity } from '../../../behaviour/entity.ts'
import { HandshakeResponse } from '../../../routing-api/routes/response-schemas.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { BROWSER, helloMessage } from '../../support/tls-bytes.ts'
import { CODEC, run, testApi, type Running, type TestApi } from '../harness.ts'

let running: Running | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

const JA4 = /^t13d/
const IP = '192.0.2.9'

/** The JA4 and the stable key of the browser's hello; with a ticket and padding they differ. */
async function presented(api: TestApi): Promise<{ ja4: string; stableKey: string }> {
  const clientHello = Buffer.from(helloMessage(BROWSER)).toString('base64')
  await ask({ client: { ip: '192.0.2.1', port: 4000 }, clientHello })
  const hello = api.published.find((any) => any.type === 'TlsHello')
  if (hello?.type !== 'TlsHello') throw new Error('the hello is published')
  return { ja4: hello.record.ja4 ?? '', stableKey: hello.record.stableKey ?? '' }
}

async function ask(request: object) {
  const { status, body } = (await running?.call('POST', '/v1/handshakes', request)) ?? {}
  expect(status).toBe(200)
  const { decidedBy, fingerprint, reasons } = HandshakeResponse.parse(body)
  return { decidedBy, fingerprint, codes: reasons.map(({ code }) => code) }
}

function known(api: TestApi, fingerprint: string): void {
  const now = Date.now()
  const score = exampleRecord('Score', {
    entity: ipFpEntity(IP, fingerprint, 'tls'),
    kind: 'ip-fp',
    protocol: 'tls',
    value: 0.1,
    evidence: 0.2,
    asOf: now * 1000,
    halfLifeMs: 21_600_000,
    validUntil: (now + 86_400_000) * 1000,
  })
  api.state.scores.put(score, CODEC.encode('Score', score))
}

describe('a JA4 without its hello', () => {
  test('finds client and program once a hello with it was read', async () => {
    const api = testApi()
    running = await run(api)
    const { ja4, stableKey } = await presented(api)
    expect(ja4).toMatch(JA4)
    expect(stableKey).not.toBe(ja4)
    known(api, stableKey)
    const { decidedBy, fingerprint, codes } = await ask({ client: { ip: IP }, ja4 })
    expect({ decidedBy, fingerprint }).toEqual({ decidedBy: 'ip-fp', fingerprint: stableKey })
    expect(codes).not.toContain('ja4-unknown')
  })

  test('that was never read with a hello is judged by the address, and the answer says so', async () => {
    const api = testApi()
    running = await run(api)
    known(api, 't13d1212h2_aaaaaaaaaaaa_bbbbbbbbbbbb')
    const ja4 = 't13d1515h2_aaaaaaaaaaaa_cccccccccccc'
    const answer = await ask({ client: { ip: IP }, ja4 })
    expect(answer.decidedBy).toBe('none')
    expect(answer.codes).toContain('ja4-unknown')
  })

  test('that is a stable key itself finds client and program', async () => {
    const api = testApi()
    running = await run(api)
    const ja4 = 't13d1212h2_aaaaaaaaaaaa_bbbbbbbbbbbb'
    known(api, ja4)
    const answer = await ask({ client: { ip: IP }, ja4 })
    expect(answer.decidedBy).toBe('ip-fp')
    expect(answer.codes).not.toContain('ja4-unknown')
  })
})
