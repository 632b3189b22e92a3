import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const MOST = 16_384

/** A success that was told of a server, so that a late incident can take it back. */
export interface Success {
  readonly serverId: string
  readonly group: string
  readonly weight: number
  /** Event time, microseconds. */
  readonly since: number
}

/**
 * Newest successes under the ids that an incident may name: decision, connection, or the outcome that
 * is revoked. Bounded: what is pushed out cannot be taken back any more, and each is taken back once.
 */
export class SuccessMemory {
  readonly #byId = new Map<string, Remembered>()

  put(ids: readonly (Uint8Array | null)[], success: Success): void {
    const keys = ids.filter((id) => id !== null).map(keyOf)
    for (const key of keys) {
      this.#byId.set(key, { success, keys })
      if (this.#byId.size <= MOST) continue
      for (const oldest of this.#byId.keys()) {
        this.#byId.delete(oldest)
        break
      }
    }
  }

  /** The success under one of these ids, which is forgotten under all of its own. */
  take(ids: readonly (Uint8Array | null)[]): Success | undefined {
    for (const id of ids) {
      const found = id === null ? undefined : this.#byId.get(keyOf(id))
      if (found === undefined) continue
      for (const key of found.keys) this.#byId.delete(key)
      return found.success
    }
    return undefined
  }

  save(to: ByteWriter): void {
    to.u32(this.#byId.size)
    for (const [key, { success, keys }] of this.#byId) {
      to.block(Buffer.from(key, 'latin1'))
      to.text(success.serverId)
      to.text(success.group)
      to.f64(success.weight)
      to.f64(success.since)
      to.u32(keys.length)
      for (const other of keys) to.block(Buffer.from(other, 'latin1'))
    }
  }

  load(from: ByteReader): void {
    const key = (): string => Buffer.from(from.block()).toString('latin1')
    for (let left = from.u32(); left > 0; left -= 1) {
      const id = key()
      const [serverId, group] = [from.text(), from.text()]
      const success = { serverId, group, weight: from.f64(), since: from.f64() }
      const keys: string[] = []
      for (let more = from.u32(); more > 0; more -= 1) keys.push(key())
      this.#byId.set(id, { success, keys })
    }
  }
}

interface Remembered {
  readonly success: Success
  /** All keys it stands under. */
  readonly keys: readonly string[]
}

function keyOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1')
}
