import { type Codec } from '../lib/codec/codec.ts'
import { type EventLog } from '../lib/event-log.ts'
import { followSteadily } from '../lib/follow-steadily.ts'
import { type Logger } from '../lib/logger.ts'
import { type Metrics } from '../lib/metrics.ts'
import { TrustedProxies } from './trusted-proxies.ts'

export interface FollowProxiesPorts {
  readonly log: Pick<EventLog, 'follow'>
  readonly codec: Codec
  readonly logger: Logger
  readonly metrics: Metrics
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A sensor does not wait longer than this for the policy: packets come whether the log serves or not. */
const WAIT_MS = 2_000

/**
 * Whose PROXY headers are believed, kept to the policy of the control topic until the signal aborts.
 * Resolves when the policy is known, or with the start value when the log does not tell in time.
 */
export async function followProxies(
  ports: FollowProxiesPorts,
  start: string,
  signal: AbortSignal,
): Promise<TrustedProxies> {
  const proxies = new TrustedProxies(start)
  const tell = (): void => {
    ports.logger.info(`PROXY headers are believed from ${proxies.text}`)
  }
  if (start !== '') tell()
  const told = new AbortController()
  const following = followSteadily(
    {
      ...{ log: ports.log, topics: ['control'], sleep: ports.sleep },
      take({ records, caughtUp }) {
        let changed = false
        for (const { value } of records) {
          if (value !== null) changed = take(proxies, value, ports) || changed
        }
        if (changed) tell()
        if (caughtUp) told.abort()
      },
      lost(error, failures) {
        ports.metrics.count('log_failures_total', 1, { stage: 'capture', code: error.code })
        if (failures === 0) ports.logger.warn('the policy cannot be followed', { error })
      },
    },
    signal,
  )
  following.catch((error: unknown) => {
    ports.logger.error('the policy is not followed any more', { error })
  })
  await ports.sleep(WAIT_MS, AbortSignal.any([signal, told.signal]))
  return proxies
}

function take(proxies: TrustedProxies, value: Uint8Array, ports: FollowProxiesPorts): boolean {
  const any = ports.codec.decode(value)
  if (any.kind === 'record') return any.type === 'Control' && proxies.apply(any.record)
  const labels = { stage: 'capture', topic: 'control', reason: any.code }
  ports.metrics.count('vestibule_dropped_total', 1, labels)
  return false
}
