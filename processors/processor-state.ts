import {
  type Batch,
  type Lease,
  type LogRecord,
  type StoredRecord,
  type TopicPartition,
} from '../lib/event-log.ts'
import { type Snapshot } from '../schemas/generated/records.ts'
import { type SavedPart } from './state/saved-part.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'
import { foldRecord } from './fold-record.ts'
import { loadParts } from './load-parts.ts'
import { Lanes } from './order/lanes.ts'
import { placeKey, placesOf } from './order/place-cursor.ts'
import { recover } from './order/recovery.ts'
import { type Processor } from './processor.ts'
import { type ProcessorPorts, type RunOptions } from './run.ts'
import { toAppends } from './to-appends.ts'
import { NO_MARK } from './snapshots/snapshot-set.ts'
import { type Found, type SnapshotStore } from './snapshots/snapshot-store.ts'

/** Partition number under which what all units share is saved. */
const SHARED = -1

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
  /** The order taken, where the log has none of its own. */
  readonly #lanes = new Lanes()
  #order: readonly LogRecord[] = []
  #folded = 0
  /** No batch is in hand: what the state contains is in the log. */
  #between = true
  #saving: Promise<void> | undefined
  #failure: { readonly cause: unknown } | undefined
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
    const found = await this.#store.read([...units, SHARED])
    for (const place of this.#placesOf(partitions)) this.#positions.set(placeKey(place), 0)
    await this.#readCommitted(partitions)
    this.#lease = lease
    this.#snapshotAtMs = this.#ports.now()
    if (this.#ports.log.globalOrder) await this.#restore(found)
    else await this.#recover(lease, units, found)
    const { group } = this.#processor
    const snapshots = found.snapshots.size
    this.#ports.logger.info('took partitions', { group, partitions, snapshots })
    return new Map(this.#positions)
  }

  /** What was made and perhaps not appended is appended; then a snapshot begins the new holder's order. */
  async #recover(
    lease: Lease,
    units: readonly number[],
    { snapshots, slots }: Found,
  ): Promise<void> {
    if (units.length === 0) return
    const { log, codec } = this.#ports
    const processor = this.#processor
    const { positions, outputs } = await recover(
      {
        log,
        processor,
        fold: (stored, told) => foldRecord(this.#ports, processor, stored, told),
        load: (unit, parts) => this.#loaded(unit, parts),
      },
      { units, saved: snapshots, committed: this.#emitted },
    )
    for (const [place, offset] of positions) this.#positions.set(place, offset)
    for (const [topic, records] of toAppends(codec, outputs)) {
      await log.append(topic, records, lease)
    }
    const began = this.#ports.now()
    const first = Math.min(...lease.partitions.map(({ partition }) => partition))
    const used = units.map((unit) => [unit, slots.get(unit) ?? 0] as const)
    this.#lanes.begin(`${lease.generation}-${first}-${began}`, new Map(used))
    await this.#save(lease)
  }

  async revoke(): Promise<void> {
    // What is being written is fenced by its lease; its end is awaited, for its state goes now.
    await this.#saving
    this.#processor.clear()
    this.#lease = undefined
    this.#positions.clear()
    this.#emitted.clear()
    this.#folded = 0
    this.#failure = undefined
    this.#between = true
  }

  /** What the records of a batch make that was not appended yet. */
  fold(batch: Batch): readonly FoldOutput[] {
    this.#between = false
    const outputs: FoldOutput[] = []
    for (const stored of batch.records) {
      const made = foldRecord(this.#ports, this.#processor, stored)
      if (!this.#replays(stored)) outputs.push(...made)
      this.#positions.set(placeKey(stored), stored.offset + 1)
    }
    if (!this.#ports.log.globalOrder) this.#noteOrder(batch.records, outputs.length > 0)
    return outputs
  }

  /** What is to be appended no later than the outputs of the batch just folded. */
  order(): readonly LogRecord[] {
    const order = this.#order
    this.#order = []
    return order
  }

  /** A batch is of one place, or of several one after another. */
  #noteOrder(records: readonly StoredRecord[], madeOutputs: boolean): void {
    const { input } = this.#processor
    const moved = new Set<number>()
    for (const [at, stored] of records.entries()) {
      const next = records[at + 1]
      const place = placeKey(stored)
      if (next !== undefined && placeKey(next) === place) continue
      const isInput = stored.topic === input
      const units = isInput ? [this.#processor.unitOf(stored.partition)] : this.#lanes.units
      this.#lanes.took(place, stored.offset + 1, units)
      if (isInput || madeOutputs) for (const unit of units) moved.add(unit)
    }
    this.#order = this.#lanes.entries(moved).map((entry) => this.#store.entryToLog(entry))
  }

  committed(batch: Batch): void {
    this.#between = true
    this.#folded += batch.records.length
  }

  /**
   * Begins a snapshot of now when one is due, unless one is being written or a batch is in hand, whose
   * outputs are not in the log yet. It is written while the stream goes on. Throws what an earlier one
   * failed with.
   */
  saveIfDue(): void {
    this.#throwFailure()
    if (!this.#between || this.#saving !== undefined || !this.#isDue()) return
    const saving = this.#save(this.#lease)
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
    if (this.#between && this.#folded > 0) await this.#save(this.#lease)
  }

  #throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.cause
  }

  #isDue(): boolean {
    if (this.#folded === 0) return false
    const age = this.#ports.now() - this.#snapshotAtMs
    const { snapshotEveryMs, snapshotEveryRecords } = this.#options
    return this.#folded >= snapshotEveryRecords || age >= snapshotEveryMs
  }

  /** Up to its first await this is the state of one moment; then it is written, slice by slice. */
  async #save(lease: Lease | undefined): Promise<void> {
    if (lease === undefined) return
    const began = this.#ports.now()
    const { group } = this.#processor
    const saves = this.#freeze(lease)
    const { globalOrder } = this.#ports.log
    const mark = globalOrder ? NO_MARK : this.#lanes.mark
    this.#folded = 0
    this.#snapshotAtMs = began
    for (const { partition, parts, offsets } of saves) {
      await this.#store.write(partition, parts, offsets, lease, mark)
      this.#lanes.saved(partition, mark.turn)
    }
    const seconds = (this.#ports.now() - began) / 1000
    this.#ports.metrics.observe('vestibule_snapshot_seconds', seconds, { group })
  }

  /** Units first and what they share last: replayed units must find it no newer than they are. */
  #freeze(lease: Lease): readonly Save[] {
    const { globalOrder } = this.#ports.log
    const partitions = this.#inputsOf(lease)
    const units = [...new Set(partitions.map((n) => this.#processor.unitOf(n)))]
    const saves = units.map((unit): Save => {
      const mine = partitions.filter((n) => this.#processor.unitOf(n) === unit)
      const inputs = mine.map((partition) => ({ topic: this.#processor.input, partition }))
      const places = globalOrder ? inputs : [...inputs, ...this.#broadcastPlaces()]
      return { partition: unit, parts: this.#processor.save(unit), offsets: this.#offsets(places) }
    })
    // Without one order what is shared is read again from its topics.
    if (this.#processor.broadcast.length === 0 || !globalOrder) return saves
    const offsets = this.#offsets(this.#broadcastPlaces())
    return [...saves, { partition: SHARED, parts: this.#processor.saveShared(), offsets }]
  }

  #offsets(places: readonly TopicPartition[]): Snapshot['offsets'] {
    return places.map((place) => ({ ...place, offset: this.#positions.get(placeKey(place)) ?? 0 }))
  }

  async #restore({ snapshots }: Found): Promise<void> {
    for (const [unit, { parts, offsets }] of snapshots) {
      if (!(await this.#loaded(unit, parts))) continue
      for (const place of offsets) this.#positions.set(placeKey(place), place.offset)
    }
  }

  /** False when it is of another version. */
  async #loaded(unit: number, parts: readonly Uint8Array[]): Promise<boolean> {
    const loader = unit === SHARED ? this.#processor.loadShared() : this.#processor.load(unit)
    const loaded = await loadParts(this.#ports, loader, parts)
    const told = { group: this.#processor.group, unit }
    if (!loaded) this.#ports.logger.warn('snapshot of another version: replaying the log', told)
    return loaded
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
    return this.#processor.broadcast.flatMap(placesOf)
  }
}
