import { webhookSignature } from '../../protocols/webhook-signature.ts'
import { type Verdict } from './receiver.ts'
import { type ToldAlert } from './told-alert.ts'

export interface WebhookCall {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `text` is what chat programs show; a receiver that sees an id again has had it already. */
export function webhookCall(alert: ToldAlert, key: Uint8Array, nowMs: number): WebhookCall {
  const { details, atMs, ...rest } = alert
  const body = JSON.stringify({
    text: `[${alert.severity}] ${alert.message}`,
    ...rest,
    at: new Date(atMs).toISOString(),
    details: JSON.parse(details) as unknown,
  })
  return {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'vestibule',
      'x-vestibule-delivery': alert.id,
      'x-vestibule-signature': webhookSignature(key, Math.floor(nowMs / 1_000), body),
    },
    body,
  }
}

/** What an answer leads to. Redirections are not followed: a body with addresses goes where it was told to go only. */
export function webhookVerdict(status: number): Verdict {
  if (status >= 200 && status < 300) return 'done'
  return status === 408 || status === 425 || status === 429 || status >= 500 ? 'again' : 'never'
}
