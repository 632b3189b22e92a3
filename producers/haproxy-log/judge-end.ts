import { type Outcome } from '../../schemas/generated/records.ts'
import { type ConnectionEnd } from './connection-end.ts'
import { tlsAlert } from './tls-alert.ts'

/** What the end of a connection says of it. */
export interface JudgedEnd {
  readonly result: 'completed' | 'failed'
  readonly reason: string | null
  /** Null where the end says nothing of a server. */
  readonly server: string | null
  readonly challenges: Outcome['challenges']
}

/**
 * Whose doing the end was, by HAProxy's termination state (configuration manual 8.5: C, c the client;
 * S, s the server; P the proxy's rules; L, R, I, D, U, K the proxy itself) and by what came back.
 */
export function judgeEnd(end: ConnectionEnd): JudgedEnd {
  if (end.kind === 'error') return judgeError(end)
  const { result, reason } = judgeSession(end)
  const passed = !end.why.includes('client-random-changed')
  const challenges = end.tier === 'mitigation' ? [checked(end, passed ? 'passed' : 'wrong')] : []
  return { result, reason, server: servedBy(end, result), challenges }
}

function judgeSession(end: ConnectionEnd): Pick<JudgedEnd, 'result' | 'reason'> {
  const who = end.terminationState?.[0] ?? '-'
  const answered = end.bytesOut > 0
  switch (who) {
    case '-':
      // The server closed first, and in order: without a word when it was asked something.
      return answered || end.bytesIn === 0
        ? COMPLETED
        : failed('the server closed without an answer')
    case 'C':
    case 'c':
      // A client may leave when it has what it wanted.
      return answered ? COMPLETED : failed('the client left before an answer')
    case 'S':
      return failed('the server broke off, or could not be reached')
    case 's':
      return failed('the server did not go on in time')
    case 'P':
      return failed('refused by a rule of the balancer')
    default:
      return failed('ended by the balancer itself')
  }
}

const COMPLETED = { result: 'completed', reason: null } as const

function failed(reason: string): { readonly result: 'failed'; readonly reason: string } {
  return { result: 'failed', reason }
}

/** Who asked nothing was served nothing: that is no success of the server. */
function servedBy(end: ConnectionEnd, result: JudgedEnd['result']): string | null {
  return result === 'completed' && end.bytesIn === 0 && end.bytesOut === 0 ? null : end.server
}

function judgeError(end: ConnectionEnd): JudgedEnd {
  const alert = tlsAlert(end.tlsError)
  const reason =
    alert === undefined
      ? `the handshake ended without a TLS error (HAProxy's code ${end.fault})`
      : alert.from === 'client'
        ? `the client refused the handshake: alert ${alert.description}`
        : `the handshake was refused (OpenSSL's reason ${alert.reason})`
  const challenges = end.tier === 'mitigation' ? [checked(end, 'wrong')] : []
  return { result: 'failed', reason, server: null, challenges }
}

function checked(
  { check, handshakeMs }: ConnectionEnd,
  result: 'passed' | 'wrong',
): Outcome['challenges'][number] {
  const kind = check === 'retry' ? 'hello-retry' : 'full-handshake'
  return { kind, result, elapsedMs: handshakeMs ?? 0 }
}
