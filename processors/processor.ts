import { type AnyRecord } from '../lib/codec/codec.ts'
import { type TopicName } from '../schemas/topics.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'

/**
 * A fold as the runner sees it. Its state is cut into units that are saved and moved apart; what all
 * units share comes from broadcast topics and is saved apart as well.
 */
export interface Processor {
  /** Consumer group, and the name of its snapshots. */
  readonly group: string
  readonly input: TopicName
  readonly broadcast: readonly TopicName[]
  /** Which unit a partition's records belong to. */
  unitOf(partition: number): number
  step(unit: number, any: AnyRecord): readonly FoldOutput[]
  /** A record of a broadcast topic. */
  inform(any: AnyRecord): readonly FoldOutput[]
  save(unit: number): Uint8Array
  saveShared(): Uint8Array
  /** Throws RangeError on bytes of another version. */
  load(unit: number, bytes: Uint8Array): void
  loadShared(bytes: Uint8Array): void
  /** Forgets everything: other partitions, or another start. */
  clear(): void
  /** Figures for metrics; names are a closed list. */
  figures(): ReadonlyMap<string, number>
}
