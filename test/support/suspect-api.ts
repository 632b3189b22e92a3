import { exampleRecord } from './example-record.ts'
import { testApi, type TestApi } from '../routing-api/harness.ts'

/** What the agents of the HAProxy tests answer `mitigation` for. */
export const SUSPECT = '127.0.0.66'

const SERVERS = [
  ...(['primary-1', 'primary-2'] as const).map(
    (serverId) => ({ serverId, pool: 'primary' }) as const,
  ),
  { serverId: 'mitigation-1', pool: 'mitigation' },
  ...(['data-1', 'data-2', 'data-3'] as const).map(
    (serverId) => ({ serverId, pool: 'data' }) as const,
  ),
] as const

/** An API in memory that knows the servers of gates/haproxy by name and one suspect. */
export function suspectApi(overrides: Parameters<typeof testApi>[0] = {}): TestApi {
  const api = testApi({ random: Math.random, freshId: randomId, ...overrides })
  const deny = {
    kind: 'deny',
    id: `${SUSPECT}/32`,
    body: '{"untilMs":null}',
    deleted: false,
  } as const
  const fault = api.state.applyControl(exampleRecord('Control', deny))
  if (fault !== undefined) throw new Error(fault)
  for (const named of SERVERS) {
    const server = { ...named, host: '127.0.0.1', port: 1, state: 'up', heartbeatMs: 0 } as const
    api.state.servers.apply(
      exampleRecord('Server', { ...server, capacity: 100, load: 0, configured: false }),
    )
  }
  return api
}

function randomId(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(16))
}
