import { clientEntity } from '../../lib/client-entity.ts'
import { type Reason } from '../../schemas/generated/records.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { chooseServer } from './choose-server.ts'
import { judgeClient, type ClientFacts, type Verdict } from './client-verdict.ts'
import { type DecisionView } from './decision-view.ts'
import { type Place } from './distance.ts'
import { ownThreshold } from './own-threshold.ts'
import { reason } from './reason.ts'
import { serverReasons } from './server-reasons.ts'
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

/** What is asked: who, where, and for which name. */
export interface HandshakeQuestion {
  readonly facts: ClientFacts
  readonly listener: string
  readonly serverName: string | null
  /** Where the client is, if that is known. */
  readonly place: Place | undefined
}

/** Decides for one TLS handshake. `random` gives numbers in [0, 1) and draws the server. */
export function decideHandshake(
  { facts, listener, serverName, place }: HandshakeQuestion,
  view: DecisionView,
  random: () => number,
): HandshakeDecision {
  const verdict = judgeClient(facts, view)
  const rules = rulesOf(view.policy, listener, 'tls', serverName)
  const crossing = crossingOf(verdict, rules.threshold, listener, facts, view)
  const wouldBe = poolOf(verdict, crossing, view)
  // Shadow holds back the engine's judgement; an operator's own word is not a judgement.
  const held = rules.shadow && wouldBe === 'mitigation' && verdict.word === 'none'
  const pool = held ? 'primary' : wouldBe
  const choice = chooseServer(view.servers, pool, facts.nowMs, random, place)
  const reasons = [...verdict.reasons, ...crossing.reasons]
  if (held) reasons.push(reason('shadow'))
  reasons.push(...serverReasons(choice, view.servers.inPool(pool), facts.nowMs))
  const { shadow } = rules
  const { threshold } = crossing
  return { verdict, pool, wouldBe, shadow, threshold, server: choice?.server, reasons }
}

/** Whether a score is over its threshold, and which one that was. */
interface Crossing {
  readonly over: boolean
  readonly threshold: number
  readonly reasons: readonly Reason[]
}

/**
 * Over at the client's own threshold; once over, until the score is `hysteresis` under it. That it was
 * over is read from the score's peak, which the processors keep and every instance knows: nothing is
 * remembered here. The own threshold is made only where it matters.
 */
function crossingOf(
  { acting, peak }: Verdict,
  threshold: number,
  listener: string,
  facts: ClientFacts,
  view: DecisionView,
): Crossing {
  const { spread, hysteresis, epochHours } = view.policy.settings.tls
  if (acting >= threshold + spread) return { over: true, threshold, reasons: NONE }
  if (peak < threshold || acting < threshold - hysteresis) {
    return { over: false, threshold, reasons: NONE }
  }
  const own = ownThreshold(threshold, clientEntity(facts.address), listener, facts.nowMs, {
    width: spread,
    epochMs: epochHours * HOUR_MS,
    key: view.key,
  })
  const why = own > threshold ? [reason('own-threshold')] : NONE
  if (acting >= own) return { over: true, threshold: own, reasons: why }
  const still = peak >= own && acting >= own - hysteresis
  return { over: still, threshold: own, reasons: still ? [...why, reason('hysteresis')] : why }
}

const NONE: readonly Reason[] = []
const HOUR_MS = 3_600_000

function poolOf(verdict: Verdict, { over }: Crossing, view: DecisionView): HandshakePool {
  if (verdict.word === 'deny') return 'mitigation'
  if (verdict.word !== 'none') return 'primary'
  if (over) return 'mitigation'
  return verdict.fault === null ? 'primary' : view.policy.settings.failStatic.pool
}
