import { type PartLoader, type SavedPart } from '../../processors/state/saved-part.ts'

/** The bytes of a whole save. */
export function bytesOf(parts: Iterable<SavedPart>): Uint8Array[] {
  return [...parts].map((part) => {
    if (part.kind === 'same') throw new Error(`${part.name} was not written`)
    return part.bytes
  })
}

/** Loads what was saved at once. */
export function loadAll(loader: PartLoader, parts: readonly Uint8Array[]): void {
  loader.next()
  for (const part of parts) loader.next(part)
}
