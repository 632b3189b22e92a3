import { type AnyRecord, type Codec } from '../../lib/codec/codec.ts'
import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type FoldOutput } from '../client-fold/fold-output.ts'
import { Lists } from '../client-fold/lists.ts'
import { eraseClient } from '../erase-client.ts'
import { type Processor } from '../processor.ts'
import { type PartLoader } from '../state/saved-part.ts'
import { loadRecords, saveRecords } from '../state/shared-records.ts'
import { HabitFold, MOST_HABITS } from './habit-fold.ts'

const SHARED_VERSION = 1

/** The habit fold over all partitions at hand, with the operators' lists: own machinery has no habits. */
export function habitProcessor(
  codec: Codec,
  most = MOST_HABITS,
  addresses: AddressMap = CLEAR_ADDRESSES,
): Processor {
  let lists = new Lists(addresses)
  const folds = new Map<number, HabitFold>()

  function foldOf(unit: number): HabitFold {
    const known = folds.get(unit)
    if (known !== undefined) return known
    const made = new HabitFold(most)
    folds.set(unit, made)
    return made
  }

  return {
    group: 'habit-fold',
    input: 'client-events',
    reads: ['Outcome', 'TlsHandshake'],
    broadcast: ['control'],
    whole: false,
    unitOf: (partition) => partition,
    step(unit, any, arrivedMs): readonly FoldOutput[] {
      const client = any.type === 'Outcome' || any.type === 'TlsHandshake'
      if (client && lists.isMachinery(any.record.clientAddress)) return []
      return foldOf(unit).step(any, arrivedMs)
    },
    inform(any, units): readonly FoldOutput[] {
      if (any.type !== 'Control') return []
      lists.apply(any.record)
      return eraseClient(folds, any, units)
    },
    forget(): void {
      // Operators' entries are never withdrawn without a record.
    },
    save: (unit) => foldOf(unit).save(),
    saveShared: () => saveRecords(codec, SHARED_VERSION, recordsOf(lists)),
    *load(unit): PartLoader {
      const made = new HabitFold(most)
      yield* made.load()
      folds.set(unit, made)
    },
    *loadShared(): PartLoader {
      yield* loadRecords(codec, SHARED_VERSION, takerOf(lists))
    },
    forgetShared(): void {
      lists = new Lists(addresses)
    },
    clear(): void {
      folds.clear()
      lists = new Lists(addresses)
    },
    figures: () =>
      new Map([['habits', [...folds.values()].reduce((sum, fold) => sum + fold.size, 0)]]),
  }
}

function recordsOf(lists: Lists): readonly AnyRecord[] {
  return [...lists.entries()].map((record) => ({ type: 'Control', record }))
}

function takerOf(lists: Lists): (any: AnyRecord) => void {
  return (any) => {
    if (any.type === 'Control') lists.apply(any.record)
  }
}
