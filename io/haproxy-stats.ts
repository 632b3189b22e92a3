import { createConnection } from 'node:net'
import { type Heard } from '../routing-api/loads/follow-loads.ts'
import { STATS_BYTES } from '../routing-api/loads/haproxy-stats.ts'
import { exchange } from './exchange.ts'

const TIMEOUT_MS = 2_000

/** Statistics of a HAProxy as CSV: `/PATH` or `tcp://HOST:PORT` of a stats socket, else by HTTP. */
export function readStats(address: string, signal: AbortSignal): Promise<Heard> {
  const url = address.startsWith('/') ? undefined : new URL(address)
  if (url !== undefined && url.protocol !== 'tcp:') return overHttp(url, signal)
  const socket =
    url === undefined
      ? createConnection({ path: address })
      : createConnection({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) })
  return exchange(socket, {
    ...{ send: 'show stat\n', maxBytes: STATS_BYTES, timeoutMs: TIMEOUT_MS, signal },
    done: () => false,
  })
}

async function overHttp(url: URL, signal: AbortSignal): Promise<Heard> {
  try {
    const headers = new Headers()
    if (url.username !== '') {
      const account = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
      headers.set('authorization', `Basic ${Buffer.from(account).toString('base64')}`)
    }
    const plain = new URL(url)
    plain.username = ''
    plain.password = ''
    const limits = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    const response = await fetch(plain, { headers, signal: limits, redirect: 'error' })
    if (!response.ok) return { kind: 'fault', message: `it answers ${response.status}` }
    return await bounded(response)
  } catch (error) {
    return { kind: 'fault', message: messageOf(error) }
  }
}

const NOTHING: readonly Uint8Array[] = []

async function bounded(response: Response): Promise<Heard> {
  const decoder = new TextDecoder('latin1')
  let text = ''
  const body: AsyncIterable<Uint8Array> | null = response.body
  for await (const part of body ?? NOTHING) {
    text += decoder.decode(part, { stream: true })
    if (text.length > STATS_BYTES) {
      return { kind: 'fault', message: `its answer is longer than ${STATS_BYTES} bytes` }
    }
  }
  return { kind: 'text', text }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
