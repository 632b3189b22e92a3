import { PopulationTable } from '../../behaviour/population-table.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { partitionOf } from '../../lib/murmur2.ts'
import { clientEntity } from '../../lib/client-entity.ts'
import { type AnyRecord, type Codec } from '../../lib/codec/codec.ts'
import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { eraseClient } from '../erase-client.ts'
import { type Processor } from '../processor.ts'
import { type PartLoader } from '../state/saved-part.ts'
import { loadRecords, saveRecords } from '../state/shared-records.ts'
import { ClientFold, DEFAULT_LIMITS, type FoldLimits } from './client-fold.ts'
import { feedbackOutcome } from './feedback.ts'
import { type FoldOutput } from './fold-output.ts'
import { fullListsAlert } from './full-lists.ts'
import { Lists, MOST_ENTRIES } from './lists.ts'

const SHARED_VERSION = 2

interface Shared {
  readonly population: PopulationTable
  readonly lists: Lists
}

function nothingKnown(addresses: AddressMap, mostEntries: number): Shared {
  return { population: new PopulationTable(), lists: new Lists(addresses, mostEntries) }
}

/** The first fold over all partitions at hand, with the population and the operators' lists. */
export function clientProcessor(
  codec: Codec,
  limits: FoldLimits = DEFAULT_LIMITS,
  addresses: AddressMap = CLEAR_ADDRESSES,
  mostEntries = MOST_ENTRIES,
): Processor {
  // Folds see it through this one object; what it holds is replaced.
  const knowledge = nothingKnown(addresses, mostEntries)
  const folds = new Map<number, ClientFold>()

  function foldOf(unit: number): ClientFold {
    const fold = folds.get(unit) ?? new ClientFold(knowledge, limits)
    folds.set(unit, fold)
    return fold
  }

  const forgetShared = (): void => {
    Object.assign(knowledge, nothingKnown(addresses, mostEntries))
  }

  /** To the partition of the client alone; a fold that never saw one of its clients has nothing to change. */
  function takeFeedback(control: Control, units?: ReadonlySet<number>): readonly FoldOutput[] {
    const record = feedbackOutcome(control, knowledge.lists.find('feedback', control.id))
    if (record === undefined) return []
    const { partitions } = TOPICS['client-events']
    const unit = partitionOf(clientEntity(record.clientAddress), partitions)
    const fold = (units?.has(unit) ?? true) ? folds.get(unit) : undefined
    return fold?.step({ type: 'Outcome', record }) ?? []
  }

  return {
    group: 'client-fold',
    input: 'client-events',
    broadcast: ['population', 'control'],
    whole: false,
    unitOf: (partition) => partition,
    step: (unit, any, arrivedMs) => foldOf(unit).step(any, arrivedMs),
    inform(any, units): readonly FoldOutput[] {
      if (any.type === 'Population') knowledge.population.apply(any.record)
      if (any.type !== 'Control') return []
      const told = any.record.kind === 'feedback' ? takeFeedback(any.record, units) : []
      if (!knowledge.lists.apply(any.record)) return fullListsAlert(any.record, knowledge.lists)
      return any.record.kind === 'erasure' ? eraseClient(folds, any, units) : told
    },
    forget(topic, key): void {
      if (topic === 'population') knowledge.population.remove(key)
    },
    save: (unit) => foldOf(unit).save(),
    saveShared: () => saveRecords(codec, SHARED_VERSION, recordsOf(knowledge)),
    *load(unit): PartLoader {
      const made = new ClientFold(knowledge, limits)
      yield* made.load()
      folds.set(unit, made)
    },
    *loadShared(): PartLoader {
      yield* loadRecords(codec, SHARED_VERSION, takerOf(knowledge))
    },
    forgetShared,
    clear(): void {
      folds.clear()
      forgetShared()
    },
    figures: () => figuresOf([...folds.values()], knowledge),
  }
}

function takerOf({ population, lists }: Shared): (any: AnyRecord) => void {
  return (any) => {
    if (any.type === 'Population') population.apply(any.record)
    if (any.type === 'Control') lists.apply(any.record)
  }
}

function recordsOf({ population, lists }: Shared): readonly AnyRecord[] {
  const records: AnyRecord[] = []
  for (const record of population.rows()) records.push({ type: 'Population', record })
  for (const record of lists.entries()) records.push({ type: 'Control', record })
  return records
}

function figuresOf(folds: readonly ClientFold[], shared: Shared): ReadonlyMap<string, number> {
  const { population, lists } = shared
  const figures = new Map([
    ['population_rows', population.size],
    ['list_entries', lists.size],
    ['list_entries_left_out', lists.leftOut],
  ])
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
