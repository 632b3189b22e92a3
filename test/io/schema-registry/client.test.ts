import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import {
  schemaRegistry,
  SchemaRegistryError,
  type SchemaRegistry,
} from '../../../io/schema-registry/client.ts'
import { openSchemas } from '../../../io/schema-registry/open.ts'
import { readConfig } from '../../../lib/config.ts'

/** What a real registry seldom does (test/integration/schema-registry.test.ts asks one): answers by subject. */
let server: Server
let url: string
let authorization: string | undefined
let patience = 0

const ANSWERS: Readonly<Record<string, readonly [number, string]>> = {
  '/subjects/refused': [401, '{"error_code":401,"message":"Unauthorized"}'],
  '/subjects/html': [404, '<html>Not Found</html>'],
  '/subjects/absent': [404, '{"error_code":40401,"message":"Subject \'absent\' not found."}'],
  '/subjects/broken': [500, '{"error_code":50001,"message":"Error in the backend data store"}'],
  '/subjects/strange': [200, '{"id":"seven"}'],
  '/subjects/garbled': [200, '{"id":'],
  '/subjects/huge': [200, JSON.stringify({ id: 1, padding: 'x'.repeat(3_000_000) })],
  '/schemas/ids/1': [200, '{"schema":"\\"string\\""}'],
  '/compatibility/subjects/no/versions/latest?verbose=true': [
    200,
    '{"is_compatible":false,"messages":["reader type: STRING not compatible with writer type: INT"]}',
  ],
}

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    authorization = request.headers.authorization
    if (request.url === '/subjects/moved') {
      response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end()
      return
    }
    if (request.url === '/subjects/silent') return
    if (request.url?.startsWith('/subjects/vestibule') === true && patience-- > 0) {
      response.writeHead(503).end()
      return
    }
    const [status, text] = ANSWERS[request.url ?? ''] ?? [403, '{"error_code":403,"message":"no"}']
    response
      .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      .end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const registry = (more = {}): SchemaRegistry => schemaRegistry({ url: `${url}/`, ...more })

describe('a registry that does not do as asked', () => {
  test.each([
    ['refused', 401, 'see VESTIBULE_SCHEMA_REGISTRY_USER_INFO and VESTIBULE_SCHEMA_REGISTRY_TOKEN'],
    ['html', 404, 'no schema registry answers at'],
    ['broken', 500, 'answers POST /subjects/broken with 500: Error in the backend data store'],
    ['garbled', 200, 'no schema registry answers at'],
    ['huge', 0, 'an answer of more than 2097152 bytes'],
    ['moved', 0, 'unexpected redirect'],
  ])('%s is an error with a sentence', async (subject, status, sentence) => {
    const error: unknown = await registry()
      .lookup(subject, {})
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SchemaRegistryError)
    expect(error).toMatchObject({ status, message: expect.stringContaining(sentence) })
  })

  test('an answer of another form is no answer', async () => {
    await expect(registry().lookup('strange', {})).rejects.toThrow('no schema registry answers at')
  })

  test('one that is silent is given up', async () => {
    await expect(registry({ timeoutMs: 100 }).lookup('silent', {})).rejects.toThrow(
      'cannot be reached (no answer in time)',
    )
  })

  test('one that is not there is named, with the setting', async () => {
    await expect(schemaRegistry({ url: 'http://127.0.0.1:2' }).schemaOf(1)).rejects.toThrow(
      'the schema registry at http://127.0.0.1:2 cannot be reached (ECONNREFUSED): see VESTIBULE_SCHEMA_REGISTRY_URL',
    )
  })

  test('what is not registered is no error', async () => {
    expect(await registry().lookup('absent', {})).toBeUndefined()
  })

  test('a schema that is no record is refused', async () => {
    await expect(registry().schemaOf(1)).rejects.toThrow('holds a schema that is no record')
  })

  test('says why a schema is incompatible', async () => {
    expect(await registry().compatibility('no', {})).toEqual({
      compatible: false,
      why: 'reader type: STRING not compatible with writer type: INT',
    })
  })
})

describe('who asks', () => {
  test.each([
    [{ userInfo: 'anna:geheim' }, 'Basic YW5uYTpnZWhlaW0='],
    [{ token: 'geheim' }, 'Bearer geheim'],
    [{}, undefined],
  ])('%j is told to the registry and to nobody else', async (access, header) => {
    const error: unknown = await registry(access)
      .lookup('refused', {})
      .catch((thrown: unknown) => thrown)
    expect(authorization).toBe(header)
    expect(String(error)).not.toContain('geheim')
  })
})

describe('settings of the registry', () => {
  const read = (settings: Record<string, string>): string => {
    const result = readConfig(settings)
    return result.kind === 'fault' ? result.message : 'good'
  }

  test('a password in the URL is refused without being repeated', () => {
    const fault = read({ VESTIBULE_SCHEMA_REGISTRY_URL: 'http://anna:geheim@localhost:8081' })
    expect(fault).toBe(
      'setting schemaRegistryUrl (VESTIBULE_SCHEMA_REGISTRY_URL): wants user and password in VESTIBULE_SCHEMA_REGISTRY_USER_INFO',
    )
  })

  test('user and password stand in one setting', () => {
    expect(read({ VESTIBULE_SCHEMA_REGISTRY_USER_INFO: 'anna' })).toContain('wants user:password')
    expect(read({ VESTIBULE_SCHEMA_REGISTRY_USER_INFO: 'anna:a:b' })).toBe('good')
  })

  test('one that is away is waited for, one that refuses is not', async () => {
    const config = readConfig({ VESTIBULE_SCHEMA_REGISTRY_URL: url })
    if (config.kind === 'fault') throw new Error(config.message)
    patience = 2
    await expect(openSchemas(config.config, 10_000)).rejects.toMatchObject({ status: 403 })
    expect(patience).toBe(-1)
  })
})
