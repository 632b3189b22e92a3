import { afterEach, describe, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  createApiKey,
  followKeys,
  keyRing,
  keysFor,
  readApiKeys,
  removeApiKey,
} from '../../../io/http/api-keys.ts'
import { SILENT } from '../../../lib/logger.ts'
import { MAX_LIST_ENTRIES } from '../../../routing-api/lists/operator-lists.ts'
import { eventually } from '../../support/eventually.ts'
import { run, testApi, type Running } from '../../routing-api/harness.ts'

let running: Running | undefined
const folders: string[] = []
afterEach(async () => {
  await running?.close()
  running = undefined
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-api-'))
  folders.push(folder)
  return join(folder, 'api-keys.json')
}

const HANDSHAKE = { client: { ip: '192.0.2.1' } }

describe('who may ask', () => {
  test('keys are stored hashed, for the owner only, and each opens its scope', async () => {
    const file = temporary()
    const gate = await createApiKey(file, 'lb-1', 'gate')
    const read = await createApiKey(file, 'grafana', 'read')
    const operator = await createApiKey(file, 'anna', 'operator')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(readApiKeys(file))).not.toContain(gate.split('.')[2])
    const api = testApi()
    running = await run(api, readApiKeys(file))
    const { call } = running
    const tried = async (key: string | undefined): Promise<number[]> => {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
      const answers = await Promise.all([
        call('POST', '/v1/handshakes', HANDSHAKE, headers),
        call('GET', '/v1/policy', undefined, headers),
        call('PUT', '/v1/lists/allow/192.0.2.9', { reason: 'x', actor: 'mallory' }, headers),
        call('GET', '/healthz', undefined, headers),
      ])
      return answers.map(({ status }) => status)
    }
    expect(await tried(undefined)).toEqual([401, 401, 401, 200])
    expect(await tried(`${gate}x`)).toEqual([401, 401, 401, 200])
    expect(await tried(gate)).toEqual([200, 403, 403, 200])
    expect(await tried(read)).toEqual([403, 200, 403, 200])
    expect(await tried(operator)).toEqual([200, 200, 200, 200])
    const [entry] = api.state.lists.entries('allow')
    expect(entry?.actor).toBe('anna')
  })

  test('a key is good, and refused again, within a second of its making and its end', async () => {
    const file = temporary()
    const ring = keyRing([])
    const stop = new AbortController()
    const following = followKeys(ring, file, SILENT, stop.signal)
    running = await run(testApi(), ring)
    const { call } = running
    const status = async (key?: string): Promise<number> => {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
      return (await call('GET', '/v1/policy', undefined, headers)).status
    }
    expect(await status()).toBe(200)
    const key = await createApiKey(file, 'anna', 'read')
    await eventually(
      'without a key nobody is answered',
      async () => (await status()) === 401,
      2_000,
    )
    expect(await status(key)).toBe(200)
    writeFileSync(file, 'not keys')
    await setTimeout(600)
    expect(await status(key)).toBe(200)
    writeFileSync(file, '{"keys": []}')
    await eventually('the key is refused', async () => (await status(key)) === 401, 2_000)
    expect(await status()).toBe(401)
    stop.abort()
    await following
  })

  test('a key is removed by its name', async () => {
    const file = temporary()
    await createApiKey(file, 'anna', 'read')
    expect([await removeApiKey(file, 'anna'), await removeApiKey(file, 'anna')]).toEqual([
      true,
      false,
    ])
    expect(readApiKeys(file)).toEqual([])
  })

  test('off loopback it does not start without keys, and says how to make one', () => {
    expect(() => keysFor('0.0.0.0', temporary())).toThrow(/without API keys.*api-key create/)
    expect(() => keysFor('::', temporary())).toThrow(/without API keys/)
    for (const host of ['127.0.0.1', 'localhost', '::1'])
      expect(keysFor(host, temporary())).toEqual([])
  })

  test('without keys a web page and a rebound name are refused', async () => {
    running = await run(testApi())
    const page = await running.call('POST', '/v1/handshakes', HANDSHAKE, {
      origin: 'http://evil.test',
    })
    expect(page).toMatchObject({ status: 403, body: { code: 'origin-refused' } })
    expect(
      await raw(
        running.url,
        'GET /v1/policy HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n',
      ),
    ).toContain('host-refused')
  })
})

