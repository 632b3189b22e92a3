import { setTimeout as sleep } from 'node:timers/promises'
import { orAborted } from '../../../lib/or-aborted.ts'
import { isFault, type Place, type Take } from './kafka-client.ts'
import { type FetchWire } from './wires.ts'

const AGAIN_MS = 100

interface Reading {
  readonly place: Place
  at: number
}

/** Reads partitions from offsets on until the signal aborts, through brokers that go and leaders that move. */
export async function readPlaces(
  wire: FetchWire,
  from: ReadonlyMap<Place, number>,
  signal: AbortSignal,
  take: Take,
): Promise<void> {
  const readings = [...from].map(([place, at]): Reading => ({ place, at }))
  try {
    for (;;) {
      const failure = await readOnce(wire, readings, signal, take).catch((error: unknown) => ({
        cause: error,
      }))
      if (failure === undefined || isOver(signal)) return
      await recover(wire, readings, failure.cause)
      await sleep(AGAIN_MS)
    }
  } finally {
    wire.close()
  }
}

function isOver({ aborted }: AbortSignal): boolean {
  return aborted
}

/** One loop per leader, until one of them fails: then the leaders are looked up again. */
async function readOnce(
  wire: FetchWire,
  readings: readonly Reading[],
  signal: AbortSignal,
  take: Take,
): Promise<undefined> {
  const topics = [...new Set(readings.map(({ place }) => place.topic))]
  const leaderOf = await orAborted(wire.leaders(topics), signal)
  if (leaderOf === 'aborted') return undefined
  const failed = new AbortController()
  const ended = AbortSignal.any([signal, failed.signal])
  const byLeader = Map.groupBy(readings, ({ place }) => leaderOf(place))
  const loops = [...byLeader].map(([node, some]) =>
    fetchLoop(wire, node, some, ended, take).catch((error: unknown) => {
      failed.abort()
      throw error
    }),
  )
  const results = await Promise.allSettled(loops)
  const broken = results.find((result) => result.status === 'rejected')
  if (broken !== undefined) throw broken.reason
  return undefined
}

async function fetchLoop(
  wire: FetchWire,
  node: number,
  readings: readonly Reading[],
  signal: AbortSignal,
  take: Take,
): Promise<void> {
  const byPlace = new Map(readings.map((one) => [keyOf(one.place), one]))
  for (let turn = 0; !signal.aborted; turn += 1) {
    const fetching = wire.fetch(node, rotated(readings, turn))
    const response = await orAborted(fetching, signal)
    if (response === 'aborted') {
      fetching.catch(() => undefined)
      return
    }
    for (const fetched of response) {
      const reading = byPlace.get(keyOf(fetched))
      if (reading === undefined) continue
      reading.at = fetched.next
      if ((await orAborted(take(fetched), signal)) === 'aborted') return
    }
  }
}

/** Every turn begins with another partition, so that a full answer never leaves out the same ones. */
function rotated(readings: readonly Reading[], turn: number): readonly Reading[] {
  const shift = turn % Math.max(1, readings.length)
  return [...readings.slice(shift), ...readings.slice(0, shift)]
}

function keyOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`
}

/** Throws what will not pass. Offsets that retention took away go on at the start. */
async function recover(
  wire: FetchWire,
  readings: readonly Reading[],
  fault: unknown,
): Promise<void> {
  if (isFault(fault, 'out-of-range')) return toWhatIsThere(wire, readings)
  if (!isFault(fault, 'unavailable') && !isFault(fault, 'unknown-topic')) throw fault
}

async function toWhatIsThere(wire: FetchWire, readings: readonly Reading[]): Promise<void> {
  for (const [topic, some] of Map.groupBy(readings, ({ place }) => place.topic)) {
    const starts = await wire.offsets(topic, 'start')
    const ends = await wire.offsets(topic, 'end')
    for (const reading of some) {
      const [start = 0, end = 0] = [starts, ends].map((all) => all[reading.place.partition])
      if (reading.at < start || reading.at > end) reading.at = start
    }
  }
}
