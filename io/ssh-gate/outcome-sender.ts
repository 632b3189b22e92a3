import { outcomeReport, type EndedConnection } from '../../gates/ssh/outcome-report.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { type JsonClient } from '../http/json-client.ts'

/** Tells the API what became of connections, without anybody waiting for it. */
export interface OutcomeSender {
  /** `ended` is asked when the report is sent, for the log may tell of the login a moment after the end. */
  put(ended: () => EndedConnection): void
  /** Resolves when what was put has been sent or dropped. */
  drained(): Promise<void>
}

export interface OutcomePorts {
  readonly api: JsonClient
  readonly metrics: Metrics
  readonly gate: string
  /** How long a report waits for what the log tells, milliseconds; 0 where there is no log. */
  readonly waitMs: number
}

const MOST_WAITING = 20_000
const AT_ONCE = 8
const ANSWER_WITHIN_MS = 2_000

export function createOutcomeSender(ports: OutcomePorts): OutcomeSender {
  const waiting: (() => EndedConnection)[] = []
  let held = 0
  let sending = 0
  let idle: (() => void)[] = []

  async function send(): Promise<void> {
    for (let ended = waiting.shift(); ended !== undefined; ended = waiting.shift()) {
      const report = outcomeReport(ended(), ports.gate)
      if (report === undefined) continue
      const answer = await ports.api.post('/v1/outcomes', report, ANSWER_WITHIN_MS)
      const ok = answer.kind === 'answer' && answer.status < 300
      ports.metrics.count('ssh_gate_outcomes_total', 1, { result: ok ? 'sent' : 'lost' })
    }
  }

  function ready(ended: () => EndedConnection): void {
    waiting.push(ended)
    if (sending >= AT_ONCE) return
    sending += 1
    void send().finally(() => {
      sending -= 1
      settle()
    })
  }

  function settle(): void {
    if (held > 0 || sending > 0) return
    for (const resolve of idle) resolve()
    idle = []
  }

  return {
    put(ended): void {
      if (held + waiting.length >= MOST_WAITING) {
        ports.metrics.count('ssh_gate_outcomes_total', 1, { result: 'dropped' })
        return
      }
      held += 1
      setTimeout(() => {
        held -= 1
        ready(ended)
      }, ports.waitMs)
    },
    drained: () =>
      held === 0 && sending === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idle.push(resolve)
          }),
  }
}
