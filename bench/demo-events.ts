import { join } from 'node:path'
import { mergeByTime } from '../cli/backtest/merge-by-time.ts'
import { readRecords } from '../cli/backtest/read-records.ts'
import { eventId } from '../lib/event-id.ts'
import { type AnyRecord } from '../lib/codec/codec.ts'
import { isClientEvent } from '../processors/client-fold/event-facts.ts'

const DEMO = join(import.meta.dirname, '../corpus/demo')
/** The demonstration lasts 70 s; the next round begins where the last one ended. */
const ROUND_US = 70e6

/** The demonstration's events of packets and log, `rounds` times, each round with clients of its own. */
export async function demoEvents(rounds: number): Promise<AnyRecord[]> {
  const once: AnyRecord[] = []
  const files = ['demo.pcap.gz', 'demo.auth.log'].map((file) => join(DEMO, file))
  const read = files.map((file) => readRecords(file, () => undefined))
  for await (const any of mergeByTime(read)) once.push(any)
  return Array.from({ length: rounds }, (_, round) =>
    once.map((any, i) => moved(any, round, i)),
  ).flat()
}

function moved(any: AnyRecord, round: number, i: number): AnyRecord {
  if (!isClientEvent(any)) return any
  const clientAddress = new Uint8Array(any.record.clientAddress)
  // 198.51.100.x and 203.0.113.x become 10.a.b.x with a and b of the round and the network.
  clientAddress.set([10, round & 255, ((round >> 8) << 1) | ((clientAddress[14] ?? 0) & 1)], 12)
  const observedAt = any.record.observedAt + round * ROUND_US
  const id = eventId(any.type, `round ${round}`, i)
  const head = { clientAddress, observedAt, ingestedAt: observedAt, eventId: id }
  return Object.assign({}, any, { record: { ...any.record, ...head } })
}
