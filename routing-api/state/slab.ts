/** Block sizes are multiples of this; the largest record with its header, bytes. */
const STEP = 64
const LARGEST = 16_384
const CHUNK = 1 << 20

/**
 * Byte strings of up to 16 KiB in blocks of multiples of 64 bytes, on chunks of 1 MiB: a million
 * encoded records are a few hundred allocations, a freed block is used again by the next record of
 * its size, and nothing has to be moved. Handles are positive integers; 0 is none.
 */
export class Slab {
  readonly #maxBytes: number
  readonly #chunks: Uint8Array[] = []
  readonly #free = new Map<number, number[]>()
  #at = CHUNK

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes reserved. */
  get bytes(): number {
    return this.#chunks.length * CHUNK
  }

  /** Copies bytes in and returns their handle, or 0 when they are too large or there is no room. */
  put(bytes: Uint8Array): number {
    if (bytes.length + 4 > LARGEST) return 0
    const blocks = Math.ceil((bytes.length + 4) / STEP)
    const place = this.#free.get(blocks)?.pop() ?? this.#take(blocks)
    if (place === 0) return 0
    const chunk = this.#chunkOf(place)
    const at = offsetOf(place)
    chunk[at] = bytes.length & 0xff
    chunk[at + 1] = bytes.length >> 8
    chunk[at + 2] = blocks & 0xff
    chunk[at + 3] = blocks >> 8
    chunk.set(bytes, at + 4)
    return place
  }

  /** A view of the bytes; valid until they are freed. */
  get(handle: number): Uint8Array {
    const chunk = this.#chunkOf(handle)
    const at = offsetOf(handle)
    const length = (chunk[at] ?? 0) | ((chunk[at + 1] ?? 0) << 8)
    return chunk.subarray(at + 4, at + 4 + length)
  }

  free(handle: number): void {
    const chunk = this.#chunkOf(handle)
    const at = offsetOf(handle)
    const blocks = (chunk[at + 2] ?? 0) | ((chunk[at + 3] ?? 0) << 8)
    chunk.fill(0, at, at + blocks * STEP)
    const list = this.#free.get(blocks)
    if (list === undefined) this.#free.set(blocks, [handle])
    else list.push(handle)
  }

  #take(blocks: number): number {
    if (this.#at + blocks * STEP > CHUNK) {
      if (this.bytes + CHUNK > this.#maxBytes) return 0
      this.#chunks.push(new Uint8Array(CHUNK))
      this.#at = 0
    }
    const handle = (this.#chunks.length - 1) * (CHUNK / STEP) + this.#at / STEP + 1
    this.#at += blocks * STEP
    return handle
  }

  #chunkOf(handle: number): Uint8Array {
    const chunk = this.#chunks[Math.floor((handle - 1) / (CHUNK / STEP))]
    if (chunk === undefined) throw new RangeError(`no block ${handle}`)
    return chunk
  }
}

function offsetOf(handle: number): number {
  return ((handle - 1) % (CHUNK / STEP)) * STEP
}
