import { basename, join } from 'node:path'
import { zoneFor } from '../time-zone-option.ts'
import { type AuthLogs } from '../../gates/ssh/auth-logs.ts'
import { nowUs } from '../../io/clock.ts'
import { followLogLines } from '../../io/follow-log-lines.ts'
import { createLogger } from '../../io/log.ts'
import { openRecords, type Records } from '../../io/open-records.ts'
import { openPrivacy } from '../../io/privacy.ts'
import { sleep } from '../../io/sleep.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { type Config } from '../../lib/config.ts'
import { reframed } from '../../lib/codec/reframed.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { SILENT, type Logger } from '../../lib/logger.ts'
import { createOutbox } from '../../lib/outbox.ts'
import { CLEAR_ADDRESSES } from '../../lib/pseudonym.ts'
import { createAuthLog } from '../../producers/auth-log/auth-log.ts'
import { type SshAuthAttempt } from '../../schemas/generated/records.ts'

const POLL_MS = 50
const OPEN_WITHIN_MS = 1_000

/** The log producer and the gate joined: the gate knows whose connection a port of sshd's log was. */
export function authLogs(config: Config, metrics: Metrics): AuthLogs {
  const logger = createLogger('gate-ssh')
  const privacy = openPrivacy(config)
  const log = lazyLog(config, logger)
  const single = singleObjectCodec()
  // A schema registry is asked where the log is opened, long after the first login was put.
  const append: EventLog['append'] = async (topic, records) => {
    const opened = await log()
    await opened.log.append(topic, reframed(records, single, opened.codec))
  }
  const ports = { log: { append }, codec: single, metrics, sleep }
  const outbox = createOutbox({ ...ports, stage: 'gate-ssh' })
  const stop = new AbortController()
  const sending = outbox.run(stop.signal).catch(() => undefined)

  return {
    addresses: privacy.addresses,
    publish(records): void {
      for (const record of records) outbox.put({ type: 'SshAuthAttempt', record })
    },
    async *follow(path, listener, signal): AsyncGenerator<readonly SshAuthAttempt[]> {
      const authLog = createAuthLog({
        ...{ sensor: basename(path), site: config.site, listener, zone: zoneFor(config.timezone) },
        // Whose address it is, is found out by the clear one.
        privacy: { ...privacy, addresses: CLEAR_ADDRESSES },
      })
      const place = {
        dataDir: join(config.dataDir, 'gate-ssh'),
        path,
        from: 'end',
        signal,
      } as const
      for await (const { lines, known, done } of followLogLines({ ...place, pollMs: POLL_MS })) {
        yield lines.flatMap(({ text, at }) => {
          const made = authLog.line(text, at, nowUs())
          return known(at) ? [] : made
        })
        await done(authLog.openSince())
      }
    },
    async close(): Promise<void> {
      stop.abort()
      await sending
      await (await log.opened())?.log.close()
    },
  }
}

interface LazyLog {
  (): Promise<Records>
  /** The log if it was ever reached. */
  opened(): Promise<Records | undefined>
}

/** Connects when there is something to append, again each time while it is away: the gate stands without it. */
function lazyLog(config: Config, logger: Logger): LazyLog {
  let log: Promise<Records> | undefined
  let warned = false
  const open = (): Promise<Records> => {
    log ??= openRecords(config, { logger: SILENT, unavailableAfterMs: OPEN_WITHIN_MS }).catch(
      (error: unknown) => {
        log = undefined
        if (!warned) logger.warn('logins wait to be recorded', { error })
        warned = true
        throw error
      },
    )
    return log
  }
  return Object.assign(open, {
    opened: async () => log?.catch(() => undefined),
  })
}
