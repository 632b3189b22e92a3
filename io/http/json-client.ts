import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

/** What came of a request. An answer with any status is an answer. */
export type JsonAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'fault'; readonly code: 'timeout' | 'unreachable' | 'bad-answer' }

export interface JsonClient {
  /** Never rejects. */
  post(path: string, body: object, timeoutMs: number): Promise<JsonAnswer>
  close(): void
}

const LONGEST_ANSWER = 256 * 1024
const MOST_SOCKETS = 64

/** JSON over connections that are kept: for callers that hold traffic back while they ask. */
export function jsonClient(url: string, key: string | undefined): JsonClient {
  const base = new URL(url)
  const secure = base.protocol === 'https:'
  const options = { keepAlive: true, maxSockets: MOST_SOCKETS, noDelay: true }
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options)
  const request = secure ? httpsRequest : httpRequest
  const root = base.pathname.replace(/\/$/, '')
  const target: RequestOptions = {
    agent,
    method: 'POST',
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port === '' ? (secure ? 443 : 80) : base.port,
  }
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` }

  /** A kept connection may have been closed just as it was used again: that says nothing of the API. */
  const attempt = (path: string, text: string, timeoutMs: number): Promise<JsonAnswer | 'stale'> =>
    new Promise((resolve) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        ...authorization,
      }
      const call = request({ ...target, path: `${root}${path}`, headers })
      settle(call, timeoutMs, resolve)
      call.end(text)
    })

  return {
    async post(path, body, timeoutMs): Promise<JsonAnswer> {
      const text = JSON.stringify(body)
      const first = await attempt(path, text, timeoutMs)
      const answer = first === 'stale' ? await attempt(path, text, timeoutMs) : first
      return answer === 'stale' ? { kind: 'fault', code: 'unreachable' } : answer
    },
    close(): void {
      agent.destroy()
    },
  }
}

function settle(
  call: ClientRequest,
  timeoutMs: number,
  resolve: (answer: JsonAnswer | 'stale') => void,
): void {
  const late = setTimeout(() => {
    resolve({ kind: 'fault', code: 'timeout' })
    call.destroy()
  }, timeoutMs)
  const done = (answer: JsonAnswer | 'stale'): void => {
    clearTimeout(late)
    resolve(answer)
  }
  call.on('error', (error: NodeJS.ErrnoException) => {
    done(
      call.reusedSocket && error.code === 'ECONNRESET'
        ? 'stale'
        : { kind: 'fault', code: 'unreachable' },
    )
  })
  call.on('response', (response) => {
    const parts: Buffer[] = []
    let length = 0
    response.on('data', (part: Buffer) => {
      length += part.length
      if (length <= LONGEST_ANSWER) parts.push(part)
      else response.destroy()
    })
    response.on('close', () => {
      if (length > LONGEST_ANSWER || !response.complete) {
        done({ kind: 'fault', code: 'bad-answer' })
        return
      }
      done(parsed(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8')))
    })
  })
}

function parsed(status: number, text: string): JsonAnswer {
  try {
    const body: unknown = text === '' ? {} : JSON.parse(text)
    return { kind: 'answer', status, body }
  } catch {
    return { kind: 'fault', code: 'bad-answer' }
  }
}
