import { eventId } from '../lib/event-id.ts'
import { type Batch, type Lease, type StoredRecord, type TopicPartition } from '../lib/event-log.ts'
import { type DeadLetter, type Snapshot } from '../schemas/generated/records.ts'
import { type SavedPart } from './state/saved-part.ts'
import { TOPICS } from '../schemas/topics.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'
import { type Processor } from './processor.ts'
import { type ProcessorPorts, type RunOptions } from './run.ts'
import { type SnapshotStore, type StoredSnapshot } from './snapshots/snapshot-store.ts'

/** Partition number under which what all units share is saved. */
const SHARED = -1
/** Bytes of a dead letter: what could not be decoded may hold secrets. */
const FIRST_BYTES = 32
/** Parts loaded without a pause: about 10 ms. */
const PARTS_AT_ONCE = 16

/** What is to be written of one unit. */
interface Save {
  readonly partition: number
  readonly parts: Iterable<SavedPart>
  readonly offsets: Snapshot['offsets']
}

/** A processor's state together with how far in each input it has come. */
export class ProcessorState {
  readonly #ports: ProcessorPorts
  readonly #processor: Processor
  readonly #store: SnapshotStore
  readonly #options: RunOptions
  #lease: Lease | undefined
  /** Next offset by `topic/partition`, of what the state contains. */
  readonly #positions = new Map<string, number>()
  /** Outputs below these offsets were appended before an earlier crash. */
  readonly #emitted = new Map<string, number>()
  #sinceSnapshot = 0
  /** No batch is in hand: what the state contains is in the log. */
  #between = true
  #saving: Promise<void> | undefined
  #failure: { readonly cause: unknown } | undefined
  readonly #never = new AbortController().signal
  #snapshotAtMs = 0

  constructor(
    ports: ProcessorPorts,
    processor: Processor,
    store: SnapshotStore,
    options: RunOptions,
  ) {
    this.#ports = ports
    this.#processor = processor
    this.#store = store
    this.#options = options
  }

