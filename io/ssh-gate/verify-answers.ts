import { type GateDecision, type GateVerdict } from '../../gates/ssh/gate-decision.ts'
import { type GateCommand } from '../../gates/ssh/gate-events.ts'
import { readVerdict } from '../../gates/ssh/read-decision.ts'
import { type AskPorts } from './ask-api.ts'

type Verify = Extract<GateCommand, { kind: 'verify' }>

/** Scrypt over an answer takes its time; longer than this nobody waits. */
const ANSWER_WITHIN_MS = 5_000

/**
 * Asks the API what the answers to a challenge are worth. Never rejects. Without an answer the client has proven nothing:
 * the static policy decides, as for everybody while the API is away.
 */
export async function verifyAnswers(
  ports: AskPorts,
  { response, elapsedMs }: Verify,
  connectionToken: string | undefined,
  decision: GateDecision,
): Promise<GateVerdict> {
  const responses = response?.answers ?? []
  const answer = await ports.api.post(
    '/v1/ssh/responses',
    { connectionToken, responses, elapsedMs: Math.max(0, elapsedMs), gateLoad: ports.load() },
    ANSWER_WITHIN_MS,
  )
  const verdict = answer.kind === 'answer' ? readVerdict(answer.body) : undefined
  if (verdict !== undefined) {
    for (const { kind, result } of verdict.results) {
      ports.metrics.count('ssh_gate_challenges_total', 1, { kind, result })
    }
    return verdict
  }
  ports.metrics.count('ssh_gate_static_total', 1, { reason: 'verdict' })
  ports.logger.warn('the routing API gave no verdict on the answers to a challenge', { answer })
  const { action, brakeMs } = ports.fallback
  return {
    ...{ action: action === 'pass' ? 'proceed' : action, delayMs: brakeMs, results: [] },
    ...{ band: decision.band, risk: decision.risk, challenge: undefined, connectionToken },
    ...{ message: undefined, code: 'api-unavailable', contact: undefined },
  }
}
