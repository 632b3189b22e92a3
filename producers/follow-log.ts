import { type AnyRecord } from '../lib/codec/codec.ts'
import { type Metrics } from '../lib/metrics.ts'
import { type AuthLog } from './auth-log/auth-log.ts'

/** Lines as they come, and how to remember how far they were read. */
export interface LogLines {
  readonly lines: readonly string[]
  /** Called once the records of these lines are durable. */
  done(): Promise<void>
}

export interface FollowLogPorts {
  readonly source: AsyncIterable<LogLines>
  readonly authLog: AuthLog
  /** Resolves when the records are durable: a log waits, unlike packets. */
  append(records: readonly AnyRecord[]): Promise<void>
  readonly metrics: Metrics
  /** Microseconds since 1970. */
  nowUs(): number
}

/** An sshd's log to events, until its lines end or the signal aborts. */
export async function runFollowLog(ports: FollowLogPorts, signal: AbortSignal): Promise<void> {
  const { authLog, metrics } = ports
  for await (const batch of ports.source) {
    const { lines } = batch
    const records = lines.flatMap((line) => authLog.line(line, ports.nowUs())).map(attempt)
    if (records.length > 0) await ports.append(records)
    await batch.done()
    metrics.count('vestibule_log_lines_total', lines.length)
    for (const [reason, count] of authLog.drops) {
      metrics.gauge('vestibule_log_lines_left', count, { reason })
    }
    if (signal.aborted) break
  }
  const left = authLog.flush(ports.nowUs()).map(attempt)
  if (left.length > 0) await ports.append(left)
}

function attempt(record: ReturnType<AuthLog['line']>[number]): AnyRecord {
  return { type: 'SshAuthAttempt', record }
}
