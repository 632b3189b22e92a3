import { type Command } from 'commander'
import { basename } from 'node:path'
import { nowUs } from '../io/clock.ts'
import { followLogLines } from '../io/follow-log-lines.ts'
import { createLogger } from '../io/log.ts'
import { openMetrics } from '../io/metrics-server.ts'
import { openRecords } from '../io/open-records.ts'
import { openPrivacy } from '../io/privacy.ts'
import { type AnyRecord } from '../lib/codec/codec.ts'
import { type Config } from '../lib/config.ts'
import { encodedOrLetter } from '../lib/encoded.ts'
import { type LogRecord } from '../lib/event-log.ts'
import { createAuthLog } from '../producers/auth-log/auth-log.ts'
import { runFollowLog } from '../producers/follow-log.ts'
import { createHaproxyLog } from '../producers/haproxy-log/haproxy-log.ts'
import { logReader } from '../producers/log-reader.ts'
import { TIME_ZONE_OPTION, zoneFor } from './time-zone-option.ts'
import { configFrom, runUntilSignal, serviceOptions } from './run-service.ts'

interface FollowFlags {
  readonly fromStart?: boolean
  readonly listener: string
  readonly timezone?: string
  readonly data?: string
  readonly site?: string
  readonly metricsPort?: number
}

export function register(program: Command): void {
  serviceOptions(
    program
      .command('follow-log')
      .description(
        "Lines of an sshd's log (syslog, journalctl -o short or json) and of HAProxy with gates/haproxy to events.",
      )
      .argument('<file>', 'the log; followed through rotation and truncation')
      .option('--from-start', 'read what is there already, the first time')
      .option(...TIME_ZONE_OPTION)
      .option('--listener <name>', 'the protected service the lines of sshd belong to', 'ssh'),
  ).action(async (file: string, flags: FollowFlags) => {
    const config = configFrom(flags)
    await runUntilSignal((signal) => follow(config, file, flags, signal))
  })
}

async function follow(
  config: Config,
  file: string,
  flags: FollowFlags,
  signal: AbortSignal,
): Promise<void> {
  const logger = createLogger('follow-log')
  const metrics = await openMetrics(config, signal)
  const { log, codec } = await openRecords(config, { logger })
  const privacy = openPrivacy(config)
  const about = { sensor: basename(file), site: config.site }
  const authLog = createAuthLog({
    ...about,
    listener: flags.listener,
    privacy,
    zone: zoneFor(flags.timezone ?? config.timezone),
  })
  const reader = logReader(authLog, createHaproxyLog({ ...about, addresses: privacy.addresses }))
  const append = async (records: readonly AnyRecord[]): Promise<void> => {
    const events: LogRecord[] = []
    const letters: LogRecord[] = []
    for (const any of records) {
      const made = encodedOrLetter(any, codec)
      if ('fault' in made) letters.push(...(made.letter === undefined ? [] : [made.letter]))
      else if (any.type === 'DeadLetter') letters.push(made)
      else events.push(made)
    }
    if (letters.length > 0) await log.append('dead-letters', letters)
    if (events.length > 0) await log.append('client-events', events)
  }
  const from = flags.fromStart === true ? 'start' : 'end'
  const source = followLogLines({ dataDir: config.dataDir, path: file, from, signal })
  try {
    await runFollowLog({ source, reader, append, metrics, nowUs }, signal)
  } finally {
    await log.close()
  }
}
