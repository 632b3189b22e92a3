import { type Command } from 'commander'
import { basename } from 'node:path'
import { nowUs } from '../io/clock.ts'
import { openEventLog } from '../io/event-log/open.ts'
import { followLogLines } from '../io/follow-log-lines.ts'
import { createLogger } from '../io/log.ts'
import { createMetrics } from '../io/metrics.ts'
import { serveMetrics } from '../io/metrics-server.ts'
import { openPrivacy } from '../io/privacy.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { type AnyRecord } from '../lib/codec/codec.ts'
import { type Config } from '../lib/config.ts'
import { encodedOrLetter } from '../lib/encoded.ts'
import { createAuthLog } from '../producers/auth-log/auth-log.ts'
import { runFollowLog } from '../producers/follow-log.ts'
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
      .description("Lines of an sshd's log (syslog, journalctl -o short or json) to events.")
      .argument('<file>', 'the log; followed through rotation and truncation')
      .option('--from-start', 'read what is there already, the first time')
      .option(...TIME_ZONE_OPTION)
      .option('--listener <name>', 'the protected service the log belongs to', 'ssh'),
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
  const metrics = createMetrics()
  await serveMetrics(config.metricsPort, () => metrics.text(), signal)
  const log = await openEventLog(config, { logger })
  const codec = singleObjectCodec()
  const authLog = createAuthLog({
    sensor: basename(file),
    site: config.site,
    listener: flags.listener,
    privacy: openPrivacy(config),
    zone: zoneFor(flags.timezone ?? config.timezone),
  })
  const append = async (records: readonly AnyRecord[]): Promise<void> => {
    const made = records.map((any) => encodedOrLetter(any, codec))
    const letters = made.flatMap((one) => ('fault' in one && one.letter ? [one.letter] : []))
    if (letters.length > 0) await log.append('dead-letters', letters)
    await log.append(
      'client-events',
      made.flatMap((one) => ('fault' in one ? [] : [one])),
    )
  }
  const from = flags.fromStart === true ? 'start' : 'end'
  const source = followLogLines({ dataDir: config.dataDir, path: file, from, signal })
  try {
    await runFollowLog({ source, authLog, append, metrics, nowUs }, signal)
  } finally {
    await log.close()
  }
}
