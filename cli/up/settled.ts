import { setTimeout as sleep } from 'node:timers/promises'
import { type EventLog } from '../../lib/event-log.ts'
import { TOPIC_NAMES, type TopicName } from '../../schemas/topics.ts'

/** Folds that read a topic beside its sink. */
const FOLDS: Partial<Record<TopicName, readonly string[]>> = {
  'client-events': ['client-fold', 'habit-fold'],
  sightings: ['population-fold', 'server-fold'],
}
const LOOK_EVERY_MS = 20

/**
 * Resolves true when all that is on the log is folded and in history and nothing more came between two
 * looks, false when that is not so within the time or the signal aborts.
 */
export async function settled(
  log: Pick<EventLog, 'ends' | 'committed'>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  let before: string | undefined
  while (Date.now() < deadline && signal?.aborted !== true) {
    const ends = await Promise.all(TOPIC_NAMES.map((topic) => endOf(log, topic)))
    const now = ends.includes(undefined) ? undefined : ends.join(' ')
    if (now !== undefined && now === before) return true
    before = now
    await sleep(LOOK_EVERY_MS)
  }
  return false
}

/** The topic's end as text; undefined while a reader is behind it. */
async function endOf(
  log: Pick<EventLog, 'ends' | 'committed'>,
  topic: TopicName,
): Promise<string | undefined> {
  if (topic === 'snapshots') return ''
  const ends = await log.ends(topic)
  const groups = [`sink-${topic}`, ...(FOLDS[topic] ?? [])]
  const done = await Promise.all(groups.map((group) => log.committed(group, topic)))
  const behind = done.some((offsets) => ends.some((end, n) => (offsets[n] ?? 0) < end))
  return behind ? undefined : ends.join()
}
