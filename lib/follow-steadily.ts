import { EventLogError, type EventLog, type FollowBatch } from './event-log.ts'
import { type TopicName } from '../schemas/topics.ts'

export interface SteadyFollow {
  readonly log: Pick<EventLog, 'follow'>
  readonly topics: readonly TopicName[]
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Takes records in, once each unless it throws. */
  take(batch: FollowBatch): void
  /** The log went away, or is away still: `failures` in a row before this one. */
  lost(error: EventLogError, failures: number): void
}

const WAITS_MS = [100, 200, 500, 1_000, 2_000] as const

/**
 * Follows topics from their start until the signal aborts. When the log goes away the follow resumes
 * behind the last record it was given.
 */
export async function followSteadily(ports: SteadyFollow, signal: AbortSignal): Promise<void> {
  const { topics } = ports
  const reached = new Map<string, number>()
  for (let failures = 0; !signal.aborted;) {
    try {
      const from = reached.size === 0 ? 'start' : new Map(reached)
      for await (const batch of ports.log.follow({ topics, from, signal })) {
        failures = 0
        ports.take(batch)
        for (const { topic, partition, offset } of batch.records) {
          reached.set(`${topic}/${partition}`, offset + 1)
        }
      }
    } catch (error) {
      if (!(error instanceof EventLogError)) throw error
      ports.lost(error, failures)
      failures += 1
      await ports.sleep(WAITS_MS[Math.min(failures, WAITS_MS.length) - 1] ?? 2_000, signal)
    }
  }
}
