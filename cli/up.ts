import { type Command } from 'commander'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { openDataFolder } from '../io/data-folder.ts'
import { type Config } from '../lib/config.ts'
import { configFrom, runUntilSignal } from './run-service.ts'
import { TIME_ZONE_OPTION, zoneFor } from './time-zone-option.ts'
import { UsageError } from './usage-error.ts'
import { demoPrefix, freshDemoFolder, lastDemoPrefix } from './up/demo-folder.ts'
import { prepareRegistry } from './up/prepare-registry.ts'
import { prepareKafka } from './up/prepare-kafka.ts'
import { runUp } from './up/run-up.ts'
import { type UpSources } from './up/services.ts'

interface UpFlags {
  readonly interface: readonly string[]
  readonly replay: readonly string[]
  readonly replayLog?: string
  readonly speed: number
  readonly followLog: readonly string[]
  readonly timezone?: string
  readonly data?: string
  readonly site?: string
  readonly port?: number
  readonly spopPort?: number
  readonly clickhousePort?: number
  readonly policy?: string
  readonly exitAfterReplay?: true
}

export function register(program: Command): void {
  program
    .command('up')
    .description('Everything on this machine, embedded unless configured otherwise.')
    .option('-i, --interface <name...>', 'capture on these interfaces', [])
    .option('-r, --replay <file...>', 'replay capture files in real time, shifted to now', [])
    .option('--replay-log <file>', 'sshd log of the first replayed file, shifted alike')
    .option('--speed <times>', 'replay this many times faster', Number, 1)
    .option('--follow-log <file...>', 'sshd logs to follow', [])
    .option(...TIME_ZONE_OPTION)
    .option(
      '--data <dir>',
      'data folder; without it a replay uses data/demo, emptied at each start',
    )
    .option('--site <name>', 'name of the place this runs at')
    .option('--port <port>', 'port of the routing API', Number)
    .option('--spop-port <port>', "HAProxy's agent on this port of the loopback", Number)
    .option('--clickhouse-port <port>', 'port of the embedded ClickHouse', Number)
    .option('--policy <file>', 'policy YAML; without it the default policy, in shadow')
    .option('--exit-after-replay', 'end when the replay has ended and history holds it')
    .action(async (flags: UpFlags) => {
      const demo = flags.replay.length > 0 && flags.data === undefined
      const dataDir = resolve(
        demo ? 'data/demo' : (flags.data ?? process.env['VESTIBULE_DATA'] ?? 'data'),
      )
      const ownTopics = demo && process.env['VESTIBULE_KAFKA_PREFIX'] === undefined
      const config = configFrom(
        { data: dataDir, ...(flags.site === undefined ? {} : { site: flags.site }) },
        {
          ...(ownTopics ? { kafkaPrefix: demoPrefix(Date.now()) } : {}),
          ...(flags.port === undefined ? {} : { apiPort: flags.port }),
          ...(flags.timezone === undefined ? {} : { timezone: flags.timezone }),
          ...(flags.spopPort === undefined ? {} : { spopPort: flags.spopPort }),
          ...(flags.policy === undefined ? {} : { policyFile: resolve(flags.policy) }),
          ...(flags.clickhousePort === undefined
            ? {}
            : { clickhouseUrl: `http://127.0.0.1:${flags.clickhousePort}` }),
        },
      )
      await prepare(config, ownTopics ? lastDemoPrefix(dataDir) : undefined)
      if (demo) freshDemoFolder(dataDir, config.kafkaPrefix)
      // Said at once, not by a process that ends.
      if (!(flags.speed > 0)) throw new UsageError('--speed must be greater than 0')
      for (const file of [...flags.replay, flags.replayLog].filter((name) => name !== undefined)) {
        if (!existsSync(file)) throw new Error(`There is no file ${file}.`)
      }
      zoneFor(config.timezone)
      openDataFolder(dataDir)
      const sources: UpSources = {
        interfaces: flags.interface,
        replay: flags.replay.map((file) => resolve(file)),
        replayLog: flags.replayLog === undefined ? undefined : resolve(flags.replayLog),
        speed: flags.speed,
        followLogs: flags.followLog.map((file) => resolve(file)),
      }
      await runUntilSignal((signal) =>
        runUp(config, sources, signal, flags.exitAfterReplay === true),
      )
    })
}

/** What is elsewhere is asked before anything is started here. */
async function prepare(config: Config, outdated: string | undefined): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`vestibule: ${line}\n`)
  if (config.kafkaBrokers !== undefined) say(await prepareKafka(config, outdated))
  if (config.schemaRegistryUrl !== undefined) say(await prepareRegistry(config))
}
