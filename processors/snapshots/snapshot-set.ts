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
}

/** Which parts a snapshot is made of: name and SHA-256 (hex), in their order. */
export type Manifest = ReadonlyMap<string, string>

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
  const body = to.finish()
  return record(place, -1, manifest.size, hashOf(body), body)
}

/** Undefined when the bytes are not those that were written. */
export function readManifest({ body, contentHash }: Snapshot): Manifest | undefined {
  if (hashOf(body) !== contentHash) return undefined
  const from = new ByteReader(body)
  const manifest = new Map<string, string>()
  for (let left = from.u32(); left > 0; left -= 1) {
    manifest.set(from.text(), Buffer.from(from.bytes(32)).toString('hex'))
  }
  return manifest
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
