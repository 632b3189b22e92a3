import { type Processor } from '../processor.ts'
import { type PartLoader } from '../state/saved-part.ts'
import { ServerFold } from './server-fold.ts'

/** The server fold: a server's outcomes come on one partition, so its reputation is whole with one holder. */
export function serverProcessor(): Processor {
  let fold = new ServerFold()
  return {
    group: 'server-fold',
    input: 'sightings',
    reads: ['Served'],
    broadcast: [],
    whole: true,
    unitOf: () => 0,
    step: (_unit, any) => fold.step(any),
    inform: () => [],
    forget(): void {
      // Nothing is broadcast to it.
    },
    save: () => fold.save(),
    saveShared: () => [],
    *load(): PartLoader {
      const made = new ServerFold()
      yield* made.load()
      fold = made
    },
    *loadShared(): PartLoader {
      // Nothing is shared.
    },
    forgetShared: () => undefined,
    clear: () => {
      fold = new ServerFold()
    },
    figures: () => new Map([['servers', fold.size]]),
  }
}
