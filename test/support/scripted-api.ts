import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'

/** What was asked of it: path and body. */
export interface Asked {
  readonly path: string
  readonly body: Record<string, unknown>
}

/** Stands in for the routing API where a test wants one certain answer. */
export interface ScriptedApi {
  readonly url: string
  readonly asked: readonly Asked[]
  /** Bodies of what was posted to a path. */
  of(path: string): readonly Record<string, unknown>[]
  /** From now on: decisions as given, over an ordinary low-risk pass. */
  decide(decision: object): void
  /** Holds every answer back this long, milliseconds; Infinity: for ever. */
  delay(ms: number): void
  stop(): Promise<void>
}

let count = 0

const PASS = {
  action: 'pass',
  band: 'low',
  risk: 4,
  shadow: false,
  connectionToken: 'token',
  challenge: null,
  challenges: [],
  delayMs: 0,
  reasons: [],
}

export async function startScriptedApi(): Promise<ScriptedApi> {
  const asked: Asked[] = []
  let decision: object = {}
  let delayMs = 0
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString() || '{}') as Asked['body']
      const path = request.url ?? ''
      asked.push({ path, body })
      if (delayMs === Infinity) return
      setTimeout(() => {
        answer(path, response)
      }, delayMs)
    })
  })

  function answer(path: string, response: ServerResponse): void {
    count += 1
    const decisionId = count.toString(16).padStart(32, '0')
    const stamp = { timestamp: Date.now(), mac: `mac${count}` }
    const decided = { ...PASS, decisionId, connectionId: decisionId, stamp, ...decision }
    const body = path === '/v1/ssh/connections' ? decided : { eventId: decisionId }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    of: (path) => asked.filter((one) => one.path === path).map(({ body }) => body),
    decide: (given) => (decision = given),
    delay: (ms) => (delayMs = ms),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}
