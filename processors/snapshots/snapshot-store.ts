import { type Codec } from '../../lib/codec/codec.ts'
import { type EventLog, type Lease, type LogRecord } from '../../lib/event-log.ts'
import { type Snapshot } from '../../schemas/generated/records.ts'
import { entryFromBytes, entryToBytes, type LaneEntry, type Run } from '../order/lanes.ts'
import { type SavedPart } from '../state/saved-part.ts'
import {
  entryKey,
  entryPlace,
  entryRecord,
  hashOf,
  manifestKey,
  manifestRecord,
  partKey,
  NO_MARK,
  partRecord,
  readManifest,
  type Manifest,
  type Mark,
} from './snapshot-set.ts'

export interface SnapshotPorts {
  readonly log: Pick<EventLog, 'append' | 'follow'>
  readonly codec: Codec
  /** Milliseconds since 1970. */
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** A whole snapshot as it was stored. */
export interface StoredSnapshot {
  readonly offsets: Snapshot['offsets']
  readonly parts: readonly Uint8Array[]
  readonly mark: Mark
  /** What its last holder took after it, in its turn. */
  readonly runs: readonly Run[]
}

/** What was found of a group. */
export interface Found {
  readonly snapshots: ReadonlyMap<number, StoredSnapshot>
  /** Entries of the order that are there, by unit, those without use included. */
  readonly slots: ReadonlyMap<number, number>
}

/** Written at once; between two such slices the stream goes on. */
const SLICE_BYTES = 1024 * 1024
const SLICE_PARTS = 64
const DELETIONS_AT_ONCE = 1_000

/** Snapshots of one group on the topic `snapshots`. */
export class SnapshotStore {
  readonly #ports: SnapshotPorts
  readonly #group: string
  /** Parts of the newest whole snapshot, by partition. */
  readonly #manifests = new Map<number, Manifest>()
  readonly #never = new AbortController().signal

  constructor(ports: SnapshotPorts, group: string) {
    this.#ports = ports
    this.#group = group
  }

  /** The newest whole snapshot of each partition asked for, and the order of what came after it. */
  async read(partitions: readonly number[]): Promise<Found> {
    const stored = await this.#collect()
    const entries = this.#entries(stored)
    const found = new Map<number, StoredSnapshot>()
    for (const partition of partitions) {
      this.#manifests.delete(partition)
      const last = this.#decode(stored.get(manifestKey(this.#group, partition)))
      const manifest = last === undefined ? undefined : readManifest(last)
      if (last === undefined || manifest === undefined) continue
      const { mark } = manifest
      const parts = await this.#parts(stored, partition, manifest.parts)
      if (parts === undefined) continue
      this.#manifests.set(partition, manifest.parts)
      const after = (entries.get(partition) ?? []).filter(({ holder }) => holder === mark.holder)
      const runs = after.flatMap((entry) => entry.runs).filter(({ turn }) => turn > mark.turn)
      found.set(partition, { offsets: last.offsets, parts, mark, runs })
    }
    const slots = [...entries].map(([unit, some]) => {
      return [unit, Math.max(...some.map(({ slot }) => slot)) + 1] as const
    })
    return { snapshots: found, slots: new Map(slots) }
  }

