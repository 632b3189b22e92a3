import { PopulationTable } from '../../behaviour/population-table.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { partitionOf } from '../../lib/murmur2.ts'
import { clientEntity, parseAddress } from '../../lib/client-entity.ts'
import { type AnyRecord, type Codec } from '../../lib/codec/codec.ts'
import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type Processor } from '../processor.ts'
import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'
import { loadBytes, partsOf, type PartLoader, type SavedPart } from '../state/saved-part.ts'
import { ClientFold, DEFAULT_LIMITS, type FoldLimits } from './client-fold.ts'
import { feedbackOutcome } from './feedback.ts'
import { type FoldOutput } from './fold-output.ts'
import { Lists } from './lists.ts'

const SHARED_VERSION = 2
const PART_BYTES = 128 * 1024

interface Shared {
  readonly population: PopulationTable
  readonly lists: Lists
}

/** The first fold over all partitions at hand, with the population and the operators' lists. */
export function clientProcessor(
  codec: Codec,
  limits: FoldLimits = DEFAULT_LIMITS,
  addresses: AddressMap = CLEAR_ADDRESSES,
): Processor {
  let knowledge = { population: new PopulationTable(), lists: new Lists(addresses) }
  const folds = new Map<number, ClientFold>()

  function foldOf(unit: number): ClientFold {
    const known = folds.get(unit)
    if (known !== undefined) return known
    const made = new ClientFold(knowledge, limits)
    folds.set(unit, made)
    return made
  }

  function erase(id: string, atMs: number): readonly FoldOutput[] {
    const address = parseAddress(id.split('/', 1)[0] ?? '')
    if (address === undefined) return []
    return [...folds.values()].flatMap((fold) => fold.erase(clientEntity(address), atMs))
  }

  /** To the partition of the client alone; a fold that never saw one of its clients has nothing to change. */
  function takeFeedback(control: Control): readonly FoldOutput[] {
    const record = feedbackOutcome(control, knowledge.lists.find('feedback', control.id))
    if (record === undefined) return []
    const { partitions } = TOPICS['client-events']
    const fold = folds.get(partitionOf(clientEntity(record.clientAddress), partitions))
    return fold?.step({ type: 'Outcome', record }) ?? []
  }

  return {
    group: 'client-fold',
    input: 'client-events',
    broadcast: ['population', 'control'],
    unitOf: (partition) => partition,
    step: (unit, any, arrivedMs) => foldOf(unit).step(any, arrivedMs),
    inform(any): readonly FoldOutput[] {
      if (any.type === 'Population') knowledge.population.apply(any.record)
      if (any.type !== 'Control') return []
      const told = any.record.kind === 'feedback' ? takeFeedback(any.record) : []
      knowledge.lists.apply(any.record)
      const erased = any.record.kind === 'erasure' && !any.record.deleted
      return erased ? erase(any.record.id, any.record.observedAt / 1000) : told
    },
    forget(topic, key): void {
      if (topic === 'population') knowledge.population.remove(key)
    },
    save: (unit) => foldOf(unit).save(),
    saveShared: () => saveShared(codec, knowledge),
    *load(unit): PartLoader {
      const made = new ClientFold(knowledge, limits)
      yield* made.load()
      folds.set(unit, made)
    },
    *loadShared(): PartLoader {
      yield* loadRecords(codec, knowledge)
    },
    clear(): void {
      folds.clear()
      knowledge = { population: new PopulationTable(), lists: new Lists(addresses) }
    },
    figures: () => figuresOf([...folds.values()], knowledge.population.size),
  }
}

/** Records are replaced, never changed: those of now may be encoded while newer ones come. */
function saveShared(codec: Codec, { population, lists }: Shared): Iterable<SavedPart> {
  const records: AnyRecord[] = []
  for (const record of population.rows()) records.push({ type: 'Population', record })
  for (const record of lists.entries()) records.push({ type: 'Control', record })
  return encoded(codec, records)
}

function* encoded(codec: Codec, records: readonly AnyRecord[]): Generator<SavedPart> {
  const head = new ByteWriter()
  head.u32(SHARED_VERSION)
  yield* partsOf('head', head.finish())
  let some: Uint8Array[] = []
  let [bytes, part] = [0, 0]
  for (const any of records) {
    const record = codec.encode(any.type, any.record)
    some.push(record)
    bytes += record.length
    if (bytes < PART_BYTES) continue
    yield sharedPart(part, some)
    ;[some, bytes, part] = [[], 0, part + 1]
  }
  if (some.length > 0) yield sharedPart(part, some)
  yield sharedPart(part + 1, [])
}

/** How many records, and they; none ends it. */
function sharedPart(part: number, records: readonly Uint8Array[]): SavedPart {
  const to = new ByteWriter()
  to.u32(records.length)
  for (const record of records) to.block(record)
  return { kind: 'bytes', name: `${part}`, bytes: to.finish() }
}

function* loadRecords(codec: Codec, { population, lists }: Shared): PartLoader {
  const head = new ByteReader(yield* loadBytes())
  if (head.u32() !== SHARED_VERSION) throw new RangeError('shared state of another version')
  for (;;) {
    const from = new ByteReader(yield)
    const records = from.u32()
    if (records === 0) return
    for (let left = records; left > 0; left -= 1) {
      const decoded = codec.decode(from.block())
      if (decoded.kind !== 'record') continue
      if (decoded.type === 'Population') population.apply(decoded.record)
      if (decoded.type === 'Control') lists.apply(decoded.record)
    }
  }
}

function figuresOf(folds: readonly ClientFold[], values: number): ReadonlyMap<string, number> {
  const figures = new Map([['population_rows', values]])
  const add = (name: string, by: number): void => {
    figures.set(name, (figures.get(name) ?? 0) + by)
  }
  for (const fold of folds) {
    const { clients, pairs, evictions } = fold.sizes
    add('clients', clients)
    add('pairs', pairs)
    add('evictions', evictions)
    for (const [reason, count] of fold.unmoved) add(`unmoved_${reason.replace('-', '_')}`, count)
  }
  return figures
}
