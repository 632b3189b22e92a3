import { Producer } from '@platformatic/kafka'
import { TRANSACTION_MS, type KafkaConnection } from '../connection.ts'
import { type FencedSender, type Parcel } from '../kafka-client.ts'
import { rethrown } from './faults.ts'
import { messagesOf } from './messages.ts'
import { baseOptions } from './options.ts'

/** Kafka's way to say that no epoch is held yet; the library's own default, 0, is fenced at the second start. */
const NEW_PRODUCER = { producerId: -1n, producerEpoch: -1 } as const

/** A producer with a transactional id: every `send` is a transaction of its own. */
export async function fencedProducer(
  connection: KafkaConnection,
  id: string,
): Promise<FencedSender> {
  const producer = new Producer<Buffer, Buffer>({
    ...baseOptions(connection),
    transactionalId: id,
    idempotent: true,
    timeout: TRANSACTION_MS,
    compression: connection.compression,
  })
  const close = async (): Promise<void> => {
    await producer.close(true).catch(() => undefined)
  }
  // The first transaction takes the id over; it holds nothing, and the broker is told nothing of its end.
  let open: Awaited<ReturnType<typeof producer.beginTransaction>> | undefined = await producer
    .beginTransaction(NEW_PRODUCER)
    .catch(async (error: unknown) => {
      await close()
      return rethrown(error)
    })

  return {
    async send(parcels: readonly Parcel[]): Promise<void> {
      try {
        const transaction = open ?? (await producer.beginTransaction())
        open = undefined
        await transaction.send({ messages: messagesOf(parcels) })
        await transaction.commit()
      } catch (error) {
        rethrown(error)
      }
    },
    close,
  }
}
