import { type Command } from 'commander'
import { basename } from 'node:path'
import { nowUs } from '../io/clock.ts'
import { openEventLog } from '../io/event-log/open.ts'
import { fileBookmark } from '../io/file-bookmark.ts'
import { followFile } from '../io/follow-file.ts'
import { createLogger } from '../io/log.ts'
import { createMetrics } from '../io/metrics.ts'
import { serveMetrics } from '../io/metrics-server.ts'
import { openPrivacy } from '../io/privacy.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { type AnyRecord } from '../lib/codec/codec.ts'
import { type Config } from '../lib/config.ts'
import { encoded } from '../lib/encoded.ts'
import { createAuthLog } from '../producers/auth-log/auth-log.ts'
import { runFollowLog, type LogLines } from '../producers/follow-log.ts'
import { configFrom, runUntilSignal, serviceOptions } from './run-service.ts'

interface FollowFlags {
  readonly fromStart?: boolean
  readonly listener: string
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
  })
  const append = (records: readonly AnyRecord[]): Promise<void> =>
    log.append(
      'client-events',
      records.map((any) => encoded(any, codec)),
    )
  const source = linesOf(config.dataDir, file, flags.fromStart === true, signal)
  try {
    await runFollowLog({ source, authLog, append, metrics, nowUs }, signal)
  } finally {
    await log.close()
  }
}

async function* linesOf(
  dataDir: string,
  path: string,
  fromStart: boolean,
  signal: AbortSignal,
): AsyncGenerator<LogLines> {
  const bookmark = fileBookmark(dataDir, path)
  const from = (await bookmark.read()) ?? (fromStart ? 'start' : 'end')
  for await (const { lines, place } of followFile({ path, from, signal })) {
    yield { lines, done: () => bookmark.write(place) }
  }
}
