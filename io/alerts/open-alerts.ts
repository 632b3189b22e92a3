import { hostname } from 'node:os'
import { type Config } from '../../lib/config.ts'
import { type Codec } from '../../lib/codec/codec.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { syslogReceiver, webhookReceiver } from '../../sinks/alerts/receiver.ts'
import { type AlertPorts } from '../../sinks/alerts/tell-alerts.ts'
import { openSecrets } from '../secrets.ts'
import { sleep } from '../sleep.ts'
import { postWebhook } from './post-webhook.ts'
import { syslogSender } from './send-syslog.ts'

interface Shared {
  readonly log: Pick<EventLog, 'consume' | 'follow'>
  readonly codec: Codec
  readonly metrics: Metrics
  readonly logger: Logger
}

/** The receivers of alerts of this installation, and the call that closes what they hold. */
export function openAlerts(
  config: Config,
  shared: Shared,
): AlertPorts & { readonly close: () => void } {
  const syslog = syslogSender()
  const key = Buffer.from(openSecrets(config.dataDir).webhookKey, 'hex')
  const origin = { host: hostname(), processId: process.pid }
  return {
    ...shared,
    receivers: [syslogReceiver(syslog.send, origin), webhookReceiver(postWebhook, key, Date.now)],
    ...{ site: config.site, now: Date.now, random: Math.random, sleep, close: syslog.close },
  }
}
