import { PopulationTable } from '../../behaviour/population-table.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { partitionOf } from '../../lib/murmur2.ts'
import { clientEntity, parseAddress } from '../../lib/client-entity.ts'
import { type AnyRecord, type Codec } from '../../lib/codec/codec.ts'
import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type Processor } from '../processor.ts'
import { type PartLoader } from '../state/saved-part.ts'
import { loadRecords, saveRecords } from '../state/shared-records.ts'
import { ClientFold, DEFAULT_LIMITS, type FoldLimits } from './client-fold.ts'
import { feedbackOutcome } from './feedback.ts'
import { type FoldOutput } from './fold-output.ts'
import { Lists } from './lists.ts'

const SHARED_VERSION = 2

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
    saveShared: () => saveRecords(codec, SHARED_VERSION, recordsOf(knowledge)),
    *load(unit): PartLoader {
      const made = new ClientFold(knowledge, limits)
      yield* made.load()
      folds.set(unit, made)
    },
    *loadShared(): PartLoader {
      yield* loadRecords(codec, SHARED_VERSION, takerOf(knowledge))
    },
    clear(): void {
      folds.clear()
      knowledge = { population: new PopulationTable(), lists: new Lists(addresses) }
    },
    figures: () => figuresOf([...folds.values()], knowledge.population.size),
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
