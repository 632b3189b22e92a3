import { type Processor } from '../processor.ts'
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
    broadcast: [],
    unitOf: () => 0,
    step: (_unit, any) => fold.step(any),
    inform: () => [],
    save: () => fold.save(),
    saveShared: () => new Uint8Array(),
    load: (_unit, bytes) => {
      fold.load(bytes)
    },
    loadShared: () => undefined,
    clear: () => {
      fold = new PopulationFold()
    },
    figures: () => new Map(),
  }
}
