import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

/** Why an answer is not the API's of now. */
export type Fault = 'timeout' | 'unreachable' | 'bad-answer' | 'refused' | 'busy' | 'breaker-open'

/** What came of a question. */
export type Sent<T = unknown> =
  { readonly kind: 'answer'; readonly body: T } | { readonly kind: 'fault'; readonly fault: Fault }

/** Undefined: the body is no answer of the API. */
export type Reader<T> = (body: unknown) => T | undefined

const BAD = { kind: 'fault', fault: 'bad-answer' } as const

/** An answer that cannot be read is a fault like any other. */
export function understood<T>(sent: Sent, read: Reader<T>): Sent<T> {
  if (sent.kind === 'fault') return sent
  const body = read(sent.body)
  return body === undefined ? BAD : { kind: 'answer', body }
}

const LONGEST_ANSWER = 256 * 1024

export interface Send {
  (method: string, path: string, body: object | undefined, timeoutMs: number): Promise<Sent>
  close(): void
}

/** JSON over connections that are kept. A kept one may be closed just as it is used: that is tried once more. */
export function sender({ url, key }: { readonly url: string; readonly key?: string }): Send {
  const base = new URL(url)
  const secure = base.protocol === 'https:'
  const kept = { keepAlive: true, maxSockets: 64, noDelay: true }
  const agent = secure ? new HttpsAgent(kept) : new HttpAgent(kept)
  const request = secure ? httpsRequest : httpRequest
  const root = base.pathname.replace(/\/$/, '')
  const host = base.hostname.replace(/^\[|\]$/g, '')
  const port = base.port === '' ? (secure ? 443 : 80) : Number(base.port)
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` }

  const attempt = (
    method: string,
    path: string,
    text: string,
    deadline: number,
  ): Promise<Sent | 'stale'> =>
    new Promise((resolve) => {
      const length = { 'content-length': Buffer.byteLength(text) }
      const headers = { 'content-type': 'application/json', ...length, ...authorization }
      const call = request({ agent, host, port, method, path: `${root}${path}`, headers })
      settle(call, Math.max(0, deadline - performance.now()), resolve)
      call.end(text)
    })

  return Object.assign(
    async (method: string, path: string, body: object | undefined, timeoutMs: number) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      const deadline = performance.now() + timeoutMs
      const first = await attempt(method, path, text, deadline)
      const sent = first === 'stale' ? await attempt(method, path, text, deadline) : first
      return sent === 'stale' ? ({ kind: 'fault', fault: 'unreachable' } as const) : sent
    },
    {
      close(): void {
        agent.destroy()
      },
    },
  )
}

function settle(
  call: ClientRequest,
  withinMs: number,
  resolve: (sent: Sent | 'stale') => void,
): void {
  const done = (sent: Sent | 'stale'): void => {
    clearTimeout(late)
    resolve(sent)
  }
  const late = setTimeout(() => {
    done({ kind: 'fault', fault: 'timeout' })
    call.destroy()
  }, withinMs)
  call.on('error', (error: NodeJS.ErrnoException) => {
    const stale = call.reusedSocket && error.code === 'ECONNRESET'
    // What is not HTTP is an answer of somebody else.
    const garbage = error.code?.startsWith('HPE_') === true
    done(stale ? 'stale' : { kind: 'fault', fault: garbage ? 'bad-answer' : 'unreachable' })
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
      const whole = length <= LONGEST_ANSWER && response.complete
      done(whole ? parsed(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8')) : BAD)
    })
  })
}

function parsed(status: number, text: string): Sent {
  if (status >= 400 && status < 500 && status !== 429) return { kind: 'fault', fault: 'refused' }
  if (status !== 200 && status !== 202) return BAD
  try {
    return { kind: 'answer', body: JSON.parse(text) }
  } catch {
    return BAD
  }
}
