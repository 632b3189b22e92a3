import { parseDocument } from 'yaml'
import { z } from 'zod'
import { AlertWords } from '../../lib/alert-words.ts'
import { type Codec } from '../../lib/codec/codec.ts'
import { type EventLog, type StoredRecord } from '../../lib/event-log.ts'

const Words = z.object({ alerts: AlertWords.prefault({}) })

/** What the policy in force says of alerts. */
export class AlertPolicy {
  #words: AlertWords = AlertWords.parse({})
  #counter = -1

  get words(): AlertWords {
    return this.#words
  }

  /** Takes a version of the control topic; one that cannot be read leaves the one before in force. */
  apply(codec: Codec, record: StoredRecord): void {
    if (record.value === null || !record.key.startsWith('policy/')) return
    const decoded = codec.decode(record.value)
    if (decoded.kind !== 'record' || decoded.type !== 'Control') return
    const { id, body, deleted } = decoded.record
    const counter = Number(/^\d{1,9}/.exec(id)?.[0] ?? NaN)
    const words = deleted || !(counter >= this.#counter) ? undefined : wordsOf(body)
    if (words === undefined) return
    this.#words = words
    this.#counter = counter
  }
}

/** Keeps to the policy of the control topic until the signal aborts; `ready` is called when it is known. */
export async function followPolicy(
  log: Pick<EventLog, 'follow'>,
  codec: Codec,
  policy: AlertPolicy,
  ready: () => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const batch of log.follow({ topics: ['control'], from: 'start', signal })) {
    for (const record of batch.records) policy.apply(codec, record)
    if (batch.caughtUp) ready()
  }
}

function wordsOf(text: string): AlertWords | undefined {
  const document = parseDocument(text)
  if (document.errors.length > 0) return undefined
  try {
    return Words.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {}).data?.alerts
  } catch (error) {
    if (error instanceof Error && error.name === 'ReferenceError') return undefined
    throw error
  }
}
