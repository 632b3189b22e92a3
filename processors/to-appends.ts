import { type Codec } from '../lib/codec/codec.ts'
import { encodedOrLetter } from '../lib/encoded.ts'
import { type LogRecord } from '../lib/event-log.ts'
import { topicOf } from '../lib/record-key.ts'
import { type TopicName } from '../schemas/topics.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'

/**
 * Outputs of folds as records of their topics, in their order. In the place of one that breaks its schema
 * comes a dead letter, and `spoilt` is told of its topic: a fault of ours must not stop the fold.
 */
export function toAppends(
  codec: Codec,
  outputs: readonly FoldOutput[],
  spoilt: (topic: TopicName) => void = () => undefined,
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
    const made = encodedOrLetter(output, codec)
    if (!('fault' in made)) {
      put(topicOf(output.type), made)
      continue
    }
    spoilt(topicOf(output.type))
    if (made.letter !== undefined) put('dead-letters', made.letter)
  }
  return appends
}
