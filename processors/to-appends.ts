import { type Codec } from '../lib/codec/codec.ts'
import { type LogRecord } from '../lib/event-log.ts'
import { recordKey, topicOf } from '../lib/record-key.ts'
import { type TopicName } from '../schemas/topics.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'

/** Outputs of folds as records of their topics, in their order. */
export function toAppends(
  codec: Codec,
  outputs: readonly FoldOutput[],
): ReadonlyMap<TopicName, LogRecord[]> {
  const appends = new Map<TopicName, LogRecord[]>()
  const put = (topic: TopicName, record: LogRecord): void => {
    const records = appends.get(topic)
    if (records === undefined) appends.set(topic, [record])
    else records.push(record)
  }
  for (const output of outputs) {
    if (output.kind === 'withdraw') {
      put(output.topic, { key: output.key, value: null, timestampMs: Math.floor(output.atMs) })
      continue
    }
    const key = recordKey(output)
    const value = codec.encode(output.type, output.record, key)
    const timestampMs = Math.floor(output.record.observedAt / 1000)
    put(topicOf(output.type), { key, value, timestampMs })
  }
  return appends
}
