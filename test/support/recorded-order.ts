import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type EventLog, type StoredRecord } from '../../lib/event-log.ts'
import { NO_METRICS } from '../../lib/metrics.ts'
import { recordKey } from '../../lib/record-key.ts'
import { foldRecord } from '../../processors/fold-record.ts'
import { entryFromBytes, type LaneEntry } from '../../processors/order/lanes.ts'
import { placeKey } from '../../processors/order/place-cursor.ts'
import { type Processor } from '../../processors/processor.ts'
import { entryPlace, manifestKey, readManifest } from '../../processors/snapshots/snapshot-set.ts'
import { type RecordName } from '../../schemas/generated/records.ts'
import { type TopicName } from '../../schemas/topics.ts'

const codec = singleObjectCodec()

/** The last record of every type and key, as text to be compared; null: withdrawn. */
export type LastRecords = ReadonlyMap<string, string | null>

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

/** What stands on a topic, of these types. Of sightings, which are no table, every one. */
export async function lastPublished(
  log: EventLog,
  topic: TopicName,
  types: readonly RecordName[],
): Promise<LastRecords> {
  const last = new Map<string, string | null>()
  for (const { key, value } of await all(log, [topic])) {
    if (value === null) {
      for (const type of types) if (last.has(`${type} ${key}`)) last.set(`${type} ${key}`, null)
      continue
    }
    const decoded = codec.decode(value)
    if (decoded.kind === 'record' && types.includes(decoded.type)) put(last, decoded)
  }
  return last
}

function put(last: Map<string, string | null>, any: AnyRecord): void {
  const key = any.type === 'Sighting' ? hex(any.record.eventId) : recordKey(any)
  const bytes = codec.encode(any.type, any.record)
  last.set(`${any.type} ${key}`, hex(bytes))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/**
 * Entries of a group that were ever written, in the order in which their holders came. A snapshot says the same
 * by where its unit stood.
 */
async function entriesOf(log: EventLog, group: string): Promise<readonly LaneEntry[]> {
  const entries: LaneEntry[] = []
  for (const { key, value } of await all(log, ['snapshots'])) {
    const decoded = value === null ? undefined : codec.decode(value)
    if (decoded?.kind !== 'record' || decoded.type !== 'Snapshot') continue
    const { partition: unit, body, offsets } = decoded.record
    if (decoded.record.group !== group) continue
    const place = entryPlace(group, key)
    if (place !== undefined) entries.push(entryFromBytes(unit, place.slot, body))
    if (key !== manifestKey(group, unit)) continue
    const { holder = '', turn = 0 } = readManifest(decoded.record)?.mark ?? {}
    const runs = offsets.map((one) => ({ turn, place: placeKey(one), next: one.offset }))
    entries.push({ unit, slot: -1, holder, runs })
  }
  const generation = ({ holder }: LaneEntry): number => Number.parseInt(holder)
  const turn = ({ runs }: LaneEntry): number => runs.at(-1)?.turn ?? 0
  return entries.sort((a, b) => generation(a) - generation(b) || turn(a) - turn(b))
}

/**
 * What one fold makes that nothing ever disturbed, of each unit's records in the order which its holders
 * recorded: the last of every type and key, of the types asked for.
 */
export async function lastInRecordedOrder(
  log: EventLog,
  processorOf: () => Processor,
  types: readonly RecordName[],
): Promise<LastRecords> {
  const { group, input, broadcast } = processorOf()
  const places = Map.groupBy(await all(log, [input, ...broadcast]), placeKey)
  const last = new Map<string, string | null>()
  const byUnit = Map.groupBy(await entriesOf(log, group), ({ unit }) => unit)
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
          if (output.kind === 'record' && types.includes(output.type)) put(last, output)
          if (output.kind !== 'withdraw') continue
          for (const type of types) {
            if (last.has(`${type} ${output.key}`)) last.set(`${type} ${output.key}`, null)
          }
        }
      }
    }
  }
  return last
}
