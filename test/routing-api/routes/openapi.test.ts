import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { ROUTES } from '../../../routing-api/routes/table.ts'
import { run, testApi, type Running } from '../harness.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { CODEC } from '../harness.ts'

const api = testApi()
let running: Running
beforeAll(async () => {
  const now = Date.now() * 1000
  const score = exampleRecord('Score', {
    entity: 'ip:192.0.2.1#tls',
    kind: 'ip',
    protocol: 'tls',
    asOf: now,
    validUntil: now + 3_600_000_000,
    evidence: 5,
    value: 0.5,
    lastSuccessAt: null,
  })
  api.state.scores.put(score, CODEC.encode('Score', score))
  running = await run(api)
})
afterAll(async () => {
  await running.close()
})

const client = { ip: '192.0.2.1', port: 40_000 }
const word = { reason: 'test', actor: 'me' }

/** In this order: later ones use what earlier ones made. */
const CALLS: readonly (readonly [string, string, string, object | undefined, number])[] = [
  ['POST', '/v1/handshakes', '/v1/handshakes', { client, sni: 'a.test' }, 200],
  ['POST', '/v1/handshakes', '/v1/handshakes', { client: 'x' }, 400],
  [
    'POST',
    '/v1/data-servers',
    '/v1/data-servers',
    { client, handshake: { version: 'TLSv1.3' } },
    200,
  ],
  [
    'POST',
    '/v1/ssh/connections',
    '/v1/ssh/connections',
    { client, identification: 'SSH-2.0-x', aware: true },
    200,
  ],
  [
    'POST',
    '/v1/ssh/connections',
    '/v1/ssh/connections',
    { client, identification: 'SSH-2.0-x', kexInit: 'FBQU', aware: false },
    200,
  ],
  ['POST', '/v1/ssh/responses', '/v1/ssh/responses', {}, 400],
  [
    'POST',
    '/v1/ssh/responses',
    '/v1/ssh/responses',
    { connectionToken: '1.t1.x', responses: [], elapsedMs: 1 },
    200,
  ],
  ['POST', '/v1/ssh/step-up', '/v1/ssh/step-up', {}, 400],
  ['POST', '/v1/ssh/step-up', '/v1/ssh/step-up', { client, user: 'bob' }, 200],
  ['PUT', '/v1/enrolments', '/v1/enrolments', {}, 400],
  ['PUT', '/v1/enrolments', '/v1/enrolments', { ...word, kind: 'totp', user: 'bob' }, 200],
  ['PUT', '/v1/enrolments', '/v1/enrolments', { ...word, kind: 'withdraw', user: 'bob' }, 200],
  ['GET', '/v1/enrolments?user=bob', '/v1/enrolments', undefined, 200],
  [
    'POST',
    '/v1/outcomes',
    '/v1/outcomes',
    { client, result: 'completed', authenticated: true },
    202,
  ],
  ['POST', '/v1/outcomes', '/v1/outcomes', { decisionId: 'f'.repeat(32), result: 'failed' }, 404],
  ['POST', '/v1/outcomes', '/v1/outcomes', { result: 'failed' }, 400],
  ['PUT', '/v1/servers/d1', '/v1/servers/{id}', { pool: 'data', host: 'd1.test', port: 443 }, 200],
  ['PUT', '/v1/servers/d1', '/v1/servers/{id}', { pool: 'nowhere', host: 'd1', port: 1 }, 400],
  [
    'POST',
    '/v1/servers/d1/load',
    '/v1/servers/{id}/load',
    { activeConnections: 7, load: 0.5 },
    200,
  ],
  ['POST', '/v1/servers/none/load', '/v1/servers/{id}/load', {}, 404],
  ['GET', '/v1/servers', '/v1/servers', undefined, 200],
  ['POST', '/v1/data-servers', '/v1/data-servers', { client, handshake: {} }, 200],
  ['DELETE', '/v1/servers/d1', '/v1/servers/{id}', undefined, 200],
  ['DELETE', '/v1/servers/none', '/v1/servers/{id}', undefined, 404],
  ['GET', '/v1/clients/192.0.2.1', '/v1/clients/{ip}', undefined, 200],
  ['GET', '/v1/clients/nobody', '/v1/clients/{ip}', undefined, 400],
  ['GET', '/v1/reasons/list-deny', '/v1/reasons/{code}', undefined, 200],
  ['GET', '/v1/reasons/t_rand_dup', '/v1/reasons/{code}', undefined, 200],
  ['GET', '/v1/reasons/__proto__', '/v1/reasons/{code}', undefined, 404],
  ['GET', '/v1/patterns', '/v1/patterns', undefined, 200],
  ['PUT', '/v1/lists/deny/192.0.2.0/24', '/v1/lists/{list}/{cidr}', word, 200],
  ['PUT', '/v1/lists/deny/2001:db8::%2F32', '/v1/lists/{list}/{cidr}', word, 200],
  ['PUT', '/v1/lists/deny/300.0.2.0/24', '/v1/lists/{list}/{cidr}', word, 400],
  ['PUT', '/v1/lists/deny/192.0.2.0/24', '/v1/lists/{list}/{cidr}', {}, 400],
  ['PUT', '/v1/lists/grey/192.0.2.0/24', '/v1/lists/{list}/{cidr}', word, 404],
  ['GET', '/v1/lists/deny/192.0.2.0/24', '/v1/lists/{list}/{cidr}', undefined, 200],
  ['GET', '/v1/lists/deny', '/v1/lists/{list}', undefined, 200],
  ['GET', '/v1/lists/grey', '/v1/lists/{list}', undefined, 404],
  ['DELETE', '/v1/lists/deny/192.0.2.0/24?reason=done', '/v1/lists/{list}/{cidr}', undefined, 200],
  ['DELETE', '/v1/lists/deny/192.0.2.0/24', '/v1/lists/{list}/{cidr}', undefined, 404],
  ['GET', '/v1/policy', '/v1/policy', undefined, 200],
  ['PUT', '/v1/policy', '/v1/policy', { ...word, yaml: 'shadow: true\n' }, 200],
  ['PUT', '/v1/policy', '/v1/policy', { ...word, yaml: 'shadow: perhaps\n' }, 400],
  [
    'POST',
    '/v1/policy/shadow',
    '/v1/policy/shadow',
    { ...word, shadow: false, listener: 'shop' },
    200,
  ],
  ['GET', '/v1/policy/versions', '/v1/policy/versions', undefined, 200],
  ['POST', '/v1/policy/rollback', '/v1/policy/rollback', { ...word, version: 'none' }, 404],
  ['DELETE', '/v1/clients/192.0.2.1/data?reason=asked', '/v1/clients/{ip}/data', undefined, 200],
  ['DELETE', '/v1/clients/x/data', '/v1/clients/{ip}/data', undefined, 400],
  ['GET', '/healthz', '/healthz', undefined, 200],
  ['GET', '/readyz', '/readyz', undefined, 200],
  ['GET', '/metrics', '/metrics', undefined, 200],
  ['GET', '/openapi.json', '/openapi.json', undefined, 200],
]

