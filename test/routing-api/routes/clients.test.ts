import { afterEach, describe, expect, test } from '@jest/globals'
import { ipFpEntity } from '../../../behaviour/entity.ts'
import { ClientResponse } from '../../../routing-api/routes/response-schemas.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { CODEC, run, testApi, type Running, type TestApi } from '../harness.ts'

let running: Running | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

const TRUSTED = 't13d1516h2_8daaf6152771_02713d6af862'
const OURS = 't13d1516h2_8daaf6152771_aaaaaaaaaaaa'

function trusted(api: TestApi, weight: number): void {
  const row = { kind: 'fp', protocol: 'tls', key: TRUSTED, trusted: weight } as const
  api.state.population.apply(exampleRecord('Population', row))
}

async function nearest() {
  const { status, body } = (await running?.call('GET', '/v1/clients/192.0.2.9')) ?? {}
  expect(status).toBe(200)
  return ClientResponse.parse(body).nearestOrdinaryProfile
}

describe('GET /v1/clients/:ip', () => {
  test('names the trusted program nearest to the one the client speaks with, while there is one', async () => {
    const api = testApi()
    running = await run(api)
    const score = exampleRecord('Score', {
      entity: ipFpEntity('192.0.2.9', OURS, 'tls'),
      kind: 'ip-fp',
      protocol: 'tls',
      validUntil: (Date.now() + 86_400_000) * 1000,
    })
    api.state.scores.put(score, CODEC.encode('Score', score))
    expect(await nearest()).toBeNull()
    trusted(api, 6)
    expect(await nearest()).toEqual({ fingerprint: TRUSTED, distance: 0.3 })
    trusted(api, 0.2)
    expect(await nearest()).toBeNull()
  })

  test('names none for a client nothing is known of', async () => {
    const api = testApi()
    trusted(api, 6)
    running = await run(api)
    expect(await nearest()).toBeNull()
  })
})
