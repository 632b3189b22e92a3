import { type AlertWords, type SyslogWords, type WebhookWords } from '../../lib/alert-words.ts'
import { type SyslogMessage } from '../../protocols/syslog/message.ts'
import { syslogMessage, type SyslogOrigin } from './syslog-message.ts'
import { type ToldAlert } from './told-alert.ts'
import { webhookCall, webhookVerdict, type WebhookCall } from './webhook-call.ts'

/** What became of one try. */
export type Verdict = 'done' | 'again' | 'never'

/** Somebody who is told of alerts, where the policy names one. */
export interface Receiver {
  readonly name: 'syslog' | 'webhook'
  /** Undefined: the policy names none. */
  settings(words: AlertWords): { readonly atLeast: ToldAlert['severity'] } | undefined
  /** Never rejects. */
  send(alert: ToldAlert, words: AlertWords): Promise<Verdict>
}

/** Sends one message; rejects when it cannot. */
export type SendSyslog = (message: SyslogMessage, words: SyslogWords) => Promise<void>

/** The status of the answer; rejects when there is none in time. */
export type PostWebhook = (call: WebhookCall, words: WebhookWords) => Promise<number>

export function syslogReceiver(send: SendSyslog, origin: SyslogOrigin): Receiver {
  return {
    name: 'syslog',
    settings: ({ syslog }) => syslog ?? undefined,
    async send(alert, { syslog }): Promise<Verdict> {
      if (syslog === null) return 'never'
      return send(syslogMessage(alert, syslog, origin), syslog).then(
        () => 'done' as const,
        () => 'again' as const,
      )
    },
  }
}

export function webhookReceiver(post: PostWebhook, key: Uint8Array, now: () => number): Receiver {
  return {
    name: 'webhook',
    settings: ({ webhook }) => webhook ?? undefined,
    async send(alert, { webhook }): Promise<Verdict> {
      if (webhook === null) return 'never'
      return post(webhookCall(alert, key, now()), webhook).then(
        webhookVerdict,
        () => 'again' as const,
      )
    },
  }
}
