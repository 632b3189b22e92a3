import { eventId } from '../lib/event-id.ts'
import { type Metrics } from '../lib/metrics.ts'
import { type CaptureStatistics } from '../protocols/packet/capture-item.ts'
import { type Alert } from '../schemas/generated/records.ts'

export interface LossContext {
  readonly sensor: string
  readonly site: string
  /** Microseconds since 1970. */
  now(): number
}

/** Publishes what the kernel lost: its counts, and an alert when packets were lost since the last look. */
export function captureLoss(
  context: LossContext,
  metrics: Metrics,
  alert: (alert: Alert) => void,
): (statistics: CaptureStatistics) => void {
  let lost = 0
  let looks = 0
  return function look({ received, dropped, interfaceDropped }) {
    metrics.gauge('vestibule_capture_received', received)
    metrics.gauge('vestibule_capture_dropped', dropped, { where: 'ring' })
    metrics.gauge('vestibule_capture_dropped', interfaceDropped, { where: 'interface' })
    looks += 1
    const more = dropped + interfaceDropped - lost
    if (more <= 0) return
    lost += more
    const at = context.now()
    const { sensor, site } = context
    alert({
      ...{ eventId: eventId('Alert', `capture-loss ${sensor} ${at}`, looks), sensor, site },
      ...{ observedAt: at, ingestedAt: at, kind: 'capture-loss', severity: 'warning' },
      entity: `sensor:${sensor}`,
      message: `${sensor} lost ${more} packets of ${received}: what it says of clients is incomplete`,
      details: JSON.stringify({ received, dropped, interfaceDropped }),
    })
  }
}