const Document = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        responses: z.record(
          z.string(),
          z.object({ content: z.record(z.string(), z.object({ schema: z.looseObject({}) })) }),
        ),
      }),
    ),
  ),
})

describe('the OpenAPI document', () => {
  test('names every route of the table, and every route is tried below', async () => {
    const { body } = await running.call('GET', '/openapi.json')
    const { paths } = Document.parse(body)
    const told = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const table = ROUTES.map(
      ({ method, path }) => `${method} ${path.replace(/[:*](\w+)/g, '{$1}')}`,
    )
    expect([...told].sort()).toEqual([...table].sort())
    const tried = new Set(CALLS.map(([method, , path]) => `${method} ${path}`))
    expect(table.filter((route) => !tried.has(route))).toEqual(
      ['POST /v1/policy/rollback'].filter((r) => !tried.has(r)),
    )
  })

  test.each(CALLS)(
    '%s %s answers as documented',
    async (method, path, template, request, status) => {
      const answer = await running.call(method, path, request)
      expect({ status: answer.status, body: answer.body }).toMatchObject({ status })
      const { body } = await running.call('GET', '/openapi.json')
      const operation = Document.parse(body).paths[template]?.[method.toLowerCase()]
      const content = operation?.responses[String(status)]?.content ?? {}
      const [schema] = Object.values(content).map((media) => media.schema)
      if (schema === undefined)
        throw new Error(`${status} of ${method} ${template} is not documented`)
      z.fromJSONSchema(schema).parse(answer.body)
    },
  )

  test('a rollback puts an old text in force as a new version', async () => {
    const old = z.object({ versions: z.array(z.object({ version: z.string() })) })
    const before = old.parse((await running.call('GET', '/v1/policy/versions')).body).versions
    const version = before.at(-1)?.version
    const { body } = await running.call('POST', '/v1/policy/rollback', { ...word, version })
    expect(body).toEqual({ version: `3-${version?.split('-')[1] ?? ''}`, changed: true })
  })
})
