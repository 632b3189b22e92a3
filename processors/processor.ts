import { type AnyRecord } from '../lib/codec/codec.ts'
import { type RecordName } from '../schemas/generated/records.ts'
import { type TopicName } from '../schemas/topics.ts'
import { type PartLoader, type SavedPart } from './state/saved-part.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'

/**
 * A fold as the runner sees it. Its state is cut into units that are saved and moved apart; what all
 * units share comes from broadcast topics and is saved apart as well.
 */
export interface Processor {
  /** Consumer group, and the name of its snapshots. */
  readonly group: string
  readonly input: TopicName
  /** Record types of the input that move it; others are passed over undecoded. All of them when left out. */
  readonly reads?: readonly RecordName[]
  readonly broadcast: readonly TopicName[]
  /** All partitions make one state: one member of the group reads them all, others wait to take over. */
  readonly whole: boolean
  /** Which unit a partition's records belong to. */
  unitOf(partition: number): number
  /** `arrivedMs`: when the log took the record, by the log's clock; undefined where it does not tell. */
  step(unit: number, any: AnyRecord, arrivedMs?: number): readonly FoldOutput[]
  /** A record of a broadcast topic. Of the units only those named are told; all when left out. */
  inform(any: AnyRecord, units?: ReadonlySet<number>): readonly FoldOutput[]
  /** What stood under a key of a broadcast topic holds no longer. */
  forget(topic: TopicName, key: string): void
  /** A unit's state as of this call. It may go on while the parts are taken, one save at a time. */
  save(unit: number): Iterable<SavedPart>
  saveShared(): Iterable<SavedPart>
  /** Throws RangeError on parts of another version, and leaves the unit as it was then. */
  load(unit: number): PartLoader
  loadShared(): PartLoader
  /** Forgets what came from broadcast topics; the units stay and see what comes next. */
  forgetShared(): void
  /** Forgets everything: other partitions, or another start. */
  clear(): void
  /** Figures for metrics; names are a closed list. */
  figures(): ReadonlyMap<string, number>
}
