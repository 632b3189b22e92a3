import { createHash } from 'node:crypto'
import { MODEL_VERSION } from '../../behaviour/model-version.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Snapshot } from '../../schemas/generated/records.ts'

/** Below the log's limit of 1 MiB a record, with room for its other fields. */
const CHUNK_BYTES = 512 * 1024

/** State of one unit and the input positions it contains. */
export interface SavedState {
  readonly body: Uint8Array
  readonly offsets: Snapshot['offsets']
}

/** Key of a chunk: named by content, so that a new snapshot never overwrites part of the last whole one. */
export function chunkKey(chunk: Snapshot): string {
  return `${chunk.group}/${chunk.partition}/${chunk.contentHash}/${chunk.chunk}`
}

/** Cuts state into chunks. `nowUs` is when it was saved. */
export function cutSnapshot(
  group: string,
  partition: number,
  state: SavedState,
  nowUs: number,
): readonly Snapshot[] {
  const contentHash = hashOf(state)
  const chunks = Math.max(1, Math.ceil(state.body.length / CHUNK_BYTES))
  return Array.from({ length: chunks }, (_, chunk) => ({
    eventId: eventId('Snapshot', `${group}/${partition}/${contentHash}`, chunk),
    observedAt: nowUs,
    ingestedAt: nowUs,
    sensor: group,
    site: '',
    group,
    partition,
    chunk,
    chunks,
    contentHash,
    offsets: state.offsets,
    modelVersion: MODEL_VERSION,
    body: state.body.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES),
  }))
}

/** Collects chunks and gives the newest snapshot that is whole and whose hash is right. */
export class SnapshotCollector {
  readonly #sets = new Map<string, Snapshot[]>()

  add(chunk: Snapshot): void {
    const key = `${chunk.partition}/${chunk.contentHash}`
    const set = this.#sets.get(key)
    if (set === undefined) this.#sets.set(key, [chunk])
    else set.push(chunk)
  }

  /** The newest whole one of a partition, and the keys of its chunks. */
  newest(partition: number): WholeSnapshot | undefined {
    const whole = [...this.#sets.values()]
      .filter((set) => set[0]?.partition === partition)
      .map(joined)
      .filter((set) => set !== undefined)
    return whole.sort((a, b) => b.savedAt - a.savedAt)[0]
  }
}

export interface WholeSnapshot extends SavedState {
  readonly savedAt: number
  readonly keys: readonly string[]
}

function joined(set: readonly Snapshot[]): WholeSnapshot | undefined {
  const byChunk = new Map(set.map((chunk) => [chunk.chunk, chunk]))
  const [first] = set
  if (byChunk.size !== first?.chunks) return undefined
  const ordered = [...byChunk.values()].sort((a, b) => a.chunk - b.chunk)
  const body = Buffer.concat(ordered.map((chunk) => chunk.body))
  const state = { body, offsets: first.offsets }
  if (hashOf(state) !== first.contentHash) return undefined
  return { ...state, savedAt: first.observedAt, keys: ordered.map(chunkKey) }
}

function hashOf({ body, offsets }: SavedState): string {
  const places = offsets.map(({ topic, partition, offset }) => `${topic}/${partition}=${offset}`)
  return createHash('sha256').update(places.join('\n')).update(body).digest('hex')
}
