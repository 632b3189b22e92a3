import { createWriteStream } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { type IncomingMessage } from 'node:http'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import { ClickHouseException } from './exception.ts'

const DECODERS = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
])

/** Bytes of a request, unpacked, never more than `limit` of them: a small body can unpack to terabytes. */
export async function* bodyOf(request: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
  let length = 0
  try {
    for await (const chunk of unpacked(request)) {
      const bytes = chunk as Buffer
      length += bytes.length
      if (length > limit) throw tooLarge(limit)
      yield bytes
    }
  } catch (error) {
    if (!isBroken(error)) throw error
    throw new ClickHouseException(271, 'CANNOT_DECOMPRESS', 'The packed body is broken.')
  }
}

/** What zlib says of bytes that are not in its format. */
function isBroken(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : ''
  return typeof code === 'string' && /^(?:Z_|ZSTD_|ERR_BROTLI|ERR__ERROR)/.test(code)
}

function unpacked(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding === 'identity' || encoding === '') return request
  const decoder = DECODERS.get(encoding)
  if (decoder === undefined) {
    throw new ClickHouseException(
      35,
      'UNKNOWN_COMPRESSION_METHOD',
      'Unknown content encoding: gzip, deflate, br and zstd are known.',
    )
  }
  const stream = decoder()
  request.once('error', (error) => stream.destroy(error))
  request.once('close', () => {
    if (!request.complete) stream.destroy(new Error('request ended early'))
  })
  return request.pipe(stream)
}

/** Takes at least `bytes` from the front of a body, or all there is. */
export async function takeFront(body: AsyncGenerator<Buffer>, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  while (length < bytes) {
    const step = await body.next()
    if (step.done === true) break
    chunks.push(step.value)
    length += step.value.length
  }
  return Buffer.concat(chunks)
}

/** Writes what is left of a body, behind its front, to a new file that only this process may read. */
export async function spool(
  front: Buffer,
  body: AsyncGenerator<Buffer>,
  file: string,
): Promise<void> {
  async function* whole(): AsyncGenerator<Buffer> {
    if (front.length > 0) yield front
    yield* body
  }
  try {
    await pipeline(Readable.from(whole()), createWriteStream(file, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    await unlink(file).catch(() => undefined)
    if (isCode(error, 'ENOSPC')) {
      throw new ClickHouseException(243, 'NOT_ENOUGH_SPACE', 'No space left on the data disk.')
    }
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}

function tooLarge(limit: number): ClickHouseException {
  return new ClickHouseException(
    307,
    'TOO_MANY_BYTES',
    `The request's body is longer than ${limit} bytes.`,
  )
}
