import { clientEntity, parseAddress } from '../../lib/client-entity.ts'
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
      if (units?.has(UNIT) === false) return []
      if (any.type !== 'Control' || any.record.kind !== 'erasure' || any.record.deleted) return []
      const address = parseAddress(any.record.id.split('/', 1)[0] ?? '')
      if (address !== undefined) fold.erase(clientEntity(address))
      return []
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
