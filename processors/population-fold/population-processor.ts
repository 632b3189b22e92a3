import { erasedClient } from '../erased-client.ts'
import { type Processor } from '../processor.ts'
import { type PartLoader } from '../state/saved-part.ts'
import { PopulationFold } from './population-fold.ts'

const UNIT = 0

/**
 * The second fold. All partitions a holder has are one population: totals of a part of the values
 * would make the rest look common.
 */
export function populationProcessor(): Processor {
  let fold = new PopulationFold()
  return {
    group: 'population-fold',
    input: 'sightings',
    reads: ['Sighting'],
    broadcast: ['control'],
    whole: true,
    unitOf: () => UNIT,
    step: (_unit, any) => fold.step(any),
    inform(any, units) {
      const client = units?.has(UNIT) === false ? undefined : erasedClient(any)
      if (client === undefined || any.type !== 'Control') return []
      fold.erase(client, any.record.observedAt / 1000)
      return []
    },
    forget: () => undefined,
    save: () => fold.save(),
    saveShared: () => [],
    *load(): PartLoader {
      const made = new PopulationFold()
      yield* made.load()
      fold = made
    },
    *loadShared(): PartLoader {
      // Nothing is shared.
    },
    forgetShared: () => undefined,
    clear: () => {
      fold = new PopulationFold()
    },
    figures: () => new Map(),
  }
}
