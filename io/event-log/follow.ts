import { type FollowBatch, type FollowOptions } from '../../lib/event-log.ts'
import { errorFrom, type Channel, type OwnerConnection } from './owner-connection.ts'
import { Following, parseBody } from './owner-messages.ts'
import { moveBehind, readBatch } from './read-frames.ts'
import { jsonMessage, TYPE } from './wire.ts'

/** Follows topics from a place on, through restarts of the owner. */
export async function* follow(
  connection: OwnerConnection,
  { topics, from, signal }: FollowOptions,
): AsyncGenerator<FollowBatch, void, void> {
  const asked = typeof from === 'string' ? from : Object.fromEntries(from)
  let positions: Map<string, number> | undefined
  let caughtUp = false
  while (await connection.ready(signal)) {
    const channel = connection.channel()
    const end = endOnAbort(connection, channel, signal)
    const start = positions === undefined ? asked : Object.fromEntries(positions)
    connection.tell(TYPE.follow, channel.id, { topics, from: start })
    try {
      for (;;) {
        const message = await channel.mailbox.take()
        if (message === undefined) return
        if (message === 'down') break
        if (message.type === TYPE.refused) throw errorFrom(message)
        if (message.type === TYPE.following) {
          positions = new Map(Object.entries(parseBody(Following, message.body).positions))
        }
        if (message.type !== TYPE.records) continue
        const batch = readBatch(connection, message.body)
        caughtUp ||= batch.caughtUp
        if (positions !== undefined) moveBehind(positions, batch.records)
        yield { records: batch.records, caughtUp }
        connection.send(jsonMessage(TYPE.credit, channel.id))
      }
    } finally {
      end()
    }
  }
}

/** Ends the channel's mailbox when the signal aborts; the answer gives the channel back. */
export function endOnAbort(
  connection: OwnerConnection,
  channel: Channel,
  signal: AbortSignal,
): () => void {
  const end = (): void => {
    channel.mailbox.end()
  }
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return () => {
    signal.removeEventListener('abort', end)
    connection.release(channel, true)
  }
}
