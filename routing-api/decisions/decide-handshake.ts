import { type Reason } from '../../schemas/generated/records.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { chooseServer, type ServerChoice } from './choose-server.ts'
import { judgeClient, type ClientFacts, type Verdict } from './client-verdict.ts'
import { type DecisionView } from './decision-view.ts'
import { reason } from './reason.ts'
import { type ServerFacts } from './server-view.ts'

export type HandshakePool = 'primary' | 'mitigation'

/** Which handshake server takes a TLS connection, and why. */
export interface HandshakeDecision {
  readonly verdict: Verdict
  /** As answered. */
  readonly pool: HandshakePool
  /** The answer if the listener were not in shadow. */
  readonly wouldBe: HandshakePool
  readonly shadow: boolean
  readonly threshold: number
  /** Undefined when no server is registered or none is healthy: the balancer keeps its own choice. */
  readonly server: ServerFacts | undefined
  readonly reasons: readonly Reason[]
}

/** Decides for one TLS handshake. `random` lies in [0, 1) and draws the server. */
export function decideHandshake(
  facts: ClientFacts,
  listener: string,
  view: DecisionView,
  random: number,
): HandshakeDecision {
  const verdict = judgeClient(facts, view)
  const { shadow, threshold } = rulesOf(view.policy, listener, 'tls')
  const wouldBe = poolOf(verdict, threshold, view)
  // Shadow holds back the engine's judgement; an operator's own word is not a judgement.
  const held = shadow && wouldBe === 'mitigation' && verdict.word === 'none'
  const pool = held ? 'primary' : wouldBe
  const choice = chooseServer(view.servers, pool, facts.nowMs, random)
  const reasons = [...verdict.reasons]
  if (held) reasons.push(reason('shadow'))
  reasons.push(serverReason(choice))
  return { verdict, pool, wouldBe, shadow, threshold, server: choice?.server, reasons }
}

function poolOf(verdict: Verdict, threshold: number, view: DecisionView): HandshakePool {
  if (verdict.word === 'deny') return 'mitigation'
  if (verdict.word !== 'none') return 'primary'
  if (verdict.score >= threshold) return 'mitigation'
  return verdict.fault === null ? 'primary' : view.policy.settings.failStatic.pool
}

/** Why this server, for every answer says so. */
export function serverReason(choice: ServerChoice | undefined): Reason {
  if (choice === undefined) return reason('no-server')
  return reason(choice.fallback ? 'server-fallback' : 'server-random', choice.server.id)
}
