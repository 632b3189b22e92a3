import { z } from 'zod'
import { STEP_RESULTS } from '../../lib/challenge-results.ts'
import { Challenge } from '../../protocols/challenge/messages.ts'
import { type GateDecision, type GateVerdict } from './gate-decision.ts'

/** What both answers about a connection may ask and say. */
const Asked = {
  risk: z.number(),
  band: z.enum(['low', 'medium', 'high', 'critical']),
  connectionToken: z.string().max(8_192),
  challenge: Challenge.nullish(),
  delayMs: z.number().min(0).max(60_000).default(0),
  message: z.string().max(1_000).optional(),
  code: z.string().max(64).optional(),
  contact: z.string().max(200).optional(),
  reasons: z.array(z.object({ code: z.string().max(64) })).max(64),
}

/** What the gate reads of the API's answer to POST /v1/ssh/connections; more may be in it. */
const Decision = z.object({
  ...Asked,
  decisionId: z.string().max(64),
  connectionId: z.string().max(64).nullable(),
  action: z.enum(['pass', 'challenge', 'step-up', 'terminate']),
  shadow: z.boolean(),
  stamp: z
    .object({ timestamp: z.int(), mac: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) })
    .optional(),
})

/** And to POST /v1/ssh/responses. */
const Verdict = z.object({
  ...Asked,
  action: z.enum(['proceed', 'challenge', 'step-up', 'terminate']),
  results: z
    .array(
      z.object({
        kind: z.string().max(16),
        result: z.enum(STEP_RESULTS),
        elapsedMs: z.number(),
      }),
    )
    .max(64),
})

/** Undefined when it is no decision: the static policy answers then. */
export function readDecision(answer: unknown): GateDecision | undefined {
  const parsed = Decision.safeParse(answer)
  if (!parsed.success) return undefined
  const { action, shadow, decisionId, connectionId, stamp } = parsed.data
  const by = 'api'
  return {
    ...asked(parsed.data),
    ...{ action, by, shadow, decisionId, stamp, connectionId: connectionId ?? undefined },
  }
}

/** Undefined when it is none: then nobody has vouched for the client. */
export function readVerdict(answer: unknown): GateVerdict | undefined {
  const parsed = Verdict.safeParse(answer)
  if (!parsed.success) return undefined
  const { action, results } = parsed.data
  return { ...asked(parsed.data), action, results }
}

type Shared = Omit<z.infer<typeof Verdict>, 'action' | 'results'>

function asked(data: Shared): Omit<GateVerdict, 'action' | 'results'> {
  const { risk, band, delayMs, challenge, message, code, contact, reasons, connectionToken } = data
  return {
    ...{ risk, band, delayMs, connectionToken, message, contact },
    challenge: challenge ?? undefined,
    code: code ?? reasons[0]?.code,
  }
}
