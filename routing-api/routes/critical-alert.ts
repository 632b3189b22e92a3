import { addressText, clientEntity } from '../../lib/client-entity.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Alert } from '../../schemas/generated/records.ts'
import { type Api } from './api.ts'

/** A connection whose risk is critical, as an alert tells of it. */
export interface CriticalConnection {
  /** As records carry it. */
  readonly clientAddress: Uint8Array
  readonly listener: string
  readonly gate: string
  readonly risk: number
  readonly decisionId: string
  /** Reason codes, the heaviest first. */
  readonly codes: readonly string[]
  readonly fingerprint: string | null
  /** False: the listener is in shadow, and nothing was done. */
  readonly terminated: boolean
}

/** Of one instance: what comes beyond is in the decisions and counted. */
const PER_MINUTE = 600
const MINUTE_MS = 60_000

/**
 * Logs and publishes that a connection was terminated, or would have been. Once in a while of each client: every one of
 * its connections is a Decision, and an attacker must fill neither the log nor anybody's screen.
 */
export function alertCritical(connection: CriticalConnection, api: Api): void {
  const nowMs = api.now()
  const { terminated } = connection
  const kind = terminated ? 'terminated' : 'critical-risk'
  const entity = `ip:${clientEntity(connection.clientAddress)}#ssh`
  const everyMs = api.state.policy.settings.alerts.perClientMinutes * MINUTE_MS
  const telling = api.told.admit(`${kind} ${entity}`, nowMs, { everyMs, perMinute: PER_MINUTE })
  const result = telling.kind === 'tell' ? 'raised' : telling.why
  api.metrics.count('alerts_total', 1, { kind, result })
  if (telling.kind !== 'tell') return
  const alert = alertOf(connection, { kind, entity, held: telling.held, nowMs }, api)
  const { listener, risk, decisionId, codes } = connection
  api.logger.warn(alert.message, { entity, listener, risk, decisionId, reasons: codes })
  api.put('Alert', () => ({ type: 'Alert', record: alert }))
}

interface Raised {
  readonly kind: 'terminated' | 'critical-risk'
  readonly entity: string
  readonly held: number
  readonly nowMs: number
}

function alertOf(
  connection: CriticalConnection,
  { kind, entity, held, nowMs }: Raised,
  api: Api,
): Alert {
  const { clientAddress, listener, gate, risk, decisionId, codes, fingerprint } = connection
  const at = Math.round(nowMs * 1_000)
  const what = kind === 'terminated' ? 'was terminated' : 'would be terminated (shadow)'
  const again = held > 0 ? `, and ${held} more since the last alert` : ''
  const why = codes.length === 0 ? 'no reason given' : codes.slice(0, 3).join(', ')
  return {
    ...{ eventId: eventId('Alert', decisionId, 0), observedAt: at, ingestedAt: at },
    ...{ sensor: 'routing-api', site: api.site, kind, entity },
    severity: kind === 'terminated' ? 'critical' : 'warning',
    message: `SSH connection of ${addressText(clientAddress)} to ${listener} ${what}: risk ${Math.round(risk)} (${why})${again}`,
    details: JSON.stringify({
      ...{ risk, listener, gate, decisionId, reasons: codes.slice(0, 16), fingerprint },
      sinceLastAlert: held,
    }),
  }
}
