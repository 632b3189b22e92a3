import { Base, findCoordinatorV4, type Connection } from '@platformatic/kafka'
import { type KafkaConnection } from '../connection.ts'
import { isFault, KafkaFault } from '../kafka-client.ts'
import { faultOf, says } from './faults.ts'
import { baseOptions } from './options.ts'

/** Keys of groups and of transactions have coordinators of their own (FindCoordinator, key_type). */
const KEY_TYPE = { group: 0, transaction: 1 } as const

const MOVED = ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS']

/** Requests to the broker that coordinates one group or transactional id, wherever it moves. */
export class Coordinator {
  readonly #base: Base
  readonly #key: string
  readonly #keyType: number
  #connection: Connection | undefined

  constructor(connection: KafkaConnection, kind: keyof typeof KEY_TYPE, key: string) {
    this.#base = new Base({ ...baseOptions(connection), retries: 0 })
    this.#key = key
    this.#keyType = KEY_TYPE[kind]
  }

  /** One try; who is asked next is looked up again when that may help. Rejects with KafkaFault. */
  async ask<T>(request: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await request(await this.#find())
    } catch (error) {
      const fault = faultOf(error)
      if (this.#base.closed && isFault(fault, 'unavailable')) {
        throw new KafkaFault('refused', 'the client was closed', error)
      }
      const elsewhere = MOVED.some((id) => says(error, id)) || !this.#isConnected()
      if (elsewhere) this.#connection = undefined
      throw fault
    }
  }

  close(): void {
    this.#base.close().catch(() => undefined)
  }

  #isConnected(): boolean {
    return this.#connection?.isConnected() ?? false
  }

  async #find(): Promise<Connection> {
    if (this.#connection !== undefined && this.#isConnected()) return this.#connection
    const { brokers } = await this.#base.metadata({ topics: [], forceUpdate: true })
    const any = await this.#base.connections.getFirstAvailable([...brokers.values()])
    const found = await findCoordinatorV4.api.async(any, this.#keyType, [this.#key])
    const broker = brokers.get(found.coordinators[0]?.nodeId ?? -1)
    if (broker === undefined) throw new Error(`no coordinator of ${this.#key}`)
    this.#connection = await this.#base.connections.get(broker)
    return this.#connection
  }
}
