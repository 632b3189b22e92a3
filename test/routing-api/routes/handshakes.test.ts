import { afterEach, describe, expect, test } from '@jest/globals'
import { HandshakeResponse } from '../../../routing-api/routes/response-schemas.ts'
import { run, testApi, type Running } from '../harness.ts'

let running: Running | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

describe('POST /v1/handshakes', () => {
  test('a stranger without a hello goes to the primary pool, and the answer says why', async () => {
    const api = testApi()
    running = await run(api)
    const { status, body } = await running.call('POST', '/v1/handshakes', {
      client: { ip: '192.0.2.1', port: 40000 },
    })
    expect(status).toBe(200)
    const answer = HandshakeResponse.parse(body)
    expect(answer).toMatchObject({ pool: 'primary', score: 0, decidedBy: 'none', shadow: true })
    expect(answer.reasons.map(({ code }) => code)).toEqual(['no-history', 'no-server'])
    expect(api.published.map(({ type }) => type)).toEqual(['Decision'])
  })

  test.each([
    ['no address', { client: {} }, 'client.ip'],
    ['no IP address', { client: { ip: 'example' } }, 'client.ip'],
    ['a port beyond the range', { client: { ip: '192.0.2.1', port: 70000 } }, 'client.port'],
    ['an unknown field', { client: { ip: '192.0.2.1' }, bogus: 1 }, 'bogus'],
    ['text that is not base64', { client: { ip: '192.0.2.1' }, clientHello: '!' }, 'clientHello'],
    [
      'a hello longer than 16 KiB',
      { client: { ip: '192.0.2.1' }, clientHello: 'A'.repeat(21_852) },
      'clientHello',
    ],
  ])('%s is a 400 that names the field', async (_name, request, field) => {
    running = await run(testApi())
    const { status, body } = await running.call('POST', '/v1/handshakes', request)
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'invalid', field } })
  })

  test('bytes that are no ClientHello are evidence, not an error', async () => {
    running = await run(testApi())
    const { status, body } = await running.call('POST', '/v1/handshakes', {
      client: { ip: '192.0.2.1' },
      clientHello: Buffer.from('GET / HTTP/1.1').toString('base64'),
    })
    expect(status).toBe(200)
    const answer = HandshakeResponse.parse(body)
    expect(answer.decidedBy).toBe('hello')
    expect(answer.reasons[0]).toMatchObject({ code: 't_malformed', nats: 2.48 })
  })
})
