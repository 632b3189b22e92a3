import { type AddressInfo } from 'node:net'
import { slowHash } from '../../io/slow-hash.ts'
import { challengeKeysOf } from '../../io/challenge-keys.ts'
import { createMetrics } from '../../io/metrics.ts'
import { keyRing, type ApiKey, type KeyRing } from '../../io/http/api-keys.ts'
import { createHttpServer } from '../../io/http/server.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { SILENT } from '../../lib/logger.ts'
import { CLEAR_ADDRESSES } from '../../lib/pseudonym.ts'
import { ToldLately } from '../../lib/told-lately.ts'
import { SiteAlarm } from '../../routing-api/challenges/site-alarm.ts'
import { HelloReader } from '../../routing-api/decisions/hello-in-hand.ts'
import { type Api } from '../../routing-api/routes/api.ts'
import { ROUTES } from '../../routing-api/routes/table.ts'
import { ApiState } from '../../routing-api/state/api-state.ts'
import { recentDecisions } from '../../routing-api/state/recent-decisions.ts'

export const CODEC = singleObjectCodec()

/** Keys of an installation that is made of tests. */
export const TEST_KEYS = challengeKeysOf({
  keyId: 'test',
  clickhousePassword: '',
  nameKey: '01'.repeat(32),
  sketchKey: '02'.repeat(32),
  addressKey: '03'.repeat(32),
  gateSign: '04'.repeat(32),
  gateSeal: '05'.repeat(32),
  webhookKey: '08'.repeat(32),
  enrolmentKey: '06'.repeat(32),
  tokenKeys: [{ id: 't1', key: '07'.repeat(32) }],
})

export interface TestApi extends Api {
  readonly published: AnyRecord[]
}

/** The API over nothing but memory; what it publishes is kept in `published`. */
export function testApi(overrides: Partial<Api> = {}): TestApi {
  const metrics = createMetrics({ process: false })
  const published: AnyRecord[] = []
  const { addresses = CLEAR_ADDRESSES } = overrides
  const state = new ApiState(CODEC, metrics, addresses)
  state.caughtUp(Date.now())
  let id = 0
  return {
    state,
    hellos: new HelloReader(),
    recent: recentDecisions(100),
    challengeKeys: TEST_KEYS,
    alarm: new SiteAlarm(),
    told: new ToldLately(),
    slowHash: slowHash(),
    site: 'test',
    addresses,
    metrics,
    logger: SILENT,
    now: Date.now,
    monotonic: () => performance.now(),
    random: () => 0.5,
    freshId: () => {
      id += 1
      return new Uint8Array(16).fill(id & 0xff)
    },
    put: (_type, make) => void published.push(make()),
    append: (record) => {
      published.push(record)
      return Promise.resolve()
    },
    tombstone: () => Promise.resolve(),
    published,
    ...overrides,
  }
}

export interface Running {
  readonly url: string
  readonly call: (method: string, path: string, body?: unknown, headers?: object) => Promise<Answer>
  readonly close: () => Promise<void>
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

/** The API on a free port of the loopback. */
export async function run(
  api: Api,
  keys: readonly ApiKey[] | KeyRing = [],
  maxConnections = 100,
): Promise<Running> {
  const server = createHttpServer({
    routes: ROUTES,
    api,
    logger: SILENT,
    metrics: api.metrics,
    keys: 'access' in keys ? keys : keyRing(keys),
    maxConnections,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    async call(method, path, body, headers = {}): Promise<Answer> {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', connection: 'close', ...headers },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const json = response.headers.get('content-type')?.includes('json') === true
      return {
        status: response.status,
        body: json ? JSON.parse(text) : text,
        headers: response.headers,
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}
