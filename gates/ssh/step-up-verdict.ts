import { z } from 'zod'

/** What the gate reads of the API's answer to POST /v1/ssh/step-up. */
const StepUpVerdict = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('ask'),
    token: z.string().min(1).max(4_096),
    prompt: z.string().max(1_024),
    echo: z.boolean(),
    kind: z.enum(['question', 'totp']),
  }),
  z.object({ action: z.literal('allow') }),
  z.object({
    action: z.literal('deny'),
    message: z.string().max(1_000).optional(),
    code: z.string().max(64).optional(),
  }),
])

export type StepUpVerdict = Readonly<z.infer<typeof StepUpVerdict>>

/** Undefined when it is none: then nobody has vouched for the login. */
export function readStepUpVerdict(answer: unknown): StepUpVerdict | undefined {
  return StepUpVerdict.safeParse(answer).data
}
