import { type Batch } from '../lib/event-log.ts'
import { orAborted } from '../lib/or-aborted.ts'

export interface GatherLimits {
  /** Enough for an insert. */
  readonly rows: number
  /** Gathered while the lanes are busy: the further behind, the larger the inserts, to this bound. */
  readonly maxRows: number
  /** A record waits no longer than this for others, when there is room. */
  readonly ageMs: number
}

export interface GatherPorts {
  /** Whether what is gathered could be written now, and when it can. */
  hasRoom(): boolean
  room(): Promise<void>
  sleep(ms: number): Promise<void>
}

/**
 * Joins batches of the log into groups to be written: of `rows` records or of age `ageMs`, whichever is
 * first, and larger ones while there is no room. After the abort it pulls nothing more and ends with what
 * was gathered. At most one batch is pulled ahead.
 */
export async function* gather(
  source: AsyncIterator<Batch, unknown>,
  limits: GatherLimits,
  ports: GatherPorts,
  signal: AbortSignal,
): AsyncGenerator<readonly Batch[], void> {
  let ahead: Promise<IteratorResult<Batch, unknown>> | undefined
  try {
    for (;;) {
      ahead ??= source.next()
      const first = await orAborted(ahead, signal)
      if (first === 'aborted' || first.done === true) return
      ahead = undefined
      const gathered = [first.value]
      let count = first.value.records.length
      const age = { isOld: false }
      const late = ports.sleep(limits.ageMs).then(() => {
        age.isOld = true
        return undefined
      })
      while (count < limits.maxRows) {
        const enough = age.isOld || count >= limits.rows
        if (enough && ports.hasRoom()) break
        ahead ??= source.next()
        const event = enough ? ports.room().then(() => undefined) : late
        const next = await orAborted(Promise.race([ahead, event]), signal)
        if (next === undefined) continue
        if (next === 'aborted' || next.done === true) break
        ahead = undefined
        gathered.push(next.value)
        count += next.value.records.length
      }
      yield gathered
    }
  } finally {
    // It ends with the reading; a failure then has been told already.
    ahead?.catch(() => undefined)
  }
}
