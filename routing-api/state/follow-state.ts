import { EventLogError, type EventLog, type FollowBatch } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type ApiState, STATE_TOPICS } from './api-state.ts'

export interface FollowPorts {
  readonly log: Pick<EventLog, 'follow'>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

const WAITS_MS = [100, 200, 500, 1_000, 2_000] as const

/**
 * Keeps the state current until the signal aborts. When the log goes away decisions go on from memory,
 * and the follow resumes behind the last record it was given.
 */
export async function followState(
  state: ApiState,
  ports: FollowPorts,
  signal: AbortSignal,
): Promise<void> {
  const reached = new Map<string, number>()
  for (let failures = 0; !signal.aborted;) {
    try {
      const from = reached.size === 0 ? 'start' : new Map(reached)
      for await (const batch of ports.log.follow({ topics: STATE_TOPICS, from, signal })) {
        failures = 0
        take(state, batch, reached, ports)
      }
    } catch (error) {
      if (!(error instanceof EventLogError)) throw error
      state.outOfReach(ports.now())
      ports.metrics.count('log_failures_total', 1, { stage: 'routing-api', code: error.code })
      if (failures === 0) ports.logger.warn('the event log is out of reach', { error })
      failures += 1
      await ports.sleep(WAITS_MS[Math.min(failures, WAITS_MS.length) - 1] ?? 2_000, signal)
    }
  }
}

function take(
  state: ApiState,
  batch: FollowBatch,
  reached: Map<string, number>,
  ports: FollowPorts,
): void {
  for (const record of batch.records) {
    state.apply(record)
    reached.set(`${record.topic}/${record.partition}`, record.offset + 1)
  }
  if (batch.caughtUp) state.caughtUp()
  else state.reached()
  ports.metrics.gauge('api_scores', state.scores.size)
  ports.metrics.gauge('api_score_bytes', state.scores.bytes)
}
