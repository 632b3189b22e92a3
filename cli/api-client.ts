/** The API answered with an error, or did not answer; the message is for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status; 0 when nothing answered. */
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.status = status
    this.code = code
  }
}

export interface ApiClient {
  readonly url: string
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown>
}

/** Where the routing API is, unless told otherwise. */
export function apiUrl(environment: Readonly<Record<string, string | undefined>>): string {
  const host = environment['VESTIBULE_API_HOST'] ?? '127.0.0.1'
  const port = environment['VESTIBULE_API_PORT'] ?? '8787'
  return environment['VESTIBULE_API_URL'] ?? `http://${host}:${port}`
}

/** A client of the routing API; VESTIBULE_API_KEY is sent when it is set. */
export function apiClient(
  url = apiUrl(process.env),
  key = process.env['VESTIBULE_API_KEY'],
  timeoutMs = 10_000,
): ApiClient {
  return {
    url,
    async call(method, path, body): Promise<unknown> {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        const hint = `is it running? Start everything with 'vestibule up', or the API with 'vestibule serve'`
        throw new ApiError(0, 'unreachable', `no routing API at ${url}: ${hint}`, error)
      })
      const text = await answer.text()
      const parsed: unknown = text === '' ? {} : parse(text)
      if (!answer.ok) throw faultOf(answer.status, parsed)
      return parsed
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { message: text.slice(0, 200) }
  }
}

function faultOf(status: number, body: unknown): ApiError {
  const said = typeof body === 'object' && body !== null ? body : {}
  const code = 'code' in said && typeof said.code === 'string' ? said.code : 'error'
  const message = 'message' in said && typeof said.message === 'string' ? said.message : ''
  return new ApiError(status, code, `the routing API answered ${status} ${code}: ${message}`)
}
