import { type AnyRecord } from '../../lib/codec/codec.ts'
import { addressText, clientEntity } from '../../lib/client-entity.ts'
import { type Score } from '../../schemas/generated/records.ts'

/** One line of the live table: a client and how it speaks. */
export interface LiveClient {
  readonly entity: string
  readonly address: string
  readonly protocol: 'tls' | 'ssh'
  /** Software or fingerprint, as far as it tells. */
  speaks: string
  fingerprint: string | null
  sni: string | null
  alpn: readonly string[]
  identification: string | null
  connections: number
  lastSeenAt: number
  score: Score | undefined
  answer: Answer | undefined
  /** Something changed since the API was asked last. */
  stale: boolean
}

/** What the routing API answered for a client. */
export interface Answer {
  /** primary, mitigation, pass, challenge, step-up, terminate. */
  readonly verdict: string
  readonly shadow: boolean
  readonly value: number
  readonly why: string
}

/** Clients of a live view, bounded: the longest unseen gives way. */
export interface LiveClients {
  take(any: AnyRecord): LiveClient | undefined
  all(): readonly LiveClient[]
}

/** Collects what topics say of clients into lines of a table. */
export function liveClients(limit = 500): LiveClients {
  const clients = new Map<string, LiveClient>()

  function find(entity: string, address: string, protocol: 'tls' | 'ssh'): LiveClient {
    const key = `${entity}#${protocol}`
    const known = clients.get(key)
    if (known !== undefined) return known
    if (clients.size >= limit) clients.delete(clients.keys().next().value ?? '')
    const fresh: LiveClient = {
      ...{ entity, address, protocol, speaks: '', fingerprint: null, sni: null, alpn: [] },
      ...{ identification: null, connections: 0, lastSeenAt: 0, score: undefined },
      ...{ answer: undefined, stale: true },
    }
    clients.set(key, fresh)
    return fresh
  }

  return {
    take(any): LiveClient | undefined {
      if (any.type === 'Score') return takeScore(clients, any.record)
      if (any.type !== 'TlsHello' && any.type !== 'SshConnection') return undefined
      const entity = clientEntity(any.record.clientAddress)
      const address = addressText(any.record.clientAddress)
      const client = find(entity, address, any.type === 'TlsHello' ? 'tls' : 'ssh')
      client.connections += 1
      client.lastSeenAt = any.record.observedAt
      client.stale = true
      if (any.type === 'TlsHello') {
        client.fingerprint = any.record.stableKey
        client.speaks = any.record.ja4 ?? 'no fingerprint'
        client.sni = any.record.sni
        client.alpn = any.record.alpn
      } else {
        client.fingerprint = any.record.hassh
        client.identification = any.record.clientIdentification
        client.speaks = any.record.clientIdentification ?? any.record.stage
      }
      return client
    },
    all: () => [...clients.values()],
  }
}

function takeScore(clients: ReadonlyMap<string, LiveClient>, score: Score): LiveClient | undefined {
  if (score.kind !== 'ip' && score.kind !== 'ip-fp') return undefined
  const entity = score.entity.slice(score.entity.indexOf(':') + 1).split(/[|#]/, 1)[0] ?? ''
  const client = clients.get(`${entity}#${score.protocol}`)
  if (client === undefined) return undefined
  const older = client.score
  if (older === undefined || score.kind === older.kind || score.value >= older.value) {
    client.score = score
  }
  client.stale = true
  return client
}
