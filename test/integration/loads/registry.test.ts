import { afterEach, describe, expect, test } from '@jest/globals'
import { startApiProcess, type ApiProcess } from '../../support/api-process.ts'
import { eventually } from '../../support/eventually.ts'

const POLICY = `
servers:
  - { id: named, pool: primary, host: 192.0.2.1, port: 443, capacity: 100, heartbeatMs: 60000 }
`

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function start(): Promise<ApiProcess> {
  const api = await startApiProcess(POLICY)
  ends.push(() => api.stop())
  await eventually('the policy is in force', async () => (await servers(api)).has('named'))
  return api
}

async function servers(api: ApiProcess): Promise<Map<string, Record<string, unknown>>> {
  const { body } = await api.call('GET', '/v1/servers')
  const { servers } = body as { servers: Record<string, unknown>[] }
  return new Map(servers.map((server) => [String(server['id']), server]))
}

describe('the registry of servers', () => {
  test('survives kill -9 of the API and of the log; who was taken out stays out; silence makes one leave', async () => {
    const api = await start()
    const about = { pool: 'primary', host: '192.0.2.9', port: 443, heartbeatMs: 60_000 }
    await api.call('PUT', '/v1/servers/own', { ...about, labels: ['h2'], capacity: 50 })
    await api.call('PUT', '/v1/servers/gone', about)
    await api.call('PUT', '/v1/servers/brief', { ...about, heartbeatMs: 900 })
    expect((await api.call('DELETE', '/v1/servers/gone')).status).toBe(200)
    expect(await api.call('DELETE', '/v1/servers/named')).toMatchObject({
      status: 400,
      body: { code: 'in-policy' },
    })
    const load = { activeConnections: 7, load: 0.25, state: 'draining' }
    expect((await api.call('POST', '/v1/servers/own/load', load)).status).toBe(200)
    const told = { activeConnections: 3, load: 0.5 }
    expect(await api.call('POST', '/v1/servers/named/load', told)).toMatchObject({
      status: 200,
      body: { ...told, id: 'named', capacity: 100, healthy: true },
    })
    expect((await api.call('POST', '/v1/servers/nobody/load', told)).status).toBe(404)
    await eventually('a silent server is left out', async () => {
      const brief = (await servers(api)).get('brief')
      return brief?.['healthy'] === false
    })
    // The newest word on the topic says until when somebody listened.
    await api.call('PUT', '/v1/servers/late', about)
    for (const name of ['serve', 'log', 'serve'] as const) {
      await api.kill(name)
      await eventually('the policy is in force again', async () => (await servers(api)).size === 4)
      const known = await servers(api)
      expect(known.get('own')).toMatchObject({ ...about, ...load, labels: ['h2'], capacity: 50 })
      expect(known.get('named')).toMatchObject({ ...told, host: '192.0.2.1', healthy: true })
      expect(known.get('brief')).toMatchObject({ healthy: false })
    }
    await api.call('DELETE', '/v1/servers/late')
    const answer = await api.call('POST', '/v1/handshakes', { client: { ip: '198.51.100.1' } })
    expect(answer.body).toMatchObject({ server: { id: 'named', host: '192.0.2.1', port: 443 } })
  }, 60_000)
})
