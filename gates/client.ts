import { createBreaker } from './client/breaker.ts'
import { createMemory } from './client/memory.ts'
import { sender, understood, type Fault, type Reader, type Sent } from './client/send.ts'

/*
 * The routing API for any balancer: this file and the folder beside it to copy, Node's own modules and nothing
 * else. It never throws and never makes traffic wait longer than `timeoutMs`: what cannot be asked is answered
 * from memory, else by the static default. It stands alone on purpose: it imports nothing of this project.
 */

export type Pool = 'primary' | 'mitigation'

/** Where a connection goes; null: the balancer's own choice. */
export type Server = { readonly id: string; readonly host: string; readonly port: number } | null

export interface ClientOptions {
  /** `http://127.0.0.1:8787`. */
  readonly url: string
  /** An API key of scope `gate`; needed off loopback. */
  readonly key?: string
  /** For one whole question, connecting included. */
  readonly timeoutMs?: number
  /** The protected service, where the policy tells several apart. */
  readonly listener?: string
  /** What stands when the API has never answered for a client. */
  readonly defaults?: { readonly pool: Pool; readonly server: Server }
  /** How long an answer may stand in for the API, and for how many clients answers are kept. */
  readonly rememberMs?: number
  readonly remembered?: number
  /** Failures in a row after which nobody waits for the API until it answers a probe again. */
  readonly failures?: number
  /** Between probes: doubles with each vain one up to the longest. */
  readonly probeMs?: number
  readonly longestProbeMs?: number
  /** Questions under way at once; more are answered without asking. */
  readonly inFlight?: number
  /** The API stopped or began to answer again; for a log. */
  readonly onChange?: (state: 'open' | 'closed', why: string) => void
}

/** What all answers have. */
interface Common {
  readonly server: Server
  /** Whose answer it is. */
  readonly by: 'api' | 'memory' | 'default'
  /** Null where the API answered. */
  readonly fault: Fault | null
  /** To report the outcome with; null where the API did not answer. */
  readonly decisionId: string | null
  /** For people: why, the weightiest first. */
  readonly reasons: readonly string[]
}

export interface HandshakeAnswer extends Common {
  readonly pool: Pool
}

export type DataServerAnswer = Common

export interface Who {
  readonly ip: string
  readonly port?: number
}

export interface VestibuleClient {
  /** Which pool and server take this TLS handshake. `clientHello`: the message or its records, as read. */
  handshake(question: {
    readonly client: Who
    readonly clientHello?: Uint8Array
    readonly ja4?: string
    readonly sni?: string
    readonly alpn?: readonly string[]
  }): Promise<HandshakeAnswer>
  /** Which data server takes the connection after its handshake. */
  dataServer(question: {
    readonly client: Who
    readonly decisionId?: string
    readonly sni?: string
    readonly handshake?: {
      readonly version?: string
      readonly cipher?: string
      readonly alpn?: string
      readonly resumed?: boolean
      readonly durationMs?: number
      readonly ja4?: string
    }
  }): Promise<DataServerAnswer>
  /** Tells what became of a connection; never waited for, dropped when the API is out of reach. */
  outcome(outcome: {
    readonly decisionId: string
    readonly result: 'completed' | 'failed' | 'incident'
    readonly server?: string
    readonly durationMs?: number
    readonly latencyMs?: number
    readonly bytesIn?: number
    readonly bytesOut?: number
    readonly authenticated?: boolean
  }): void
  /** Answers so far by who gave them, and faults by kind. */
  counts(): Readonly<Record<string, number>>
  close(): void
}

const DEFAULTS = { pool: 'primary', server: null } as const

/** A client of the API at `url`. Give one to the whole process: it keeps connections and what it learned. */
export function createClient(options: ClientOptions): VestibuleClient {
  const { timeoutMs = 50, listener, defaults = DEFAULTS } = options
  const send = sender(options)
  const breaker = createBreaker(options, () => send('GET', '/readyz', undefined, timeoutMs))
  const memory = createMemory<Known>(options.rememberMs ?? 60_000, options.remembered ?? 10_000)
  const counts: Record<string, number> = {}
  const most = options.inFlight ?? 1_024
  let inFlight = 0

  async function ask<T>(path: string, body: object, read: Reader<T>): Promise<Sent<T>> {
    if (breaker.isOpen()) return { kind: 'fault', fault: 'breaker-open' }
    if (inFlight >= most) return { kind: 'fault', fault: 'busy' }
    inFlight += 1
    const sent = understood(await send('POST', path, body, timeoutMs), read)
    inFlight -= 1
    breaker.saw(sent)
    return sent
  }

  /** The API's answer, or what stands in for it. */
  async function answered(
    path: string,
    key: string,
    body: object,
    read: Reader<Known>,
  ): Promise<HandshakeAnswer> {
    const sent = await ask(path, listener === undefined ? body : { ...body, listener }, read)
    if (sent.kind === 'answer') {
      memory.set(key, sent.body)
      count('api')
      return sent.body
    }
    const known = memory.get(key)
    const by = known === undefined ? 'default' : 'memory'
    count(by)
    count(sent.fault)
    return { ...(known ?? { ...defaults, reasons: [] }), by, fault: sent.fault, decisionId: null }
  }

  const count = (what: string): number => (counts[what] = (counts[what] ?? 0) + 1)

  return {
    handshake({ clientHello, ...question }) {
      const hello = clientHello && { clientHello: Buffer.from(clientHello).toString('base64') }
      const key = `handshake ${question.client.ip} ${question.sni ?? ''}`
      return answered('/v1/handshakes', key, { ...question, ...hello }, readHandshake)
    },
    dataServer({ handshake = {}, ...question }) {
      const key = `data ${question.client.ip} ${question.sni ?? ''} ${handshake.alpn ?? ''}`
      return answered('/v1/data-servers', key, { ...question, handshake }, readCommon)
    },
    outcome(outcome) {
      void ask('/v1/outcomes', outcome, (body) => body)
    },
    counts: () => ({ ...counts }),
    close() {
      breaker.close()
      send.close()
    },
  }
}

interface Known extends HandshakeAnswer {
  readonly by: 'api'
}

function readHandshake(body: unknown): Known | undefined {
  const known = readCommon(body)
  const pool = recordOf(body)?.['pool']
  return known !== undefined && (pool === 'primary' || pool === 'mitigation')
    ? { ...known, pool }
    : undefined
}

/** The parts of an answer that are acted on; undefined: it is none. */
function readCommon(body: unknown): Known | undefined {
  const answer = recordOf(body)
  if (answer === undefined || typeof answer['decisionId'] !== 'string') return undefined
  const server = answer['server'] === null ? null : serverOf(recordOf(answer['server']))
  if (server === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(answer['reasons']) ? answer['reasons'] : []
  const reasons = list.map(textOf)
  const { decisionId } = answer
  return { pool: 'primary', server, by: 'api', fault: null, decisionId, reasons }
}

function textOf(reason: unknown): string {
  const text = recordOf(reason)?.['text']
  return typeof text === 'string' ? text : ''
}

function serverOf(server: Readonly<Record<string, unknown>> | undefined): Server | undefined {
  const { id, host, port } = server ?? {}
  if (typeof id !== 'string' || typeof host !== 'string' || typeof port !== 'number')
    return undefined
  return { id, host, port }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined
}
