import { type Parcel } from './kafka-client.ts'
import { requestsOf } from './parcels.ts'

interface Waiting {
  readonly parcels: readonly Parcel[]
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Sent together at most; what is larger goes alone. */
const ROUND_BYTES = 4 * 1024 * 1024

/**
 * Appends wait here while one request is on its way, then go together: one round at a time keeps the
 * order of a key over retries, and many small appends become few batches. Who appends bounds what waits.
 */
export class SendQueue {
  readonly #send: (parcels: readonly Parcel[]) => Promise<void>
  readonly #waiting: Waiting[] = []
  #sending = false

  constructor(send: (parcels: readonly Parcel[]) => Promise<void>) {
    this.#send = send
  }

  /** Resolves when all of them are stored. */
  put(parcels: readonly Parcel[]): Promise<void> {
    if (parcels.length === 0) return Promise.resolve()
    const bytes = parcels.reduce((sum, parcel) => sum + parcel.bytes, 0)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ parcels, bytes, resolve, reject })
      if (!this.#sending) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#sending = true
    // What is appended in the same turn goes in the same round.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const round = this.#take()
      try {
        const parcels = round.flatMap((one) => one.parcels)
        for (const request of requestsOf(parcels)) await this.#send(request)
        for (const { resolve } of round) resolve()
      } catch (error) {
        for (const { reject } of round) reject(error)
      }
    }
    this.#sending = false
  }

  #take(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    for (const one of this.#waiting) {
      bytes += one.bytes
      if (count > 0 && bytes > ROUND_BYTES) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }
}
