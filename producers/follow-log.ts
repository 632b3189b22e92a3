import { type AnyRecord } from '../lib/codec/codec.ts'
import { type Metrics } from '../lib/metrics.ts'
import { type LogReader } from './log-reader.ts'

/** Lines as they come, and how to remember how far they were read. */
export interface LogLines {
  readonly lines: readonly { readonly text: string; readonly at: number }[]
  /** Those were read, and told of, before the start: they are read again for what they began. */
  readonly known: (at: number) => boolean
  /** Lines left out since the last ones because they had no end. */
  readonly cut: number
  /** Called once the records of these lines are durable, with where the first line begins that is still open. */
  readonly done: (since: number | undefined) => Promise<void>
}

export interface FollowLogPorts {
  readonly source: AsyncIterable<LogLines>
  readonly reader: LogReader
  /** Resolves when the records are durable: a log waits, unlike packets. */
  append(records: readonly AnyRecord[]): Promise<void>
  readonly metrics: Metrics
  /** Microseconds since 1970. */
  nowUs(): number
}

/**
 * A log to events, until its lines end or the signal aborts. What a line left open then is not
 * told: the next start reads again from there, and gives the same ids.
 */
export async function runFollowLog(ports: FollowLogPorts, signal: AbortSignal): Promise<void> {
  const { reader, metrics } = ports
  for await (const { lines, known, cut, done } of ports.source) {
    const records = lines.flatMap(({ text, at }) => {
      const made = reader.line(text, at, ports.nowUs())
      return known(at) ? [] : made
    })
    if (records.length > 0) await ports.append(records)
    await done(reader.openSince())
    metrics.count('vestibule_log_lines_total', lines.length)
    if (cut > 0) metrics.count('vestibule_log_lines_cut_total', cut)
    for (const [reason, count] of reader.drops()) {
      metrics.gauge('vestibule_log_lines_left', count, { reason })
    }
    if (signal.aborted) break
  }
}