  /** To be appended together with what the records made. */
  entryToLog(entry: LaneEntry): LogRecord {
    const { unit, slot } = entry
    const savedAt = this.#ports.now() * 1000
    const place = { group: this.#group, partition: unit, offsets: [], savedAt, mark: NO_MARK }
    const snapshot = entryRecord(place, slot, entryToBytes(entry))
    return this.#toLog(entryKey(this.#group, unit, slot), snapshot)
  }

  #entries(stored: ReadonlyMap<string, Uint8Array>): Map<number, LaneEntry[]> {
    const entries = new Map<number, LaneEntry[]>()
    for (const [key, value] of stored) {
      const place = entryPlace(this.#group, key)
      if (place === undefined) continue
      const body = this.#decode(value)?.body
      const entry = body && entryFromBytes(place.unit, place.slot, body)
      const some = entries.get(place.unit) ?? []
      entries.set(place.unit, some)
      if (entry !== undefined) some.push(entry)
    }
    return entries
  }

  /**
   * Durable when it resolves. Takes the parts slice by slice, so that others have their turn; parts
   * that are stored are not stored again. Rejects `fenced` when the lease was taken over.
   */
  async write(
    partition: number,
    parts: Iterable<SavedPart>,
    offsets: Snapshot['offsets'],
    lease: Lease,
    mark: Mark = NO_MARK,
  ): Promise<void> {
    const savedAt = this.#ports.now() * 1000
    const place = { group: this.#group, partition, offsets, savedAt, mark }
    const before: Manifest = this.#manifests.get(partition) ?? new Map<string, string>()
    const stored = new Set(before.values())
    const manifest = new Map<string, string>()
    let slice: LogRecord[] = []
    let bytes = 0
    let taken = 0
    for (const part of parts) {
      const hash = part.kind === 'bytes' ? hashOf(part.bytes) : before.get(part.name)
      if (hash === undefined) throw new Error(`no stored part ${part.name} of ${partition}`)
      manifest.set(part.name, hash)
      if (part.kind === 'bytes') taken += 1
      if (part.kind === 'bytes' && !stored.has(hash)) {
        stored.add(hash)
        slice.push(
          this.#toLog(partKey(this.#group, partition, hash), partRecord(place, hash, part.bytes)),
        )
        bytes += part.bytes.length
      }
      if (bytes < SLICE_BYTES && taken < SLICE_PARTS) continue
      await this.#append(slice, lease)
      ;[slice, bytes, taken] = [[], 0, 0]
    }
    await this.#append(slice, lease)
    const whole = this.#toLog(manifestKey(this.#group, partition), manifestRecord(place, manifest))
    await this.#append([whole], lease)
    this.#manifests.set(partition, manifest)
    await this.#deleteStale(partition, before, manifest, lease)
  }

  async #append(records: readonly LogRecord[], lease: Lease): Promise<void> {
    if (records.length === 0) await this.#breathe()
    else await this.#ports.log.append('snapshots', records, lease)
  }

  async #deleteStale(
    partition: number,
    before: Manifest,
    now: Manifest,
    lease: Lease,
  ): Promise<void> {
    const kept = new Set(now.values())
    const stale = [...new Set(before.values())].filter((hash) => !kept.has(hash))
    const timestampMs = this.#ports.now()
    for (let at = 0; at < stale.length; at += DELETIONS_AT_ONCE) {
      const some = stale.slice(at, at + DELETIONS_AT_ONCE)
      const deletions = some.map((hash) => {
        return { key: partKey(this.#group, partition, hash), value: null, timestampMs }
      })
      await this.#ports.log.append('snapshots', deletions, lease)
    }
  }

  /** Lets the event loop see to what waits: leases are kept by it. */
  #breathe(): Promise<void> {
    return this.#ports.sleep(0, this.#never)
  }

  #toLog(key: string, snapshot: Snapshot): LogRecord {
    const value = this.#ports.codec.encode('Snapshot', snapshot)
    return { key, value, timestampMs: Math.floor(snapshot.observedAt / 1000) }
  }

  #decode(value: Uint8Array | undefined): Snapshot | undefined {
    if (value === undefined) return undefined
    const decoded = this.#ports.codec.decode(value)
    return decoded.kind === 'record' && decoded.type === 'Snapshot' ? decoded.record : undefined
  }

  /** Undefined when one is missing or not what it was: then there is no snapshot. */
  async #parts(
    stored: ReadonlyMap<string, Uint8Array>,
    partition: number,
    manifest: Manifest,
  ): Promise<readonly Uint8Array[] | undefined> {
    const parts: Uint8Array[] = []
    for (const hash of manifest.values()) {
      const part = this.#decode(stored.get(partKey(this.#group, partition, hash)))
      if (part === undefined || hashOf(part.body) !== hash) return undefined
      parts.push(part.body)
      if (parts.length % SLICE_PARTS === 0) await this.#breathe()
    }
    return parts
  }

  async #collect(): Promise<ReadonlyMap<string, Uint8Array>> {
    const stop = new AbortController()
    const stored = new Map<string, Uint8Array>()
    const following = this.#ports.log.follow({
      topics: ['snapshots'],
      from: 'start',
      signal: stop.signal,
    })
    for await (const { records, caughtUp } of following) {
      for (const { key, value } of records) {
        if (!key.startsWith(`${this.#group}/`)) continue
        if (value === null) stored.delete(key)
        else stored.set(key, value)
      }
      if (caughtUp) stop.abort()
    }
    return stored
  }
}
