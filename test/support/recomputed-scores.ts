import { openEventLog } from '../../io/event-log/open.ts'
import { memoryEventLog } from '../../io/event-log/memory.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type Config } from '../../lib/config.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { clientProcessor } from '../../processors/client-fold/client-processor.ts'
import { runProcessor } from '../../processors/run.ts'
import { sleep } from '../../io/sleep.ts'
import { type TopicName } from '../../schemas/topics.ts'
import { eventually } from './eventually.ts'

const INPUTS: readonly TopicName[] = ['client-events', 'population', 'control']

/** A score as two runs must agree on it. */
export interface FinalScore {
  readonly value: number
  readonly evidence: number
  readonly band: string
}

/** The last score of every entity on a log. */
export async function finalScores(log: EventLog): Promise<ReadonlyMap<string, FinalScore>> {
  const codec = singleObjectCodec()
  const scores = new Map<string, FinalScore>()
  const stop = new AbortController()
  for await (const batch of log.follow({
    topics: ['scores'],
    from: 'start',
    signal: stop.signal,
  })) {
    for (const { value } of batch.records) {
      const decoded = value === null ? undefined : codec.decode(value)
      if (decoded?.kind !== 'record' || decoded.type !== 'Score') continue
      const { entity, value: score, evidence, band } = decoded.record
      scores.set(entity, { value: score, evidence, band })
    }
    if (batch.caughtUp) break
  }
  stop.abort()
  return scores
}

/** What a fold that nothing disturbed makes of the records on an installation's log, in their order. */
export async function recomputedScores(config: Config): Promise<{
  readonly published: ReadonlyMap<string, FinalScore>
  readonly recomputed: ReadonlyMap<string, FinalScore>
}> {
  const log = await openEventLog(config, { logger: SILENT })
  const again = memoryEventLog()
  const stop = new AbortController()
  let events = 0
  for await (const batch of log.follow({ topics: INPUTS, from: 'start', signal: stop.signal })) {
    for (const { topic, key, value, timestampMs } of batch.records) {
      await again.append(topic, [{ key, value, timestampMs }])
      if (topic === 'client-events') events += 1
    }
    if (batch.caughtUp) break
  }
  const codec = singleObjectCodec()
  const ports = { log: again, codec, metrics: NO_METRICS, logger: SILENT, now: Date.now, sleep }
  const folding = runProcessor(ports, clientProcessor(codec), stop.signal)
  await eventually('the records are folded again', async () => {
    const done = await again.committed('client-fold', 'client-events')
    return done.reduce<number>((sum, offset) => sum + (offset ?? 0), 0) === events
  })
  stop.abort()
  await folding
  const result = { published: await finalScores(log), recomputed: await finalScores(again) }
  await again.close()
  await log.close()
  return result
}