  /** Loads the newest snapshots of newly taken partitions; the answer says where to go on. */
  async assign(lease: Lease): Promise<ReadonlyMap<string, number>> {
    await this.revoke()
    const partitions = this.#inputsOf(lease)
    const units = [...new Set(partitions.map((n) => this.#processor.unitOf(n)))]
    const saved = await this.#store.read([...units, SHARED])
    for (const place of this.#placesOf(partitions)) this.#positions.set(placeKey(place), 0)
    await this.#restore(saved)
    await this.#readCommitted(partitions)
    this.#lease = lease
    this.#snapshotAtMs = this.#ports.now()
    const { group } = this.#processor
    this.#ports.logger.info('took partitions', { group, partitions, snapshots: saved.size })
    return new Map(this.#positions)
  }

  async revoke(): Promise<void> {
    // What is being written is fenced by its lease; its end is awaited, for its state goes now.
    await this.#saving
    this.#processor.clear()
    this.#lease = undefined
    this.#positions.clear()
    this.#emitted.clear()
    this.#sinceSnapshot = 0
    this.#failure = undefined
    this.#between = true
  }

  /** What the records of a batch make that was not appended yet. */
  fold(batch: Batch): readonly FoldOutput[] {
    this.#between = false
    const outputs: FoldOutput[] = []
    for (const stored of batch.records) {
      const made = this.#one(stored)
      if (!this.#replays(stored)) outputs.push(...made)
      this.#positions.set(placeKey(stored), stored.offset + 1)
    }
    return outputs
  }

  committed(batch: Batch): void {
    this.#between = true
    this.#sinceSnapshot += batch.records.length
  }

  /**
   * Begins a snapshot of now when one is due, unless one is being written or a batch is in hand, whose
   * outputs are not in the log yet. It is written while the stream goes on. Throws what an earlier one
   * failed with.
   */
  saveIfDue(): void {
    this.#throwFailure()
    if (!this.#between || this.#saving !== undefined || !this.#due()) return
    const saving = this.#save()
    this.#saving = saving.then(
      () => {
        this.#saving = undefined
      },
      (cause: unknown) => {
        this.#saving = undefined
        this.#failure = { cause }
      },
    )
  }

  /** Resolves when all that was committed is saved. */
  async saveIfChanged(): Promise<void> {
    await this.#saving
    this.#throwFailure()
    if (this.#between) await this.#save()
  }

  #throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.cause
  }

  #due(): boolean {
    if (this.#sinceSnapshot === 0) return false
    const age = this.#ports.now() - this.#snapshotAtMs
    const { snapshotEveryMs, snapshotEveryRecords } = this.#options
    return this.#sinceSnapshot >= snapshotEveryRecords || age >= snapshotEveryMs
  }

  /** Up to its first await this is the state of one moment; then it is written, slice by slice. */
  async #save(): Promise<void> {
    const lease = this.#lease
    if (lease === undefined || this.#sinceSnapshot === 0) return
    const began = this.#ports.now()
    const { group } = this.#processor
    const saves = this.#freeze(lease)
    this.#sinceSnapshot = 0
    this.#snapshotAtMs = began
    for (const { partition, parts, offsets } of saves) {
      await this.#store.write(partition, parts, offsets, lease)
    }
    const seconds = (this.#ports.now() - began) / 1000
    this.#ports.metrics.observe('vestibule_snapshot_seconds', seconds, { group })
  }

  /** Units first and what they share last: replayed units must find it no newer than they are. */
  #freeze(lease: Lease): readonly Save[] {
    const partitions = this.#inputsOf(lease)
    const units = [...new Set(partitions.map((n) => this.#processor.unitOf(n)))]
    const saves = units.map((unit): Save => {
      const mine = partitions.filter((n) => this.#processor.unitOf(n) === unit)
      const places = mine.map((partition) => ({ topic: this.#processor.input, partition }))
      return { partition: unit, parts: this.#processor.save(unit), offsets: this.#offsets(places) }
    })
    if (this.#processor.broadcast.length === 0) return saves
    const offsets = this.#offsets(this.#broadcastPlaces())
    return [...saves, { partition: SHARED, parts: this.#processor.saveShared(), offsets }]
  }

  #offsets(places: readonly TopicPartition[]): Snapshot['offsets'] {
    return places.map((place) => ({ ...place, offset: this.#positions.get(placeKey(place)) ?? 0 }))
  }

  async #restore(saved: ReadonlyMap<number, StoredSnapshot>): Promise<void> {
    for (const [unit, { parts, offsets }] of saved) {
      try {
        await this.#load(unit, parts)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        this.#ports.logger.warn('snapshot of another version: replaying the log instead', {
          group: this.#processor.group,
          unit,
        })
        continue
      }
      for (const place of offsets) this.#positions.set(placeKey(place), place.offset)
    }
  }

  /** With pauses: who reads for seconds without one loses its lease. */
  async #load(unit: number, parts: readonly Uint8Array[]): Promise<void> {
    const loader = unit === SHARED ? this.#processor.loadShared() : this.#processor.load(unit)
    let taken = loader.next()
    for (const [i, part] of parts.entries()) {
      if (taken.done === true) break
      taken = loader.next(part)
      if (i % PARTS_AT_ONCE === 0) await this.#ports.sleep(0, this.#never)
    }
    if (taken.done !== true) throw new RangeError('snapshot ends too early')
  }

  async #readCommitted(partitions: readonly number[]): Promise<void> {
    const { group, input } = this.#processor
    const committed = await this.#ports.log.committed(group, input)
    for (const partition of partitions) {
      this.#emitted.set(placeKey({ topic: input, partition }), committed[partition] ?? 0)
    }
  }

  /** Whether the outputs of a record were appended in an earlier life. */
  #replays(stored: StoredRecord): boolean {
    const emitted = this.#emitted.get(placeKey(stored))
    if (emitted !== undefined) return stored.offset < emitted
    for (const [place, offset] of this.#emitted) {
      if ((this.#positions.get(place) ?? 0) < offset) return true
    }
    return false
  }

  #one(stored: StoredRecord): readonly FoldOutput[] {
    if (stored.value === null) {
      if (stored.topic !== this.#processor.input) this.#processor.forget(stored.topic, stored.key)
      return []
    }
    if (this.#passesOver(stored.topic, stored.value)) return []
    const decoded = this.#ports.codec.decode(stored.value)
    if (decoded.kind === 'reject') {
      this.#ports.metrics.count('vestibule_undecodable_total', 1, { reason: decoded.code })
      return [{ kind: 'record', type: 'DeadLetter', record: letter(stored, decoded.code) }]
    }
    if (stored.topic !== this.#processor.input) return this.#processor.inform(decoded)
    const unit = this.#processor.unitOf(stored.partition)
    return this.#processor.step(unit, decoded, stored.arrivedMs)
  }

  #passesOver(topic: string, value: Uint8Array): boolean {
    const { input, reads } = this.#processor
    if (reads === undefined || topic !== input) return false
    const peeked = this.#ports.codec.peek(value)
    return peeked.kind === 'body' && !reads.includes(peeked.type)
  }

  #inputsOf(lease: Lease): readonly number[] {
    return lease.partitions
      .filter(({ topic }) => topic === this.#processor.input)
      .map(({ partition }) => partition)
  }

  #placesOf(partitions: readonly number[]): readonly TopicPartition[] {
    const { input } = this.#processor
    return [
      ...partitions.map((partition) => ({ topic: input, partition })),
      ...this.#broadcastPlaces(),
    ]
  }

  #broadcastPlaces(): readonly TopicPartition[] {
    return this.#processor.broadcast.flatMap((topic) =>
      Array.from({ length: TOPICS[topic].partitions }, (_, partition) => ({ topic, partition })),
    )
  }
}

function placeKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}

function letter(stored: StoredRecord, code: string): DeadLetter {
  const place = `${placeKey(stored)}/${stored.offset}`
  const value = stored.value ?? new Uint8Array()
  return {
    eventId: eventId('DeadLetter', place, 0),
    observedAt: stored.timestampMs * 1000,
    ingestedAt: stored.timestampMs * 1000,
    sensor: 'processors',
    site: '',
    code,
    place,
    topic: stored.topic,
    clientAddress: null,
    firstBytes: value.slice(0, FIRST_BYTES),
    length: value.length,
  }
}
