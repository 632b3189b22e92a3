import { setTimeout as sleep } from 'node:timers/promises'
import { TOPIC_NAMES, TOPICS, type TopicName } from '../../../schemas/topics.ts'
import { type KafkaClient, type TopicPlan } from './kafka-client.ts'

/** Key and value of a record have at most this many bytes together, as in the embedded log. */
export const MAX_RECORD_BYTES = 1024 * 1024
/** What a batch of one such record takes around it, and room to spare. */
const MAX_BATCH_BYTES = MAX_RECORD_BYTES + 64 * 1024
const SEGMENT_BYTES = 128 * 1024 * 1024
const DAY_MS = 86_400_000
/** Sensors' clocks are judged by the stages, not by the broker. */
const ANY_TIME = '9223372036854775807'

const LOOK_EVERY_MS = 50
const MOST_LOOKS = 200

/** The topics of an installation: its prefix tells them from those of others on the same cluster. */
export function topicPlans(prefix: string): readonly TopicPlan[] {
  return TOPIC_NAMES.map((name) => planOf(prefix, name))
}

function planOf(prefix: string, name: TopicName): TopicPlan {
  const { partitions, cleanup, retentionMs, wholeMs } = TOPICS[name]
  const settings = new Map([
    ['cleanup.policy', cleanup],
    ['retention.ms', String(retentionMs ?? -1)],
    ['max.message.bytes', String(MAX_BATCH_BYTES)],
    // On topics that keep records for a time the broker's clock counts, whatever a sensor's says; a batch has both.
    ['message.timestamp.type', cleanup === 'delete' ? 'LogAppendTime' : 'CreateTime'],
    ['message.timestamp.before.max.ms', ANY_TIME],
    ['message.timestamp.after.max.ms', ANY_TIME],
  ])
  if (cleanup === 'compact') {
    settings.set('min.compaction.lag.ms', String(wholeMs))
    settings.set('segment.bytes', String(SEGMENT_BYTES))
    settings.set('segment.ms', String(DAY_MS))
    settings.set('min.cleanable.dirty.ratio', '0.3')
    settings.set('delete.retention.ms', String(DAY_MS))
  }
  return { topic: `${prefix}${name}`, partitions, settings }
}

/** Settings that may be larger than planned: then more is kept, or taken, than was asked for. */
const AT_LEAST: readonly string[] = ['retention.ms', 'max.message.bytes', 'min.compaction.lag.ms']
/** Settings that must be as planned. Others are the operator's to tune. */
const EXACTLY: readonly string[] = ['cleanup.policy', 'message.timestamp.type']

/**
 * Makes what is missing and looks at what is there. The fault names topic, setting, what was found and
 * what is wanted; undefined when all is well.
 */
export async function ensureTopics(
  client: KafkaClient,
  plans: readonly TopicPlan[],
): Promise<string | undefined> {
  const names = plans.map(({ topic }) => topic)
  const found = await describe(client, names)
  const missing = plans.filter(({ topic }) => !found.some((one) => one.topic === topic))
  if (missing.length > 0) await client.create(missing)
  const now = missing.length === 0 ? found : await made(client, plans)
  for (const plan of plans) {
    const one = now.find(({ topic }) => topic === plan.topic)
    const fault = one === undefined ? `topic ${plan.topic} could not be made` : differs(one, plan)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** Every broker has to hear of a new topic, and of its partitions one by one: looks again until all are there. */
async function made(
  client: KafkaClient,
  plans: readonly TopicPlan[],
): Promise<readonly TopicPlan[]> {
  const names = plans.map(({ topic }) => topic)
  for (let looks = 0; ; looks += 1) {
    const found = await describe(client, names)
    const whole = plans.every(({ topic, partitions }) =>
      found.some((one) => one.topic === topic && one.partitions >= partitions),
    )
    if (whole || looks === MOST_LOOKS) return found
    await sleep(LOOK_EVERY_MS)
  }
}

function describe(client: KafkaClient, names: readonly string[]): Promise<readonly TopicPlan[]> {
  return client.describe(names, [...EXACTLY, ...AT_LEAST])
}

/** The first difference that matters, as a sentence. */
export function differs(found: TopicPlan, wanted: TopicPlan): string | undefined {
  const { topic } = wanted
  if (found.partitions !== wanted.partitions) {
    return sentence(topic, 'partitions', String(found.partitions), String(wanted.partitions))
  }
  for (const name of EXACTLY) {
    const [is, should] = [found.settings.get(name), wanted.settings.get(name)]
    if (is !== should) return sentence(topic, name, is, should)
  }
  for (const name of AT_LEAST) {
    const [is, should] = [found.settings.get(name), wanted.settings.get(name)]
    if (should === undefined) continue
    if (!(unlimited(is) >= unlimited(should))) return sentence(topic, name, is, should)
  }
  return undefined
}

/** -1 means without end where Kafka says so. */
function unlimited(text: string | undefined): number {
  const value = Number(text)
  return value < 0 ? Infinity : value
}

function sentence(topic: string, setting: string, is = 'none', should = 'none'): string {
  const mend = 'change it on the broker, or set VESTIBULE_KAFKA_PREFIX to use other topics'
  return `topic ${topic} exists with ${setting} = ${is}, but Vestibule needs ${should}: ${mend}`
}
