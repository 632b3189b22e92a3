import { IS_CONTROL, IS_TRANSACTIONAL, type Consumer } from '@platformatic/kafka'
import { type Fetched } from '../kafka-client.ts'

export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]
type RecordsBatch = NonNullable<FetchedPartition['records']>[number]

const ABORT_MARKER = 0

/**
 * What a reader may see of a fetched partition from `at` on: no control records, none of transactions
 * that were undone. A producer's transactions are undone one by one: each begins at its first offset and
 * ends at its marker (Kafka protocol, FetchResponse aborted_transactions).
 */
export function committedRecords(
  partition: FetchedPartition,
  at: number,
): Pick<Fetched, 'records' | 'next'> {
  const undone = [...(partition.abortedTransactions ?? [])].sort((a, b) =>
    Number(a.firstOffset - b.firstOffset),
  )
  const undoing = new Set<bigint>()
  const records: Fetched['records'][number][] = []
  let next = at
  for (const batch of partition.records ?? []) {
    const first = Number(batch.firstOffset)
    next = Math.max(next, first + batch.lastOffsetDelta + 1)
    while (undone[0] !== undefined && undone[0].firstOffset <= first + batch.lastOffsetDelta) {
      undoing.add(undone.shift()?.producerId ?? -1n)
    }
    if ((batch.attributes & IS_CONTROL) !== 0) {
      if (isAbort(batch)) undoing.delete(batch.producerId)
      continue
    }
    if ((batch.attributes & IS_TRANSACTIONAL) !== 0 && undoing.has(batch.producerId)) continue
    for (const { key, value, timestampDelta, offsetDelta } of batch.records) {
      const offset = first + offsetDelta
      if (offset < at) continue
      const timestampMs = Number(batch.firstTimestamp + timestampDelta)
      records.push({ key: key?.toString() ?? '', value, timestampMs, offset })
    }
  }
  return { records, next }
}

/** The key of a control record is version and type, 16 bits each. */
function isAbort({ records }: RecordsBatch): boolean {
  const key = records[0]?.key
  return key !== undefined && key !== null && key.length >= 4 && key.readInt16BE(2) === ABORT_MARKER
}
