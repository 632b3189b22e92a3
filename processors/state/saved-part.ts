/**
 * One part of saved state. Parts have names, so that one that did not change since the last whole
 * snapshot is named only and not written again. At most about 512 KiB, below the log's limit of a record.
 */
export type SavedPart =
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'same'; readonly name: string }

/** Takes the parts that were saved, in their order: `next(part)` for each, after a first `next()`. */
export type PartLoader = Generator<void, void, Uint8Array>

const PART_BYTES = 512 * 1024

/** Bytes of any length as parts, with a first one that says how many there are. */
export function* partsOf(name: string, bytes: Uint8Array): Generator<SavedPart> {
  const count = Math.ceil(bytes.length / PART_BYTES)
  yield { kind: 'bytes', name, bytes: new Uint8Array(Uint32Array.of(count).buffer) }
  for (let i = 0; i < count; i += 1) {
    const cut = bytes.subarray(i * PART_BYTES, (i + 1) * PART_BYTES)
    yield { kind: 'bytes', name: `${name}/${i}`, bytes: cut }
  }
}

/** The bytes that `partsOf` cut. */
export function* loadBytes(): Generator<void, Uint8Array, Uint8Array> {
  const head: Uint8Array = yield
  const count = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true)
  const parts: Uint8Array[] = []
  while (parts.length < count) parts.push(yield)
  return Buffer.concat(parts)
}

/** Parts of several places, one after another, each under the name of its place. */
export function* joinedParts(
  places: readonly (readonly [place: string, parts: Iterable<SavedPart>])[],
): Generator<SavedPart> {
  for (const [place, parts] of places) {
    for (const part of parts) yield { ...part, name: `${place}/${part.name}` }
  }
}
