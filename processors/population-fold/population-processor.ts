import { type Processor } from '../processor.ts'
import { type PartLoader } from '../state/saved-part.ts'
import { PopulationFold } from './population-fold.ts'

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
    broadcast: [],
    whole: true,
    unitOf: () => 0,
    step: (_unit, any) => fold.step(any),
    inform: () => [],
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
