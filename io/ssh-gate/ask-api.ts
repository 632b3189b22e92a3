import { type CircuitBreaker } from '../../gates/ssh/circuit-breaker.ts'
import { type GateClient } from '../../gates/ssh/gate-client.ts'
import {
  staticDecision,
  type GateDecision,
  type StaticPolicy,
} from '../../gates/ssh/gate-decision.ts'
import { type ClientOpening } from '../../gates/ssh/gate-events.ts'
import { connectionQuestion } from '../../gates/ssh/question.ts'
import { readDecision } from '../../gates/ssh/read-decision.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type JsonClient } from '../http/json-client.ts'

export interface AskPorts {
  readonly api: JsonClient
  readonly breaker: CircuitBreaker
  readonly metrics: Metrics
  readonly logger: Logger
  /** Milliseconds, monotonic. */
  now(): number
  /** How busy this gate is, 0 to 1. */
  load(): number
  /** This gate's name. */
  readonly gate: string
  readonly timeoutMs: number
  readonly fallback: StaticPolicy
}

/** The API's decision, or that of the static policy when there is none in time. Never rejects. */
export async function askApi(
  ports: AskPorts,
  client: GateClient,
  opening: ClientOpening | undefined,
): Promise<GateDecision> {
  const { metrics } = ports
  const startedAt = ports.now()
  if (!ports.breaker.mayAsk(startedAt)) return fallBack(ports, 'circuit-open')
  const question = connectionQuestion(client, opening, ports.gate, ports.load())
  const answer = await ports.api.post('/v1/ssh/connections', question, ports.timeoutMs)
  metrics.observe('ssh_gate_decision_seconds', (ports.now() - startedAt) / 1_000)
  const refused = answer.kind === 'answer' && answer.status >= 400 && answer.status < 500
  if (answer.kind === 'fault' || answer.status >= 500) {
    const code = answer.kind === 'fault' ? answer.code : 'server-error'
    failed(ports, code)
    return fallBack(ports, code)
  }
  if (ports.breaker.worked()) ports.logger.info('the routing API answers again')
  const decision = refused ? undefined : readDecision(answer.body)
  if (decision === undefined) {
    ports.logger.warn('the routing API gave no decision', {
      status: answer.status,
      body: answer.body,
    })
    return fallBack(ports, refused ? 'refused' : 'bad-answer')
  }
  metrics.count('ssh_gate_decisions_total', 1, { by: 'api', action: decision.action })
  return decision
}

function failed(ports: AskPorts, code: string): void {
  if (!ports.breaker.failed(ports.now())) return
  const { action, brakeMs } = ports.fallback
  ports.logger.warn('the routing API gives no answer: the static policy decides until it does', {
    ...{ code, action, brakeMs },
  })
}

function fallBack(ports: AskPorts, reason: string): GateDecision {
  ports.metrics.count('ssh_gate_static_total', 1, { reason })
  ports.metrics.count('ssh_gate_decisions_total', 1, {
    by: 'static',
    action: ports.fallback.action,
  })
  return staticDecision(ports.fallback)
}
