import { clientEntity, parseAddress } from '../lib/client-entity.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'

interface Erasing {
  erase(entity: string, atMs: number): readonly FoldOutput[]
}

/** Erases a client (`address`, or `address/...`) from all folds, or from those of the units named. */
export function eraseClient(
  folds: ReadonlyMap<number, Erasing>,
  id: string,
  atMs: number,
  units?: ReadonlySet<number>,
): readonly FoldOutput[] {
  const address = parseAddress(id.split('/', 1)[0] ?? '')
  if (address === undefined) return []
  const told = [...folds].filter(([unit]) => units?.has(unit) ?? true)
  return told.flatMap(([, fold]) => fold.erase(clientEntity(address), atMs))
}
