import { connect, type Socket } from 'node:net'
import { type Endpoint } from '../../gates/ssh/endpoint.ts'

/** A server that said the identification it was expected to say. */
export interface OpenedUpstream {
  readonly socket: Socket
  /** What it sent after its identification. */
  readonly rest: Buffer
}

/** The server behind the gate: asked once how it identifies itself, connected to only for clients that may go on. */
export interface Upstream {
  readonly endpoint: Endpoint
  /** V_S without line end; cached. Rejects while the server does not answer. */
  identification(): Promise<string>
  /** Rejects when it does not answer or says something else than clients were shown; the next client is shown that. */
  open(header?: Uint8Array): Promise<OpenedUpstream>
  /** What was cached; undefined before the first client. */
  known(): string | undefined
}

const ANSWER_WITHIN_MS = 5_000
/** RFC 4253 section 4.2; lines before it included. */
const LONGEST_GREETING = 8_192

export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly code: 'unreachable' | 'silent' | 'not-ssh' | 'changed'

  constructor(code: UpstreamError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export function createUpstream(endpoint: Endpoint, sendsProxyHeader = false): Upstream {
  let known: string | undefined
  let probing: Promise<string> | undefined

  async function probe(): Promise<string> {
    // A server that waits for a PROXY header is told that this connection is the gate's own.
    const header = sendsProxyHeader ? PROXY_LOCAL : undefined
    const { socket, identification } = await greeted(endpoint, header)
    socket.destroy()
    known = identification
    return identification
  }

  return {
    endpoint,
    known: () => known,
    identification(): Promise<string> {
      if (known !== undefined) return Promise.resolve(known)
      probing ??= probe().finally(() => (probing = undefined))
      return probing
    },
    async open(header): Promise<OpenedUpstream> {
      const expected = known
      const { socket, identification, rest } = await greeted(endpoint, header)
      if (expected === undefined || identification === expected) return { socket, rest }
      socket.destroy()
      known = identification
      throw new UpstreamError('changed', `the server now identifies itself as ${identification}`)
    },
  }
}

/** PROXY protocol version 2, command LOCAL (proxy-protocol.txt section 2.2). */
const PROXY_LOCAL = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')

interface Greeting {
  readonly socket: Socket
  readonly identification: string
  readonly rest: Buffer
}

function greeted(endpoint: Endpoint, header: Uint8Array | undefined): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...endpoint, noDelay: true, keepAlive: true, allowHalfOpen: true })
    let read: Buffer = Buffer.alloc(0)
    const fail = (code: UpstreamError['code'], message: string, cause?: unknown): void => {
      clearTimeout(late)
      socket.destroy()
      reject(new UpstreamError(code, message, cause))
    }
    const late = setTimeout(() => {
      fail('silent', `no identification within ${ANSWER_WITHIN_MS} ms`)
    }, ANSWER_WITHIN_MS)
    const onError = (error: Error): void => {
      fail('unreachable', error.message, error)
    }
    const onEnd = (): void => {
      fail('not-ssh', 'it closed before it identified itself')
    }
    const onData = (chunk: Buffer): void => {
      read = read.length === 0 ? chunk : Buffer.concat([read, chunk])
      const line = identificationLine(read)
      if (line === undefined) {
        if (read.length > LONGEST_GREETING) fail('not-ssh', 'it sends no SSH identification')
        return
      }
      clearTimeout(late)
      socket.pause()
      socket.off('data', onData).off('error', onError).off('end', onEnd).off('close', onEnd)
      // Whoever takes the socket over listens; until then a reset is found by the first write.
      socket.on('error', () => undefined)
      resolve({ socket, identification: line.text, rest: read.subarray(line.next) })
    }
    socket.on('data', onData).on('error', onError).on('end', onEnd).on('close', onEnd)
    if (header !== undefined) socket.write(header)
  })
}

function identificationLine(bytes: Buffer): { text: string; next: number } | undefined {
  let start = 0
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    const text = bytes.toString('latin1', start, end).replace(/\r$/, '')
    if (text.startsWith('SSH-')) return { text, next: end + 1 }
    start = end + 1
  }
  return undefined
}
