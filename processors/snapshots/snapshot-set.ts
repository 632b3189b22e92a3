import { createHash } from 'node:crypto'
import { MODEL_VERSION } from '../../behaviour/model-version.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Snapshot } from '../../schemas/generated/records.ts'
import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'

/** Where a snapshot belongs, and the input positions it contains. */
export interface SnapshotPlace {
  readonly group: string
  readonly partition: number
  readonly offsets: Snapshot['offsets']
  /** When it was saved, microseconds. */
  readonly savedAt: number
  /** Who saved it, and after which of its turns (processors/order); none where the log has one order. */
  readonly mark: Mark
}

export interface Mark {
  readonly holder: string
  readonly turn: number
}

export const NO_MARK: Mark = { holder: '', turn: 0 }

/** Which parts a snapshot is made of: name and SHA-256 (hex), in their order. */
export type Manifest = ReadonlyMap<string, string>

/** Chunk number of what is no part of a snapshot: the list of parts, and the order of records after it. */
const MANIFEST = -1
const ENTRY = -2

/** Key of a part: named by content, so that no snapshot overwrites part of the last whole one. */
export function partKey(group: string, partition: number, hash: string): string {
  return `${group}/${partition}/${hash}`
}

/** Key of the list of parts: the newest one is the newest whole snapshot. */
export function manifestKey(group: string, partition: number): string {
  return `${group}/${partition}/manifest`
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function partRecord(place: SnapshotPlace, hash: string, body: Uint8Array): Snapshot {
  return record({ ...place, offsets: [] }, 0, 1, hash, body)
}

export function manifestRecord(place: SnapshotPlace, manifest: Manifest): Snapshot {
  const to = new ByteWriter()
  to.u32(manifest.size)
  for (const [name, hash] of manifest) {
    to.text(name)
    to.bytes(Buffer.from(hash, 'hex'))
  }
  to.text(place.mark.holder)
  to.f64(place.mark.turn)
  const body = to.finish()
  return record(place, MANIFEST, manifest.size, hashOf(body), body)
}

const ORDER = '/order/'

/** Key of an entry of a unit's order: overwritten once a snapshot contains what it says. */
export function entryKey(group: string, partition: number, slot: number): string {
  return `${group}/${partition}${ORDER}${slot}`
}

/** The unit and slot of such a key. */
export function entryPlace(group: string, key: string): { unit: number; slot: number } | undefined {
  const at = key.indexOf(ORDER)
  if (at < 0 || !key.startsWith(`${group}/`)) return undefined
  return {
    unit: Number(key.slice(group.length + 1, at)),
    slot: Number(key.slice(at + ORDER.length)),
  }
}

export function entryRecord(place: SnapshotPlace, slot: number, body: Uint8Array): Snapshot {
  return record({ ...place, offsets: [] }, ENTRY, slot, hashOf(body), body)
}

/** Undefined when the bytes are not those that were written. */
export function readManifest({
  body,
  contentHash,
}: Snapshot): { readonly parts: Manifest; readonly mark: Mark } | undefined {
  if (hashOf(body) !== contentHash) return undefined
  const from = new ByteReader(body)
  const parts = new Map<string, string>()
  for (let left = from.u32(); left > 0; left -= 1) {
    parts.set(from.text(), Buffer.from(from.bytes(32)).toString('hex'))
  }
  const mark = from.left === 0 ? NO_MARK : { holder: from.text(), turn: from.f64() }
  return { parts, mark }
}

function record(
  { group, partition, offsets, savedAt }: SnapshotPlace,
  chunk: number,
  chunks: number,
  contentHash: string,
  body: Uint8Array,
): Snapshot {
  return {
    eventId: eventId('Snapshot', `${group}/${partition}/${contentHash}`, Math.max(0, chunk)),
    observedAt: savedAt,
    ingestedAt: savedAt,
    sensor: group,
    site: '',
    group,
    partition,
    chunk,
    chunks,
    contentHash,
    offsets,
    modelVersion: MODEL_VERSION,
    body,
  }
}