describe('hostile requests', () => {
  test.each([
    ['no JSON', 'POST', '/v1/handshakes', '{', 400, 'malformed'],
    ['a body too large', 'POST', '/v1/handshakes', `"${'a'.repeat(70_000)}"`, 413, 'too-large'],
    ['no such path', 'GET', '/v2/handshakes', undefined, 404, 'not-found'],
    ['the wrong method', 'GET', '/v1/handshakes', undefined, 405, 'method-not-allowed'],
    [
      'a prototype for a body',
      'POST',
      '/v1/handshakes',
      '{"__proto__":{"client":{"ip":"192.0.2.1"}}}',
      400,
      'invalid',
    ],
    ['broken escapes in the path', 'GET', '/v1/clients/%E0%A4%A', undefined, 404, 'not-found'],
  ])('%s', async (_name, method, path, body, status, code) => {
    running = await run(testApi())
    expect(await running.call(method, path, body)).toMatchObject({ status, body: { code } })
  })

  test('a header larger than 16 KiB is refused by the server', async () => {
    running = await run(testApi())
    const request = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`
    expect(await raw(running.url, request)).toContain('431')
  })

  test('a request id is kept when it is printable and made when it is not', async () => {
    running = await run(testApi())
    const kept = await running.call('GET', '/healthz', undefined, { 'x-request-id': 'abc-1' })
    expect(kept.headers.get('x-request-id')).toBe('abc-1')
    const made = await running.call('GET', '/healthz', undefined, { 'x-request-id': 'a b' })
    expect(made.headers.get('x-request-id')).not.toBe('a b')
  })
})

describe('a fault inside a decision', () => {
  test.each([
    ['/v1/handshakes', HANDSHAKE, { pool: 'primary' }],
    ['/v1/data-servers', { ...HANDSHAKE, handshake: {} }, { server: null }],
    [
      '/v1/ssh/connections',
      { ...HANDSHAKE, identification: 'SSH-2.0-x', aware: true },
      { action: 'pass' },
    ],
  ])('%s answers the default with the reason, and 200', async (path, request, answer) => {
    const api = testApi()
    api.state.scores.find = () => {
      throw new Error('broken inside')
    }
    running = await run(api)
    const { status, body } = await running.call('POST', path, request)
    expect(status).toBe(200)
    expect(body).toMatchObject({ ...answer, decidedBy: 'default', fault: 'internal-fault' })
  })
})

/** Bytes to the server, and what it answers until it closes. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('close', () => {
      resolve(text)
    })
    socket.on('error', reject)
  })
}

test('a request that fails inside is answered 500 and ends nothing else', async () => {
  const api = testApi({
    recent: {
      get: () => {
        throw new Error('broken')
      },
    } as never,
  })
  running = await run(api)
  const outcome = { decisionId: '00'.repeat(16), result: 'completed' }
  const failed = await running.call('POST', '/v1/outcomes', outcome)
  expect(failed.status).toBe(500)
  expect(failed.body).toMatchObject({ code: 'internal-fault', field: null })
  expect((await running.call('GET', '/healthz')).status).toBe(200)
})

describe('bounds', () => {
  test('a connection beyond the limit is closed, counted, and the others go on', async () => {
    const api = testApi()
    running = await run(api, [], 2)
    const { port } = new URL(running.url)
    const held = await Promise.all([1, 2].map(() => connected(Number(port))))
    const beyond = await connected(Number(port))
    await once(beyond, 'close')
    expect(await api.metrics.text()).toContain('vestibule_http_connections_dropped_total 1')
    const [first] = held
    first?.write('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    const answer = first === undefined ? [] : await once(first, 'data')
    expect(String(answer[0])).toMatch(/^HTTP\/1\.1 200 /)
    for (const socket of held) socket.destroy()
  })

  test('full lists refuse a new prefix with 507, and still change one they hold', async () => {
    const api = testApi()
    running = await run(api)
    const word = { reason: 'scan' }
    expect((await running.call('PUT', '/v1/lists/deny/192.0.2.1', word)).status).toBe(200)
    Object.defineProperty(api.state.lists, 'size', { value: MAX_LIST_ENTRIES })
    const { status, body } = await running.call('PUT', '/v1/lists/deny/192.0.2.2', word)
    expect({ status, body }).toMatchObject({ status: 507, body: { code: 'list-full' } })
    expect(api.state.lists.count('deny')).toBe(1)
    const again = await running.call('PUT', '/v1/lists/deny/192.0.2.1', { reason: 'again' })
    expect(again).toMatchObject({ status: 200, body: { reason: 'again' } })
  })
})

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}
