import { batteryWords } from '../../behaviour/models/nonce-battery.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { ProfilePool } from '../state/profile-pool.ts'
import { joinedParts, type PartLoader, type SavedPart } from '../state/saved-part.ts'

/** From this many nonces on no flood of newcomers pushes a client out. */
const PROTECTED_FROM = 3

/**
 * Running counts over the nonces of clients. In pools of their own, and fewer than the clients: who
 * comes once has nothing to be tested.
 */
export class NoncePools {
  readonly #pools: Readonly<Record<Protocol, ProfilePool>>

  constructor(capacity: number) {
    this.#pools = {
      tls: new ProfilePool(batteryWords(32), capacity),
      ssh: new ProfilePool(batteryWords(16), capacity),
    }
  }

  /** A view of the client's counts, valid until another client is opened. */
  open(protocol: Protocol, client: string): Uint32Array {
    const pool = this.#pools[protocol]
    const slot = pool.open(client)
    const from = pool.wordOf(slot)
    const counts = pool.chunkOf(slot).u32.subarray(from, from + pool.words)
    if ((counts[0] ?? 0) >= PROTECTED_FROM) pool.protect(slot)
    return counts
  }

  remove(protocol: Protocol, client: string): void {
    this.#pools[protocol].remove(client)
  }

  save(): Iterable<SavedPart> {
    return joinedParts([
      ['tls', this.#pools.tls.save()],
      ['ssh', this.#pools.ssh.save()],
    ])
  }

  *load(): PartLoader {
    yield* this.#pools.tls.load()
    yield* this.#pools.ssh.load()
  }
}
