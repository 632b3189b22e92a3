import { FACILITIES, type SyslogWords } from '../../lib/alert-words.ts'
import { type SyslogMessage } from '../../protocols/syslog/message.ts'
import { type ToldAlert } from './told-alert.ts'

const SEVERITIES = { notice: 5, warning: 4, critical: 2 } as const

/** This process as syslog names it. */
export interface SyslogOrigin {
  readonly host: string
  readonly processId: number
}

export function syslogMessage(
  alert: ToldAlert,
  words: SyslogWords,
  origin: SyslogOrigin,
): SyslogMessage {
  const { kind, severity, entity, site, id, message, atMs } = alert
  return {
    ...origin,
    facility: FACILITIES[words.facility],
    severity: SEVERITIES[severity],
    app: 'vestibule',
    messageId: kind,
    data: [
      ['entity', entity],
      ['severity', severity],
      ['site', site],
      ['id', id],
    ],
    text: message,
    atMs,
  }
}
