import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type Api } from '../../routing-api/routes/api.ts'
import { type Matched, routeMatcher } from '../../routing-api/routes/match-route.ts'
import { problem, type RawCall, type Reply, type Route } from '../../routing-api/routes/route.ts'
import { type KeyRing } from './api-keys.ts'
import { mountExpress } from './express-mount.ts'
import { BodyMessage, readBody, type Body } from './read-body.ts'
import { refusedOrigin } from './same-machine.ts'

export interface HttpPorts {
  readonly routes: readonly Route[]
  readonly api: Api
  readonly logger: Logger
  readonly metrics: Metrics
  readonly keys: Pick<KeyRing, 'access' | 'keyless'>
  /** Connections at once; more are closed as they come, and counted. */
  readonly maxConnections?: number
}

const MAX_CONNECTIONS = 10_000
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 60_000
const MAX_HEADER_BYTES = 16_384

/**
 * One node:http server. Routing, authentication, limits, request ids, metrics and the body come first;
 * then decision routes are answered here and all others by express.
 */
export function createHttpServer(ports: HttpPorts): Server {
  const match = routeMatcher(ports.routes)
  const calls = new WeakMap<IncomingMessage, Matchful & { readonly body: unknown }>()
  const others = ports.routes.filter((route) => !route.decision)
  const express = mountExpress(others, (route, request, response) => {
    const found = calls.get(request)
    if (found === undefined) throw new Error('a request reached express unmatched')
    answer(ports, { ...found, route }, found.body, response)
  })
  const server = createServer(
    {
      IncomingMessage: BodyMessage,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      const admitted = admit(ports, match, request)
      if ('reply' in admitted) {
        send(ports, response, admitted.reply, admitted)
        return
      }
      receive(ports, admitted, request, response, (body) => {
        if (admitted.route.decision) {
          answer(ports, admitted, body, response)
        } else {
          calls.set(request, { ...admitted, body })
          express(request, response)
        }
      })
    },
  )
  server.maxConnections = ports.maxConnections ?? MAX_CONNECTIONS
  server.on('drop', () => {
    ports.metrics.count('http_connections_dropped_total')
  })
  return server
}

/** What is known of every request, admitted or not. */
interface Known {
  readonly requestId: string
  /** The route's path for metrics: never the wire's text. */
  readonly label: string
  readonly startedAt: number
}

interface Matchful extends Known {
  readonly route: Route
  readonly params: ReadonlyMap<string, string>
  readonly query: URLSearchParams
  readonly caller: string
}

let counter = 0
const PREFIX = Math.random().toString(36).slice(2, 8)
const NO_QUERY = new URLSearchParams()

function admit(
  ports: HttpPorts,
  match: (method: string, path: string) => Matched,
  request: IncomingMessage,
): Matchful | (Known & { readonly reply: Reply }) {
  const startedAt = performance.now()
  const requestId = requestIdOf(request.headers['x-request-id'])
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const matched = match(request.method ?? 'GET', mark < 0 ? url : url.slice(0, mark))
  const known = { requestId, label: 'unknown', startedAt }
  if (matched.kind === 'unknown') {
    return { ...known, reply: problem(404, 'not-found', 'no such path; /openapi.json lists them') }
  }
  if (matched.kind === 'wrong-method') {
    const message = `only ${matched.allowed.join(', ')} here`
    return { ...known, reply: problem(405, 'method-not-allowed', message) }
  }
  const { route, params } = matched
  const foreign = ports.keys.keyless() ? refusedOrigin(request.headers) : undefined
  if (foreign !== undefined) return { ...known, label: route.path, reply: foreign }
  const access = ports.keys.access(request.headers.authorization, route.scope)
  if (access.kind === 'refused') {
    const reply = problem(access.status, access.code, access.message)
    return { ...known, label: route.path, reply }
  }
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1))
  return { requestId, label: route.path, startedAt, route, params, query, caller: access.caller }
}

function receive(
  ports: HttpPorts,
  found: Matchful,
  request: BodyMessage,
  response: ServerResponse,
  done: (body: unknown) => void,
): void {
  if (request.method === 'GET') {
    done(undefined)
    return
  }
  readBody(request, found.route.maxBodyBytes, (body) => {
    if (body.kind === 'json') done(body.value)
    else send(ports, response, refusalOf(body, found.route), found)
  })
}

function refusalOf(body: Exclude<Body, { kind: 'json' }>, route: Route): Reply {
  switch (body.kind) {
    case 'too-large':
      return problem(413, 'too-large', `the body is longer than ${route.maxBodyBytes} bytes`)
    case 'malformed':
      return problem(400, 'malformed', body.message)
  }
}

function answer(ports: HttpPorts, found: Matchful, body: unknown, response: ServerResponse): void {
  const call: RawCall = {
    params: found.params,
    query: found.query,
    body,
    caller: found.caller,
    requestId: found.requestId,
  }
  const replied = running(ports, found, call)
  if (!(replied instanceof Promise)) {
    send(ports, response, replied, found)
    return
  }
  replied.then(
    (reply) => {
      send(ports, response, reply, found)
    },
    (error: unknown) => {
      send(ports, response, faultReply(ports, error, found), found)
    },
  )
}

/** Nothing catches what a handler throws after its body was read: it would end the process. */
function running(ports: HttpPorts, found: Matchful, call: RawCall): Reply | Promise<Reply> {
  try {
    return found.route.run(call, ports.api)
  } catch (error) {
    return faultReply(ports, error, found)
  }
}

/** Operators' requests may fail when the log does; whoever asks is told which it was. */
function faultReply(ports: HttpPorts, error: unknown, found: Matchful): Reply {
  ports.logger.error('a request failed', { error, requestId: found.requestId, path: found.label })
  if (error instanceof Error && error.name === 'EventLogError') {
    return problem(503, 'log-unavailable', 'the event log took nothing in; nothing was changed')
  }
  return problem(
    500,
    'internal-fault',
    `the request failed; the log tells more: ${found.requestId}`,
  )
}

function send(ports: HttpPorts, response: ServerResponse, reply: Reply, known: Known): void {
  if (response.destroyed || response.headersSent) return
  const text = reply.contentType === undefined ? JSON.stringify(reply.body) : String(reply.body)
  const bytes = Buffer.byteLength(text)
  response.writeHead(reply.status, {
    'content-type': reply.contentType ?? 'application/json',
    'content-length': bytes,
    'x-request-id': known.requestId,
    'cache-control': 'no-store',
    ...(reply.status === 413 ? { connection: 'close' } : {}),
  })
  // As many bytes as characters: ASCII, which node writes faster when it is told.
  response.end(text, bytes === text.length ? 'latin1' : 'utf8')
  const labels = { path: known.label, status: String(reply.status) }
  ports.metrics.count('http_requests_total', 1, labels)
  const seconds = (performance.now() - known.startedAt) / 1000
  ports.metrics.observe('http_request_seconds', seconds, { path: known.label })
}

function requestIdOf(header: string | string[] | undefined): string {
  if (typeof header === 'string' && /^[\x21-\x7e]{1,64}$/.test(header)) return header
  counter += 1
  return `${PREFIX}-${counter.toString(36)}`
}
