import { EventLogError, type Lease } from '../../../lib/event-log.ts'
import {
  isFault,
  type FencedSender,
  type Group,
  type KafkaClient,
  type Parcel,
} from './kafka-client.ts'
import { SendQueue } from './send-queue.ts'

interface Held {
  readonly queue: SendQueue
  close(): Promise<void>
}

/** A lease is written under by whoever has it in hand, through whichever client. */
const HELD = new WeakMap<Lease, Held>()

/**
 * Writing under a lease. Each partition number of a group has a transactional id; a holder writes under
 * that of its lowest number. Who gets partitions first takes over every id of the group, which the broker
 * fences whoever wrote under them with. A holder of today whose id was taken over by a neighbour in this
 * way takes it back, and asks the coordinator *afterwards* whether its generation is still the current one:
 * a holder of yesterday cannot pass that question, however long it slept before it.
 */
export class Fences {
  readonly #client: KafkaClient
  readonly #prefix: string

  constructor(client: KafkaClient, prefix: string) {
    this.#client = client
    this.#prefix = prefix
  }

  /** Before the first record of the lease is given. `count`: partition numbers of the group's topics. */
  async hold(lease: Lease, group: Group, count: number): Promise<void> {
    const mine = Math.min(...lease.partitions.map(({ partition }) => partition))
    const numbers = Array.from({ length: count }, (_, number) => number)
    const senders = await Promise.all(
      numbers.map((number) => this.#client.takeOver(this.#idOf(lease.group, number))),
    )
    for (const [number, sender] of senders.entries()) if (number !== mine) await sender.close()
    let sender = senders[mine]
    if (sender === undefined) throw new Error(`no partition ${mine} of ${count}`)

    const renew = async (): Promise<FencedSender> => {
      await sender?.close()
      sender = undefined
      const renewed = await this.#client.takeOver(this.#idOf(lease.group, mine))
      sender = renewed
      await group.check(lease.generation)
      return renewed
    }
    const send = async (parcels: readonly Parcel[]): Promise<void> => {
      for (let by = sender ?? (await renew()); ; by = await renew()) {
        const fenced = await by.send(parcels).then(
          () => false,
          (error: unknown) => {
            if (!isFault(error, 'fenced')) throw error
            return true
          },
        )
        if (!fenced) return
      }
    }
    HELD.set(lease, {
      queue: new SendQueue(send),
      close: async () => {
        await sender?.close()
      },
    })
  }

  #idOf(group: string, number: number): string {
    return `${this.#prefix}${group}-${number}`
  }
}

/** Writes under a lease, all or nothing. Rejects `fenced` when it is over. */
export async function putFenced(lease: Lease, parcels: readonly Parcel[]): Promise<void> {
  const held = HELD.get(lease)
  if (held !== undefined) return held.queue.put(parcels)
  throw new EventLogError('fenced', `the lease of ${lease.group} was given back`)
}

/** After it nothing is written under the lease any more. */
export async function release(lease: Lease): Promise<void> {
  const held = HELD.get(lease)
  HELD.delete(lease)
  await held?.close()
}
