import { type Alert } from '../../schemas/generated/records.ts'

/** An alert as people are told of it. */
export interface ToldAlert {
  /** 32 hex digits: what comes twice is one. */
  readonly id: string
  readonly kind: string
  readonly severity: Alert['severity']
  readonly entity: string
  readonly message: string
  readonly site: string
  readonly sensor: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** JSON. */
  readonly details: string
}

/** `held`: how often the same happened since it was told of last. */
export function toldAlert(alert: Alert, held: number): ToldAlert {
  const { kind, severity, entity, message, site, sensor, details } = alert
  const more = held > 0 ? ` (and ${held} more since the last alert of it)` : ''
  return {
    ...{ kind, severity, entity, site, sensor, details },
    id: Buffer.from(alert.eventId).toString('hex'),
    message: `${message}${more}`,
    atMs: alert.observedAt / 1_000,
  }
}

/** One sentence for all that were not told of one by one. */
export function digestOf(
  { beyond, stale }: { readonly beyond: number; readonly stale: number },
  site: string,
  nowMs: number,
): ToldAlert {
  const parts = [
    ...(beyond > 0 ? [`${beyond} more than a minute has room for`] : []),
    ...(stale > 0 ? [`${stale} too old to be news`] : []),
  ]
  return {
    ...{ kind: 'digest', severity: 'warning', entity: `site:${site}`, site, sensor: 'alerts' },
    id: `digest-${nowMs}`,
    message: `alerts not told of one by one: ${parts.join(', ')}; they are in the table alert`,
    atMs: nowMs,
    details: JSON.stringify({ beyond, stale }),
  }
}
