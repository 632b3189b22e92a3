import { type Codec } from '../../lib/codec/codec.ts'
import { type EventLog, type Lease, type LogRecord } from '../../lib/event-log.ts'
import { chunkKey, cutSnapshot, SnapshotCollector, type SavedState } from './snapshot-set.ts'

export interface SnapshotPorts {
  readonly log: Pick<EventLog, 'append' | 'follow'>
  readonly codec: Codec
  /** Milliseconds since 1970. */
  now(): number
}

/** Snapshots of one group on the topic `snapshots`. */
export class SnapshotStore {
  readonly #ports: SnapshotPorts
  readonly #group: string
  /** Keys of the newest whole snapshot, by partition: to be deleted when a newer one is whole. */
  readonly #keys = new Map<number, readonly string[]>()

  constructor(ports: SnapshotPorts, group: string) {
    this.#ports = ports
    this.#group = group
  }

  /** The newest whole snapshot of each partition asked for. */
  async read(partitions: readonly number[]): Promise<ReadonlyMap<number, SavedState>> {
    const collector = await this.#collect()
    const found = new Map<number, SavedState>()
    for (const partition of partitions) {
      const newest = collector.newest(partition)
      if (newest === undefined) continue
      this.#keys.set(partition, newest.keys)
      found.set(partition, newest)
    }
    return found
  }

  /** Durable when it resolves. Rejects `fenced` when the lease was taken over. */
  async write(partition: number, state: SavedState, lease: Lease): Promise<void> {
    const nowMs = this.#ports.now()
    const chunks = cutSnapshot(this.#group, partition, state, nowMs * 1000)
    const records = chunks.map((chunk): LogRecord => ({
      key: chunkKey(chunk),
      value: this.#ports.codec.encode('Snapshot', chunk),
      timestampMs: nowMs,
    }))
    await this.#ports.log.append('snapshots', records, lease)
    const keys = records.map(({ key }) => key)
    const stale = (this.#keys.get(partition) ?? []).filter((key) => !keys.includes(key))
    this.#keys.set(partition, keys)
    if (stale.length === 0) return
    const deletions = stale.map((key) => ({ key, value: null, timestampMs: nowMs }))
    await this.#ports.log.append('snapshots', deletions, lease)
  }

  async #collect(): Promise<SnapshotCollector> {
    const stop = new AbortController()
    const collector = new SnapshotCollector()
    const chunks = new Map<string, Uint8Array>()
    const following = this.#ports.log.follow({
      topics: ['snapshots'],
      from: 'start',
      signal: stop.signal,
    })
    for await (const { records, caughtUp } of following) {
      for (const { key, value } of records) {
        if (!key.startsWith(`${this.#group}/`)) continue
        if (value === null) chunks.delete(key)
        else chunks.set(key, value)
      }
      if (caughtUp) stop.abort()
    }
    for (const value of chunks.values()) {
      const decoded = this.#ports.codec.decode(value)
      if (decoded.kind === 'record' && decoded.type === 'Snapshot') collector.add(decoded.record)
    }
    return collector
  }
}
