import { isAtLeast } from '../../lib/alert-words.ts'
import { type Codec } from '../../lib/codec/codec.ts'
import { EventLogError, type Batch, type EventLog, type StoredRecord } from '../../lib/event-log.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { ToldLately } from '../../lib/told-lately.ts'
import { type Alert } from '../../schemas/generated/records.ts'
import { AlertPolicy, followPolicy } from './alert-policy.ts'
import { waitBefore } from './back-off.ts'
import { type Receiver } from './receiver.ts'
import { digestOf, toldAlert, type ToldAlert } from './told-alert.ts'

export interface AlertPorts {
  readonly log: Pick<EventLog, 'consume' | 'follow'>
  readonly codec: Codec
  readonly receivers: readonly Receiver[]
  readonly metrics: Metrics
  readonly logger: Logger
  readonly site: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** What is older when it is its turn is counted: a receiver that was away for a night is not sent the night. */
const STALE_MS = 3_600_000
/** A receiver that takes an alert no sooner does not get it. */
const GIVE_UP_MS = 600_000
const DIGEST_EVERY_MS = 60_000
const MINUTE_MS = 60_000

/**
 * Tells receivers of alerts until the signal aborts, each at its own pace: what waits for one waits on the log, where it
 * outlives this process, and holds up no other. An alert is told at least once, and as often as the policy says.
 */
export async function tellAlerts(ports: AlertPorts, signal: AbortSignal): Promise<void> {
  const policy = new AlertPolicy()
  const known = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve()
    })
    void following(resolve)
  })
  async function following(ready: () => void): Promise<void> {
    await followPolicy(ports.log, ports.codec, policy, ready, signal).catch((error: unknown) => {
      if (!signal.aborted) ports.logger.error('the policy of alerts is not followed', { error })
    })
  }
  await known
  await Promise.all(
    ports.receivers.map(async (receiver) => {
      const teller = new Teller(ports, policy, receiver, signal)
      await Promise.all([teller.run(), teller.digests()])
    }),
  )
}

/** One receiver's alerts, one after the other. */
class Teller {
  readonly #ports: AlertPorts
  readonly #policy: AlertPolicy
  readonly #receiver: Receiver
  readonly #signal: AbortSignal
  readonly #told = new ToldLately()
  #stale = 0
  #away = false

  constructor(ports: AlertPorts, policy: AlertPolicy, receiver: Receiver, signal: AbortSignal) {
    this.#ports = ports
    this.#policy = policy
    this.#receiver = receiver
    this.#signal = signal
  }

  async run(): Promise<void> {
    const { log } = this.#ports
    const group = `alerts-${this.#receiver.name}`
    const signal = this.#signal
    // One by one: whoever takes over after a crash tells the last one again, and no other.
    for await (const batch of log.consume({ group, topics: ['alerts'], signal, maxRecords: 1 })) {
      for (const record of batch.records) await this.#take(record)
      if (!signal.aborted) await commit(batch)
    }
  }

  async digests(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#ports.sleep(DIGEST_EVERY_MS, this.#signal)
      const counts = { beyond: this.#told.takeBeyond(), stale: this.#stale }
      this.#stale = 0
      if (counts.beyond + counts.stale === 0) continue
      const { site, now } = this.#ports
      if (this.#receiver.settings(this.#policy.words) !== undefined) {
        await this.#deliver(digestOf(counts, site, now()))
      }
    }
  }

  async #take({ value }: StoredRecord): Promise<void> {
    const decoded = value === null ? undefined : this.#ports.codec.decode(value)
    if (decoded?.kind !== 'record' || decoded.type !== 'Alert') return
    const told = this.#isTold(decoded.record)
    if (told !== undefined) await this.#deliver(told)
  }

  /** Undefined: it stays on the topic. */
  #isTold(alert: Alert): ToldAlert | undefined {
    const { words } = this.#policy
    const settings = this.#receiver.settings(words)
    if (settings === undefined || !isAtLeast(alert.severity, settings.atLeast)) return undefined
    const now = this.#ports.now()
    if (now - alert.observedAt / 1_000 > STALE_MS) {
      this.#stale += 1
      this.#held('stale')
      return undefined
    }
    const everyMs = words.perClientMinutes * MINUTE_MS
    const { perMinute } = words
    const telling = this.#told.admit(`${alert.kind} ${alert.entity}`, now, { everyMs, perMinute })
    if (telling.kind === 'tell') return toldAlert(alert, telling.held)
    this.#held(telling.why)
    return undefined
  }

  #held(reason: 'stale' | 'repeated' | 'too-many'): void {
    this.#ports.metrics.count('alerts_held_total', 1, { to: this.#receiver.name, reason })
  }

  /** Tries until it is taken, refused for good, or out of time. */
  async #deliver(alert: ToldAlert): Promise<void> {
    const { now, sleep, random } = this.#ports
    const since = now()
    for (let tries = 0; !this.#signal.aborted; tries += 1) {
      // Read anew: an operator may have mended the address meanwhile, or taken it away.
      const { words } = this.#policy
      if (this.#receiver.settings(words) === undefined) return
      const verdict = await this.#receiver.send(alert, words)
      if (verdict === 'done') {
        this.#done('sent')
        return
      }
      if (verdict === 'never' || now() - since > GIVE_UP_MS) {
        this.#done(verdict === 'never' ? 'refused' : 'lost', alert)
        return
      }
      if (!this.#away) this.#warn('cannot be reached', alert)
      this.#away = true
      await sleep(waitBefore(tries, random()), this.#signal)
    }
  }

  #done(result: 'sent' | 'refused' | 'lost', alert?: ToldAlert): void {
    const to = this.#receiver.name
    this.#ports.metrics.count('alerts_told_total', 1, { to, result })
    if (result === 'refused' && alert !== undefined) this.#warn('refuses an alert', alert)
    if (result === 'sent' && this.#away) {
      this.#away = false
      this.#ports.logger.info('the receiver of alerts takes them again', { to })
    }
  }

  /** Its address may hold a password, and stays out of the log. */
  #warn(what: string, { id, kind }: ToldAlert): void {
    const to = this.#receiver.name
    this.#ports.logger.warn(`the receiver of alerts ${what}`, { to, id, kind })
  }
}

/** A lease lost meanwhile: the next holder tells it once more. */
async function commit(batch: Batch): Promise<void> {
  try {
    await batch.commit()
  } catch (error) {
    if (!(error instanceof EventLogError && error.code === 'fenced')) throw error
  }
}
