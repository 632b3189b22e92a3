import { type AnyRecord } from '../lib/codec/codec.ts'
import { type FoldOutput } from './client-fold/fold-output.ts'
import { erasedClient } from './erased-client.ts'

interface Erasing {
  erase(entity: string, atMs: number): readonly FoldOutput[]
}

/** Where the record erases a client: from all folds, or from those of the units named. */
export function eraseClient(
  folds: ReadonlyMap<number, Erasing>,
  any: AnyRecord,
  units?: ReadonlySet<number>,
): readonly FoldOutput[] {
  const client = erasedClient(any)
  if (client === undefined || any.type !== 'Control') return []
  const atMs = any.record.observedAt / 1000
  const told = [...folds].filter(([unit]) => units?.has(unit) ?? true)
  return told.flatMap(([, fold]) => fold.erase(client, atMs))
}
