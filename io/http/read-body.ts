import { IncomingMessage } from 'node:http'

/** The body of a request, or why there is none to work with. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'malformed'; readonly message: string }

/**
 * A request whose body goes to one reader instead of through a stream: the HTTP parser hands its parts
 * to `push`, the last one is null. A stream's events and ticks take longer than a decision
 * (docs/decisions/0018). Who sets no reader never sees the body, and nothing of it is kept.
 */
export class BodyMessage extends IncomingMessage {
  #reader: ((part: Buffer | null) => void) | undefined

  set reader(reader: ((part: Buffer | null) => void) | undefined) {
    this.#reader = reader
  }

  override push(part: unknown): boolean {
    if (part === null || Buffer.isBuffer(part)) this.#reader?.(part)
    return true
  }
}

/**
 * Collects at most `most` bytes and parses them as JSON; calls back once, or never when the connection
 * ends before. To be called as soon as the headers are there.
 */
export function readBody(request: BodyMessage, most: number, done: (body: Body) => void): void {
  if (Number(request.headers['content-length'] ?? 0) > most) {
    done({ kind: 'too-large' })
    return
  }
  const parts: Buffer[] = []
  let length = 0
  const finish = (body: Body): void => {
    request.reader = undefined
    done(body)
  }
  request.reader = (part) => {
    if (part === null) {
      finish(parse(parts[0] !== undefined && parts.length === 1 ? parts[0] : Buffer.concat(parts)))
      return
    }
    length += part.length
    if (length > most) finish({ kind: 'too-large' })
    else parts.push(part)
  }
}

function parse(bytes: Buffer): Body {
  if (bytes.length === 0) return { kind: 'json', value: undefined }
  try {
    return { kind: 'json', value: JSON.parse(bytes.toString('utf8')) as unknown }
  } catch (error) {
    if (isSyntaxError(error)) return { kind: 'malformed', message: 'the body is not JSON' }
    throw error
  }
}

function isSyntaxError(error: unknown): boolean {
  return (
    error !== null && typeof error === 'object' && 'name' in error && error.name === 'SyntaxError'
  )
}
