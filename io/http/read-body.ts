import { type IncomingMessage } from 'node:http'

/** The body of a request, or why there is none to work with. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'malformed'; readonly message: string }
  | { readonly kind: 'gone' }

/**
 * Collects at most `most` bytes and parses them as JSON; calls back once. Callbacks instead of a
 * promise because this is on the path of every decision.
 */
export function readBody(request: IncomingMessage, most: number, done: (body: Body) => void): void {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > most) {
    done({ kind: 'too-large' })
    return
  }
  const chunks: Buffer[] = []
  let length = 0
  let open = true
  const finish = (body: Body): void => {
    if (!open) return
    open = false
    done(body)
  }
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > most) finish({ kind: 'too-large' })
    else if (open) chunks.push(chunk)
  })
  request.on('end', () => {
    finish(
      parse(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    )
  })
  request.on('error', () => {
    finish({ kind: 'gone' })
  })
  request.on('close', () => {
    finish({ kind: 'gone' })
  })
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
