import { type StoredRecord, type TopicPartition } from '../../lib/event-log.ts'
import { TOPIC_NAMES } from '../../schemas/topics.ts'
import { type FoldOutput } from '../client-fold/fold-output.ts'
import { type Processor } from '../processor.ts'
import { type StoredSnapshot } from '../snapshots/snapshot-store.ts'
import { type Run } from './lanes.ts'
import { placeKey, PlaceCursor, placesOf, type ReadableLog } from './place-cursor.ts'

export interface RecoveryPorts {
  readonly log: ReadableLog
  readonly processor: Processor
  /** Folds a record; of a broadcast one only these units are told. */
  readonly fold: (stored: StoredRecord, told: ReadonlySet<number>) => readonly FoldOutput[]
  /** False when its parts are of another version: the unit is as new. */
  load(unit: number, parts: readonly Uint8Array[]): Promise<boolean>
}

/** What is to be brought back: the units of a lease and what is known of them. */
export interface Lost {
  readonly units: readonly number[]
  readonly saved: ReadonlyMap<number, StoredSnapshot>
  /** Offsets the group committed, by place of the input: outputs below them are in the log. */
  readonly committed: ReadonlyMap<string, number>
}

export interface Recovered {
  /** How far in each place the state has come. */
  readonly positions: ReadonlyMap<string, number>
  /** Made by records whose outputs may not have been appended. */
  readonly outputs: readonly FoldOutput[]
}

/** Units whose snapshots are of one moment of one holder: their turns can be merged. */
interface Origin {
  readonly units: ReadonlySet<number>
  readonly positions: Map<string, number>
  readonly runs: readonly Run[]
}

const NOBODY: ReadonlySet<number> = new Set()

/**
 * Brings state back on a log that has no order over all its places: each unit's snapshot, then the records
 * after it in the order in which its last holder took them. What units share is a function of how far the
 * broadcast topics were read, so it is read again from them, up to where it stood; they keep everything for
 * longer than a snapshot lasts (schemas/topics.ts). Units of several holders are brought back one holder
 * after another, each against what was shared then, and led to the same place at the end.
 */
export async function recover(ports: RecoveryPorts, lost: Lost): Promise<Recovered> {
  const origins = originsOf(lost)
  const outputs: FoldOutput[] = []
  for (const origin of origins) {
    await standAt(ports, origin.positions)
    if (await loaded(ports, origin, lost.saved)) {
      outputs.push(...(await replay(ports, origin, lost.committed)))
    } else {
      origin.positions.clear()
      ports.processor.forgetShared()
    }
  }
  const broadcast = broadcastPlaces(ports.processor)
  const positions = new Map(origins.flatMap((origin) => [...origin.positions]))
  for (const place of broadcast) {
    const key = placeKey(place)
    positions.set(key, Math.max(0, ...origins.map((origin) => origin.positions.get(key) ?? 0)))
  }
  if (origins.length > 1) outputs.push(...(await level(ports, origins, positions)))
  return { positions, outputs }
}

function originsOf({ units, saved }: Lost): readonly Origin[] {
  const groups = Map.groupBy(units, (unit) => {
    const mark = saved.get(unit)?.mark
    return mark === undefined ? '' : `${mark.holder} ${mark.turn}`
  })
  return [...groups.values()].map((together) => {
    const stored = together.flatMap((unit) => saved.get(unit) ?? [])
    const offsets = stored.flatMap((one) => one.offsets)
    return {
      units: new Set(together),
      positions: new Map(offsets.map((one) => [placeKey(one), one.offset])),
      runs: stored.flatMap(({ runs }) => runs).sort((a, b) => a.turn - b.turn),
    }
  })
}

/** False when one is of another version, as all of one holder are then: they begin anew. */
async function loaded(
  ports: RecoveryPorts,
  { units }: Origin,
  saved: ReadonlyMap<number, StoredSnapshot>,
): Promise<boolean> {
  for (const unit of units) {
    const stored = saved.get(unit)
    if (stored !== undefined && !(await ports.load(unit, stored.parts))) return false
  }
  return true
}

/** What units share, as it was at these positions; no unit is told. */
async function standAt(
  { log, processor, fold }: RecoveryPorts,
  positions: ReadonlyMap<string, number>,
): Promise<void> {
  processor.forgetShared()
  for (const place of broadcastPlaces(processor)) {
    const until = positions.get(placeKey(place)) ?? 0
    await reading(log, place, 0, until, (record) => {
      fold(record, NOBODY)
    })
  }
}

async function replay(
  { log, fold }: RecoveryPorts,
  { runs, positions, units }: Origin,
  committed: ReadonlyMap<string, number>,
): Promise<readonly FoldOutput[]> {
  const cursors = new Map<string, PlaceCursor>()
  const outputs: FoldOutput[] = []
  const lastTurn = runs.at(-1)?.turn
  try {
    for (const { turn, place, next } of runs) {
      const at = positions.get(place) ?? 0
      if (at >= next) continue
      const cursor = cursors.get(place) ?? new PlaceCursor(log, placeOf(place), at)
      cursors.set(place, cursor)
      const done = committed.get(place)
      for await (const records of cursor.until(next)) {
        for (const record of records) {
          const made = fold(record, units)
          const open = done === undefined ? turn === lastTurn : record.offset >= done
          if (open) outputs.push(...made)
        }
      }
      positions.set(place, next)
    }
  } finally {
    for (const cursor of cursors.values()) await cursor.close()
  }
  return outputs
}

/** Units that stand behind others are told what those heard. */
async function level(
  { log, processor, fold }: RecoveryPorts,
  origins: readonly Origin[],
  positions: ReadonlyMap<string, number>,
): Promise<readonly FoldOutput[]> {
  const outputs: FoldOutput[] = []
  const places = broadcastPlaces(processor)
  const lowest = new Map(
    places.map((place) => {
      const key = placeKey(place)
      return [key, Math.min(...origins.map((origin) => origin.positions.get(key) ?? 0))]
    }),
  )
  await standAt({ log, processor, fold, load: () => Promise.resolve(false) }, lowest)
  for (const place of places) {
    const key = placeKey(place)
    await reading(log, place, lowest.get(key) ?? 0, positions.get(key) ?? 0, (record) => {
      const behind = origins.filter((one) => (one.positions.get(key) ?? 0) <= record.offset)
      const told = new Set(behind.flatMap(({ units }) => [...units]))
      outputs.push(...fold(record, told))
    })
  }
  return outputs
}

async function reading(
  log: ReadableLog,
  place: TopicPartition,
  from: number,
  until: number,
  take: (record: StoredRecord) => void,
): Promise<void> {
  if (from >= until) return
  const cursor = new PlaceCursor(log, place, from)
  try {
    for await (const records of cursor.until(until)) for (const record of records) take(record)
  } finally {
    await cursor.close()
  }
}

function broadcastPlaces({ broadcast }: Processor): readonly TopicPartition[] {
  return broadcast.flatMap(placesOf)
}

function placeOf(key: string): TopicPartition {
  const at = key.lastIndexOf('/')
  const topic = TOPIC_NAMES.find((name) => name === key.slice(0, at))
  if (topic === undefined) throw new Error(`no topic of ${key}`)
  return { topic, partition: Number(key.slice(at + 1)) }
}
