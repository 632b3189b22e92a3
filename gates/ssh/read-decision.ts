import { z } from 'zod'
import { type GateDecision } from './gate-decision.ts'

/** What the gate reads of the API's answer to POST /v1/ssh/connections; more may be in it. */
const Answer = z.object({
  decisionId: z.string().max(64),
  connectionId: z.string().max(64).nullable(),
  connectionToken: z.string().max(8_192),
  action: z.enum(['pass', 'challenge', 'step-up', 'terminate']),
  band: z.enum(['low', 'medium', 'high', 'critical']),
  risk: z.number(),
  shadow: z.boolean(),
  message: z.string().max(1_000).optional(),
  contact: z.string().max(200).optional(),
  delayMs: z.number().min(0).max(60_000).default(0),
  reasons: z.array(z.object({ code: z.string().max(64) })).max(64),
})

/** Undefined when it is no decision: the static policy answers then. */
export function readDecision(answer: unknown): GateDecision | undefined {
  const parsed = Answer.safeParse(answer)
  if (!parsed.success) return undefined
  const { action, band, risk, shadow, delayMs, message, contact, reasons } = parsed.data
  const { decisionId, connectionId, connectionToken } = parsed.data
  return {
    action,
    by: 'api',
    delayMs,
    band,
    risk,
    shadow,
    decisionId,
    connectionId: connectionId ?? undefined,
    connectionToken,
    challenge: undefined,
    message,
    code: reasons[0]?.code,
    contact,
  }
}
