import { type Batch } from '../lib/event-log.ts'

export interface GatherLimits {
  readonly rows: number
  readonly ageMs: number
}

/**
 * Joins batches of the log until they hold `rows` records or the oldest has waited `ageMs`, whichever is
 * first. Ends with its source, after what was gathered. At most one batch is pulled ahead.
 */
export async function* gather(
  batches: AsyncIterable<Batch>,
  limits: GatherLimits,
  sleep: (ms: number) => Promise<void>,
): AsyncGenerator<readonly Batch[], void> {
  const source = batches[Symbol.asyncIterator]()
  let ahead: Promise<IteratorResult<Batch>> | undefined
  for (;;) {
    const first = await (ahead ?? source.next())
    ahead = undefined
    if (first.done === true) return
    const gathered = [first.value]
    let count = first.value.records.length
    const late = sleep(limits.ageMs).then(() => undefined)
    while (count < limits.rows) {
      ahead ??= source.next()
      const next = await Promise.race([ahead, late])
      if (next === undefined || next.done === true) break
      ahead = undefined
      gathered.push(next.value)
      count += next.value.records.length
    }
    yield gathered
  }
}
