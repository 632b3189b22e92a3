import { type Sent } from './send.ts'

/** As the client's own options. */
export interface BreakerOptions {
  readonly failures?: number
  readonly probeMs?: number
  readonly longestProbeMs?: number
  readonly onChange?: (state: 'open' | 'closed', why: string) => void
}

/** Whether it is worth asking. */
export interface Breaker {
  isOpen(): boolean
  saw(sent: Sent): void
  close(): void
}

/** After some failures in a row nobody asks; probes of its own find out when the API is back, so no connection pays. */
export function createBreaker(options: BreakerOptions, probe: () => Promise<Sent>): Breaker {
  const { failures = 3, probeMs = 250, longestProbeMs = 5_000, onChange } = options
  let failed = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const look = (waitMs: number): void => {
    timer = setTimeout(() => {
      void probe().then((sent) => {
        if (closed) return
        if (sent.kind === 'fault') {
          look(Math.min(longestProbeMs, 2 * waitMs))
          return
        }
        failed = 0
        timer = undefined
        onChange?.('closed', 'the API answers again')
      })
    }, waitMs)
    timer.unref()
  }
  return {
    isOpen: () => failed >= failures,
    saw(sent): void {
      // Who is told that the question was wrong was answered in time.
      if (sent.kind === 'answer' || sent.fault === 'refused') {
        if (failed < failures) failed = 0
        return
      }
      failed += 1
      if (failed !== failures) return
      onChange?.('open', `${failures} questions in a row failed, the last by ${sent.fault}`)
      look(probeMs)
    },
    close(): void {
      closed = true
      clearTimeout(timer)
    },
  }
}
