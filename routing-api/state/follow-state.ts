import { type EventLog, type FollowBatch } from '../../lib/event-log.ts'
import { followSteadily } from '../../lib/follow-steadily.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type ApiState, STATE_TOPICS } from './api-state.ts'

export interface FollowPorts {
  readonly log: Pick<EventLog, 'follow'>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told the entity of each score that came or went. */
  readonly heard?: ((entity: string) => void) | undefined
  /** Told when operators said something. */
  readonly ruled?: (() => void) | undefined
}

/** Keeps the state current until the signal aborts. When the log goes away decisions go on from memory. */
export async function followState(
  state: ApiState,
  ports: FollowPorts,
  signal: AbortSignal,
): Promise<void> {
  const { log, sleep, metrics } = ports
  await followSteadily(
    {
      ...{ log, topics: STATE_TOPICS, sleep },
      take(batch) {
        take(state, batch, ports)
      },
      lost(error, failures) {
        state.outOfReach(ports.now())
        metrics.count('log_failures_total', 1, { stage: 'routing-api', code: error.code })
        if (failures === 0) ports.logger.warn('the event log is out of reach', { error })
      },
    },
    signal,
  )
}

function take(state: ApiState, batch: FollowBatch, ports: FollowPorts): void {
  for (const record of batch.records) {
    state.apply(record)
    if (record.topic === 'scores') ports.heard?.(record.key)
    if (record.topic === 'control') ports.ruled?.()
  }
  if (batch.caughtUp) state.caughtUp(ports.now())
  else state.reached()
  ports.metrics.gauge('api_scores', state.scores.size)
  ports.metrics.gauge('api_score_bytes', state.scores.bytes)
}
