import { erasedClient } from '../erased-client.ts'
import { type Processor } from '../processor.ts'
import { type PartLoader } from '../state/saved-part.ts'
import { SiteFold } from './site-fold.ts'

const UNIT = 0

/** The site fold: a site is one, whatever partitions its sightings come on. */
export function siteProcessor(): Processor {
  let fold = new SiteFold()
  return {
    group: 'site-fold',
    input: 'sightings',
    reads: ['Sighting'],
    broadcast: ['control'],
    whole: true,
    unitOf: () => UNIT,
    step: (_unit, any) => fold.step(any),
    inform(any, units) {
      const client = units?.has(UNIT) === false ? undefined : erasedClient(any)
      if (client === undefined || any.type !== 'Control') return []
      return fold.erase(client, any.record)
    },
    forget(): void {
      // An erasure is not taken back.
    },
    save: () => fold.save(),
    saveShared: () => [],
    *load(): PartLoader {
      const made = new SiteFold()
      yield* made.load()
      fold = made
    },
    *loadShared(): PartLoader {
      // Nothing is shared.
    },
    forgetShared(): void {
      // Nothing is shared.
    },
    clear: () => {
      fold = new SiteFold()
    },
    figures: () => fold.figures,
  }
}
