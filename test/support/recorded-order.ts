import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type EventLog, type StoredRecord } from '../../lib/event-log.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { clientProcessor } from '../../processors/client-fold/client-processor.ts'
import { foldRecord } from '../../processors/fold-record.ts'
import { entryFromBytes, type LaneEntry } from '../../processors/order/lanes.ts'
import { placeKey } from '../../processors/order/place-cursor.ts'
import { type Processor } from '../../processors/processor.ts'
import { entryPlace, manifestKey, readManifest } from '../../processors/snapshots/snapshot-set.ts'
import { type TopicName } from '../../schemas/topics.ts'
import { type FinalScore } from './recomputed-scores.ts'

const GROUP = 'client-fold'
const codec = singleObjectCodec()

async function all(log: EventLog, topics: readonly TopicName[]): Promise<StoredRecord[]> {
  const stop = new AbortController()
  const records: StoredRecord[] = []
  for await (const batch of log.follow({ topics, from: 'start', signal: stop.signal })) {
    records.push(...batch.records)
    if (batch.caughtUp) break
  }
  stop.abort()
  return records
}

/**
 * Entries of the client fold that were ever written, in the order in which their holders came. A snapshot says
 * the same by where its unit stood.
 */
async function entriesOf(log: EventLog): Promise<readonly LaneEntry[]> {
  const entries: LaneEntry[] = []
  for (const { key, value } of await all(log, ['snapshots'])) {
    const decoded = value === null ? undefined : codec.decode(value)
    if (decoded?.kind !== 'record' || decoded.type !== 'Snapshot') continue
    const { group, partition: unit, body, offsets } = decoded.record
    if (group !== GROUP) continue
    const place = entryPlace(GROUP, key)
    if (place !== undefined) entries.push(entryFromBytes(unit, place.slot, body))
    if (key !== manifestKey(GROUP, unit)) continue
    const { holder = '', turn = 0 } = readManifest(decoded.record)?.mark ?? {}
    const runs = offsets.map((one) => ({ turn, place: placeKey(one), next: one.offset }))
    entries.push({ unit, slot: -1, holder, runs })
  }
  const generation = ({ holder }: LaneEntry): number => Number.parseInt(holder)
  const turn = ({ runs }: LaneEntry): number => runs.at(-1)?.turn ?? 0
  return entries.sort((a, b) => generation(a) - generation(b) || turn(a) - turn(b))
}

/**
 * The last score of every entity as one fold makes it that nothing ever disturbed, of each unit's records in
 * the order which its holders recorded.
 */
export async function scoresInRecordedOrder(
  log: EventLog,
  processorOf: () => Processor = () => clientProcessor(codec),
): Promise<ReadonlyMap<string, FinalScore>> {
  const records = await all(log, ['client-events', 'population', 'control'])
  const places = Map.groupBy(records, placeKey)
  const scores = new Map<string, FinalScore>()
  const byUnit = Map.groupBy(await entriesOf(log), ({ unit }) => unit)
  for (const entries of byUnit.values()) {
    const processor = processorOf()
    const at = new Map<string, number>()
    for (const { place, next } of entries.flatMap(({ runs }) => runs)) {
      const from = at.get(place) ?? 0
      if (next <= from) continue
      at.set(place, next)
      const run = (places.get(place) ?? []).filter(({ offset }) => offset >= from && offset < next)
      for (const stored of run) {
        for (const output of foldRecord({ codec, metrics: NO_METRICS }, processor, stored)) {
          if (output.kind !== 'record' || output.type !== 'Score') continue
          const { entity, value, evidence, band } = output.record
          scores.set(entity, { value, evidence, band })
        }
      }
    }
  }
  return scores
}
